"""django-oauth-toolkit: PyPI packages in a virtual environment of their own, served by gunicorn from SQLite.

A seeded database is kept for each hash cost; a start begins with a copy of it, so that no run sees what another left.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .download import download, say
from .errors import SetupError
from .server import Server, Settings
from .stamp import Stamp, alone, digest


class DjangoOauthToolkit(Server):
    """The OAuth 2.0 and OpenID Connect add-on for Django."""

    name = "django-oauth-toolkit"
    port = 9103
    issuer_path = "/o"
    secret_names = ("DOT_PASSWORD", "DOT_CLIENT_SECRET")

    @property
    def python(self) -> Path:
        """The interpreter of its virtual environment."""
        return self.folder / ".venv/bin/python"

    def install(self) -> None:
        """Make the virtual environment from requirements.lock."""
        value = digest([self.folder / "requirements.lock"], sys.version, sys.base_prefix)
        with alone(self.data):
            stamp = Stamp(self.data / "installed")
            if stamp.holds(value) and self.python.exists():
                return
            say(f"{self.name}: installing from PyPI, once")
            self._make_environment()
            pip = [str(self.python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            download([*pip, "-r", "requirements.lock"], self.folder)
            stamp.write(value)

    def seed(self, settings: Settings) -> None:
        """Make database and keys, unless they were made from the same files, secrets and hash cost."""
        seeded = self._seeded(settings)
        files = [self.folder / "requirements.lock", *sorted((self.folder / "dotserver").glob("*.py"))]
        value = digest(files, *settings.secrets.values())
        with alone(self.data):
            stamp = Stamp(seeded / "stamp")
            if stamp.holds(value):
                return
            say(f"{self.name}: seeding")
            shutil.rmtree(seeded, ignore_errors=True)
            seeded.mkdir(mode=0o700)
            self._run_seed(settings, seeded)
            stamp.write(value)

    def fresh_state(self, settings: Settings) -> dict[str, str]:
        """Copy the seeded database and keys to a folder of this port."""
        state = self.data / f"run-{settings.port}"
        with alone(self.data):
            shutil.rmtree(state, ignore_errors=True)
            shutil.copytree(self._seeded(settings), state)
        return {"STATE_DIR": str(state)}

    def command(self) -> list[str]:
        """Gunicorn, which reads gunicorn.conf.py."""
        return [str(self.python), "-m", "gunicorn", "dotserver.wsgi"]

    def _seeded(self, settings: Settings) -> Path:
        return self.data / f"seeded-{settings.hash_cost}"

    def _make_environment(self) -> None:
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(self.python.parent.parent)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            why = made.stdout + made.stderr
            raise SetupError(f"no virtual environment (Debian, as root: apt-get install python3-venv):\n{why}")

    def _run_seed(self, settings: Settings, seeded: Path) -> None:
        done = subprocess.run(
            [str(self.python), "-m", "dotserver.seed"],
            cwd=self.folder, env=os.environ | settings.environment | {"STATE_DIR": str(seeded)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SetupError(f"{self.name} could not be seeded:\n{done.stderr[-3000:]}")
