"""The image: nobody's root, pinned, without secrets, and with all that a run needs."""

import re
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy/Dockerfile").read_text("utf-8")
LINES = [line for line in TEXT.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
IGNORE = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]


def said(word):
    return [line.split(maxsplit=1)[1] for line in LINES if line.split()[0] == word]


def last_stage(word):
    start = max(index for index, line in enumerate(LINES) if line.startswith("FROM"))
    return [line.split(maxsplit=1)[1] for line in LINES[start:] if line.split()[0] == word]


def test_hadolint_finds_nothing():
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, ROOT / "deploy/Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_it_runs_as_a_number_that_is_not_root():
    uid, gid = last_stage("USER")[-1].split(":")
    assert int(uid) >= 10000
    assert int(gid) >= 10000


def test_every_base_is_pinned_to_a_patch_release():
    base = re.fullmatch(r"PYTHON_IMAGE=(\S+)", said("ARG")[0])[1]
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+(@sha256:[0-9a-f]{64})?", base)
    assert all(line.split()[0] == "${PYTHON_IMAGE}" for line in said("FROM"))


def test_packages_are_those_of_the_lock_and_nothing_is_compiled():
    assert any("-r /tmp/requirements.lock" in line and "--only-binary :all:" in line for line in said("RUN"))


def test_no_secret_and_no_variable_for_one_is_in_it():
    assert not re.search(r"(?i)(token|password|secret|key)\s*=", TEXT)
    assert not [line for line in said("ARG") if not line.startswith("PYTHON_IMAGE=")]
    assert not said("ADD")


def allowed(path):
    """Whether the build sees a path, by the last line of .dockerignore that fits."""
    verdict = True
    for line in IGNORE:
        pattern = line.lstrip("!").removeprefix("**/")
        if any(fnmatch(part, pattern) for part in (path, *path.split("/"))):
            verdict = line.startswith("!")
    return verdict


def test_what_is_copied_exists_and_reaches_the_build():
    copied = [line.split()[0] for line in said("COPY") if not line.startswith("--from")]
    assert {"authstorm", "scenarios", "config", "locustfile.py", "requirements.lock"} == set(copied)
    assert all((ROOT / path).exists() and allowed(path) for path in copied)


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".sandbox.env",
        ".git",
        "reports",
        "tests",
        "deploy/secrets/token",
        "config/.env",
        "config/room.key",
        "config/targets/client.pem",
        "tokens",
    ],
)
def test_nothing_secret_reaches_the_build(path):
    assert not allowed(path)
