"""What the image holds is enough for a distributed run: nothing else there, nothing to be written, nobody's root.

No image is built here. Its files are laid out as the Dockerfile does, and started as the Locust operator starts them.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .conftest import PROFILE, target_of
from .many import ROOT, Run, free_port

pytestmark = pytest.mark.real
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text("utf-8").replace("\\\n", " ")
TEST = yaml.safe_load((ROOT / "deploy/locust-operator/locusttest.yaml").read_text("utf-8"))["spec"]
UID = 10001


@pytest.fixture
def image(tmp_path):
    """The image's /app, which nobody can write to, its /reports, and the ConfigMap and Secret as they are mounted."""
    for name in ("app", "reports", "plan", "secrets"):
        (tmp_path / name).mkdir()
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc", ".env")
    for source in re.findall(r"^COPY (?!--from)(\S+) /app/", DOCKERFILE, re.MULTILINE):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / "app" / source, ignore=ignore)
        else:
            shutil.copy(ROOT / source, tmp_path / "app" / source)
    subprocess.run(["chmod", "-R", "a-w,a+rX", tmp_path / "app"], check=True)
    return tmp_path


def start(image, arguments, variables):
    """A pod's process: the image's entry point and variables, a user of its own where this test may change it."""
    told = dict(re.findall(r"(\w+)=(\S+)", re.search(r"^ENV (.*)$", DOCKERFILE, re.MULTILINE)[1]))
    entry = yaml.safe_load(re.search(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.MULTILINE)[1])
    command = [str(Path(sys.executable).parent / entry[0]), *entry[1:], *arguments]
    places = {"/app": image / "app", "/reports": image / "reports", "/etc/authstorm": image / "plan"}
    for inside, outside in places.items():
        command = [re.sub(rf"(^|=){inside}(/|$)", rf"\1{outside}\2", word) for word in command]
    here = {"PATH": os.environ["PATH"], "AUTHSTORM_INTERPRETED": "1"}  # nothing is compiled in the image
    environ = here | {"HOME": told["HOME"], "PYTHONDONTWRITEBYTECODE": "1"} | variables
    if os.geteuid() == 0:
        command = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", *command]
    return subprocess.Popen(
        command, cwd=image / "app", env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_a_master_and_two_workers_run_from_what_the_image_holds(image, sandbox):
    port = free_port()
    secrets = {
        "accounts-password": sandbox.environ["SANDBOX_PASSWORD"],
        "client-secret": sandbox.environ["SANDBOX_CLIENT_SECRET"],
        "token": "a-token-that-master-and-workers-share",
    }
    for name, value in secrets.items():
        (image / "secrets" / name).write_text(value + "\n")
    target = target_of(sandbox)
    target["accounts"]["password"] = {"file": str(image / "secrets/accounts-password")}
    for client in ("client", "introspector"):
        target[client]["secret"] = {"file": str(image / "secrets/client-secret")}
    (image / "plan/target.yaml").write_text(yaml.safe_dump(target, sort_keys=False))
    (image / "plan/profile.yaml").write_text(yaml.safe_dump(PROFILE, sort_keys=False))
    if os.geteuid() == 0:
        for path in (image, *image.parents[:2]):
            path.chmod(0o755)
        for path in (image / "reports", image / "secrets", *(image / "secrets").iterdir()):
            os.chown(path, UID, UID)
    variables = {"AUTHSTORM_TOKEN_FILE": str(image / "secrets/token")}
    # what the operator puts between our command and our further arguments; ports and host are this machine's
    added = [f"--master-bind-port={port}", "--expect-workers=2", "--enable-rebalancing", "--only-summary"]
    further = [
        f"--metrics-port={free_port()}" if "metrics-port" in word else word.replace("0.0.0.0", "127.0.0.1")
        for word in TEST["master"]["extraArgs"]
    ]
    master = start(image, [*shlex.split(TEST["master"]["command"]), "--master", *added, *further], variables)
    worker = [*shlex.split(TEST["worker"]["command"]), "--worker", f"--master-port={port}", "--master-host=127.0.0.1"]
    workers = [start(image, worker, variables) for _ in range(2)]
    try:
        output = master.communicate(timeout=90)[0]
        assert master.returncode == 0, output
        ends = [each.communicate(timeout=30)[0] for each in workers]
    finally:
        for each in (master, *workers):
            each.kill()
    run = Run(master.returncode, output, image / "reports")
    assert run.code == 0, (output, ends)
    assert run.json()["run"]["workers"] == 2
    assert run.json()["generator"]["started"] == run.json()["generator"]["offered"] > 100
    assert [each.returncode for each in workers] == [0, 0], ends
    written = b"".join(path.read_bytes() for path in (image / "reports").rglob("*") if path.is_file())
    assert not [name for name, secret in secrets.items() if secret.encode() in written + output.encode()]
