"""Where compiled modules lie: beside the installed packages, in a folder named for what it was compiled from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Final

from authstorm.compiled.modules import LIBRARY, MODULES, MYPY, MYPY_INI, PARTS, SETUP

PACKAGE: Final = Path(__file__).parents[1]
"""The package that this module is part of."""

SIZES: Final = "sizes.txt"
"""The file in a folder that says how long its modules were made."""

LOCK: Final = "requirements.lock"
"""The packages of a run with their versions: a file beside the package."""

SUFFIX: Final = EXTENSION_SUFFIXES[0]
"""How the files of this Python's extension modules end: names version and machine."""


def home() -> Path:
    """The folder of all that was compiled for this environment; it need not exist."""
    return Path(sys.prefix) / "authstorm-compiled"


def key_of(package: Path) -> str:
    """A name for what compiling the package at ``package`` gives: 16 hex digits.

    It differs when any source that the compiler looks at differs (types and constants of interpreted modules go into
    the compiled ones), and with the list of modules, the compiler and its options, the locked packages, whose types
    it reads, and this Python. Takes 4 ms. Raises OSError where a source cannot be read.
    """
    digest = sha256(repr((MODULES, MYPY, SETUP, MYPY_INI, SUFFIX, _locked(package))).encode())
    for path in _sources(package):
        with open(path, "rb") as file:
            content = file.read()
        digest.update(f"\n{path.removeprefix(str(package))} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def file_of(module: str) -> str:
    """A module's file inside the folder."""
    return module.replace(".", "/") + SUFFIX


def is_whole(folder: Path) -> bool:
    """Whether every compiled module is in the folder, as long as it was made: a crash of the machine may shorten files.

    That has to be seen from outside: loading a shortened library ends the process with a bus error.
    """
    try:
        return (folder / SIZES).read_bytes() == sizes_of(folder)
    except OSError:
        return False


def sizes_of(folder: Path) -> bytes:
    """The sizes of all compiled modules in the folder, as they are noted in it. Raises OSError where one is missing."""
    return " ".join(str(os.stat(folder / file_of(module)).st_size) for module in (LIBRARY, *MODULES)).encode()


def note_use(folder: Path) -> None:
    """Keep the folder for another day, where it may be written to."""
    with suppress(OSError):
        os.utime(folder)


def _locked(package: Path) -> bytes:
    try:
        return (package.parent / LOCK).read_bytes()
    except FileNotFoundError:  # the package alone, as in the image
        return b""


def _sources(package: Path) -> Iterator[str]:
    yield f"{package}/errors.py"
    for part in PARTS:
        with os.scandir(f"{package}/{part}") as entries:
            yield from sorted(entry.path for entry in entries if _is_source(entry))


def _is_source(entry: os.DirEntry[str]) -> bool:
    """Whether it is a module: an editor's lock beside one (``.#session.py``, a link to nowhere) is none."""
    stem, suffix = os.path.splitext(entry.name)
    return suffix == ".py" and stem.isidentifier() and entry.is_file()
