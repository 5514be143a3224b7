"""The first command in a fresh clone: nothing was started or set before it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNSET = ("SANDBOX_PASSWORD", "SANDBOX_CLIENT_SECRET", "SANDBOX_CLIENT_KEY")


def test_the_sandbox_is_checked_though_it_makes_its_secrets_only_now(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    environ = {name: value for name, value in os.environ.items() if name not in UNSET} | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "authstorm", "check", "--target", "sandbox"]
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / ".sandbox.env").exists()
