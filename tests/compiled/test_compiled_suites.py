"""The tests of the request path hold for what the compiler makes of it."""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from authstorm.compiled.modules import PARTS
from authstorm.compiled.needs import lacking_here

pytestmark = pytest.mark.skipif(bool(lacking_here()), reason=f"nothing can be compiled here: {lacking_here()}")
ROOT = Path(__file__).parents[2]
UNFIT = {
    "wire/test_session_contract.py::test_an_answer_has_all_that_auth_reads": "compiled properties have no function",
    "wire/test_session_contract.py::test_a_session_has_all_that_auth_calls": "compiled functions show no signature",
    "wire/test_many_connections.py::test_a_session_with_an_idle_connection_is_small": "no line of Python is traced",
    "wire/test_deadlines.py::test_where_very_many": "the clock and a method are replaced",
    "drive/test_refreshing.py": "the stand-in for a visitor's steps has another type, which is refused",
    "drive/test_guessing.py::test_a_guess_is_a_step_of_its_own": "likewise",
    "drive/test_guessing.py::test_a_guess_that_is_let_in": "likewise",
}
"""Tests that look at how functions are made or stand in for one, each with why that cannot be."""
BUSIEST = {"wire"}
"""Whose tests run often; the others' take three times as long, and find less."""
WHICH = "import authstorm.wire.session; from authstorm.compiled.finder import request_path; print(request_path())"


def python(*words, executable=sys.executable):
    environ = os.environ | {"AUTHSTORM_INTERPRETED": "0"}
    return subprocess.run([executable, *words], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """All of them compiled, else the compiler's words."""
    made = python("-m", "authstorm.compiled", "--strict")
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.mark.real
def test_a_process_runs_compiled_where_it_can():
    assert python("-c", WHICH).stdout == "compiled\n"


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=pytest.mark.real if part in BUSIEST else pytest.mark.long) for part in PARTS]
)
def test_a_part_passes_its_tests_compiled(part):
    left_out = [word for test in UNFIT for word in ("--deselect", f"tests/{test}")]
    ended = python("-m", "pytest", "-p", "no:cacheprovider", *left_out, f"tests/{part}")
    assert ended.returncode == 0, ended.stdout


@pytest.mark.long
def test_it_compiles_anew_with_what_users_have(tmp_path):
    """They have the packages, but not the types of packages that only ``make lint`` needs."""
    venv.create(tmp_path, symlinks=True)
    theirs = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path)}))
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith("types_") and not entry.name.endswith("-stubs"):
            (theirs / entry.name).symlink_to(entry)
    executable = tmp_path / "bin/python"
    made = python("-m", "authstorm.compiled", "--strict", executable=executable)
    assert (made.returncode, made.stderr) == (0, ""), made.stdout
    assert made.stdout == "Compiling the request path (once, about a minute)\n"
    assert python("-c", WHICH, executable=executable).stdout == "compiled\n"
    assert python("-m", "authstorm.compiled", "--strict", executable=executable).stdout == ""
