"""Programs that the machine must have: found, or installed from Debian's packages."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .download import download, say
from .errors import SetupError


def find_program(name: str, package: str = "") -> str:
    """Return the path of a program that a Debian package brings: one of the same name, where none is given.

    Where it is missing it is installed, on Debian and as root; SetupError where that cannot be.
    """
    package = package or name
    path = shutil.which(name)
    if path is None and os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"{name} is missing: installing Debian's package")
        download(["apt-get", "update", "-q"], Path("/"))
        download(["apt-get", "install", "-q", "-y", "--no-install-recommends", package], Path("/"))
        path = shutil.which(name)
    if path is None:
        raise SetupError(
            f"{name} is missing: install it (Debian, as root: apt-get install {package}), then start again"
        )
    return path
