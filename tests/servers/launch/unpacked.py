"""Programs from Debian packages that are unpacked and never installed: no service of theirs starts on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from .download import download, say
from .errors import SetupError

UNPACKED = Path(__file__).parents[1] / "_debian"


def unpacked_program(name: str, package: str) -> str:
    """Return the path of a program, from this machine or from a Debian package; SetupError where neither has it.

    For programs that need nothing beside themselves, as those written in Go.
    """
    if path := shutil.which(name):
        return path
    path = UNPACKED / "usr/bin" / name
    if path.exists():
        return str(path)
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise SetupError(f"{name} is missing: install it (on Debian it is in the package {package}), then start again")
    say(f"{name} is missing: unpacking Debian's package {package}")
    with TemporaryDirectory() as folder:
        download(["apt-get", "download", "-q", package], Path(folder))
        (archive,) = Path(folder).glob("*.deb")
        download(["dpkg-deb", "--extract", str(archive), str(UNPACKED)], Path(folder))
    if not path.exists():
        raise SetupError(f"{name} is not in Debian's package {package}")
    return str(path)
