"""Files in the working folder that may hold secrets, read into the environment."""

from __future__ import annotations

import os
from pathlib import Path

from dotenv import dotenv_values

SECRET_FILES = (".env", ".sandbox.env", ".servers.env")
"""Where secrets may stand, first wins; the environment wins over all. Sandbox and test servers write theirs."""


def load_secret_files() -> None:
    """Put what stands in the secret files into the environment, where it does not stand there already.

    Values are taken as they are: ``${...}`` in a password is a part of it. An empty variable counts as none.
    """
    for file in SECRET_FILES:
        for name, value in dotenv_values(Path.cwd() / file, interpolate=False).items():
            if value and not os.environ.get(name):
                os.environ[name] = value
