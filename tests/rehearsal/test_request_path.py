"""A run tells with what it made its requests; compiled, it is the same run."""

import subprocess
import sys

import pytest

from authstorm.compiled.needs import lacking_here

from .conftest import PROFILE, ROOT, target_of


@pytest.mark.parametrize(
    ("interpreted", "told"), [("1", "interpreted"), pytest.param("0", "compiled", marks=pytest.mark.real)]
)
def test_the_run_folder_tells_whether_it_was_compiled(rehearse, sandbox, interpreted, told):
    if told == "compiled":
        if lacking_here():
            pytest.skip(lacking_here())
        subprocess.run([sys.executable, "-m", "authstorm.compiled", "--strict"], cwd=ROOT, check=True)
    stages = [{"warm-up": {"for": "4s", "from": "0/s", "measured": False}}, {"steady": {"for": "6s"}}]
    environ = sandbox.environ | {"AUTHSTORM_INTERPRETED": interpreted}
    run = rehearse(target_of(sandbox), profile=PROFILE | {"stages": stages}, environ=environ)
    assert run.code == 0, run.output
    assert run.json()["versions"]["request path"] == told
