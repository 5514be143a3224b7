"""Where compiled modules lie: beside the installed packages, in a folder named for what it was compiled from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from hashlib import sha256
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Final

from authstorm.compiled.modules import LIBRARY, MODULES, MYPY, PARTS

PACKAGE: Final = Path(__file__).parents[1]
"""The package that this module is part of."""

SUFFIX: Final = EXTENSION_SUFFIXES[0]
"""How the files of this Python's extension modules end: names version and machine."""


def home() -> Path:
    """The folder of all that was compiled for this environment; it need not exist."""
    return Path(sys.prefix) / "authstorm-compiled"


def key_of(package: Path) -> str:
    """A name for what compiling the package at ``package`` gives: 16 hex digits.

    It differs when any source that the compiler looks at differs (types and constants of interpreted modules go into
    the compiled ones), and with the list of modules, the compiler and this Python. Takes 4 ms.
    """
    digest = sha256(repr((MODULES, MYPY, SUFFIX)).encode())
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
    """Whether every compiled module is in the folder."""
    return all(os.path.exists(folder / file_of(module)) for module in (LIBRARY, *MODULES))


def _sources(package: Path) -> Iterator[str]:
    yield f"{package}/errors.py"
    for part in PARTS:
        with os.scandir(f"{package}/{part}") as entries:
            yield from sorted(entry.path for entry in entries if entry.name.endswith(".py"))
