"""The first command in a fresh clone: nothing was started or set before it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNSET = ("SANDBOX_PASSWORD", "SANDBOX_CLIENT_SECRET", "SANDBOX_CLIENT_KEY")


def check(folder):
    environ = {name: value for name, value in os.environ.items() if name not in UNSET} | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "authstorm", "check", "--target", "sandbox"]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_the_sandbox_is_checked_though_it_makes_its_secrets_only_now(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    done = check(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / ".sandbox.env").exists()


def test_tokens_that_are_verified_here_are_checked_like_all_others(tmp_path):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    file = tmp_path / "config/targets/sandbox.yaml"
    file.write_text(file.read_text("utf-8").replace("{by: introspection}", "{by: jwks}"), "utf-8")
    done = check(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verify" in done.stdout
    assert "tokens that are verified here live until they expire" in done.stdout
