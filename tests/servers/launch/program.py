"""Programs that the machine must have: found, or installed from Debian's packages."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .download import download, say
from .errors import SetupError


def find_program(name: str) -> str:
    """Return the path of a program that a Debian package of the same name brings.

    Where it is missing it is installed, on Debian and as root; SetupError where that cannot be.
    """
    path = shutil.which(name)
    if path is None and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"{name} is missing: installing Debian's package")
        download(["apt-get", "update", "-q"], Path("/"))
        download(["apt-get", "install", "-q", "-y", "--no-install-recommends", name], Path("/"))
        path = shutil.which(name)
    if path is None:
        raise SetupError(f"{name} is missing: install it (Debian, as root: apt-get install {name}), then start again")
    return path
