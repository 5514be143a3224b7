"""Imports the compiled modules instead of their sources, where there are some of exactly these sources."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final, Literal

from authstorm.compiled.modules import LIBRARY, MODULES
from authstorm.compiled.place import PACKAGE, file_of, home, is_whole, key_of

OFF: Final = "AUTHSTORM_INTERPRETED"
"""The variable that keeps compiled modules out, when it is anything but empty or 0."""


class CompiledModules(MetaPathFinder):
    """Finds the compiled modules in one folder, all of them or none: half of them would not know the other half."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names = frozenset((LIBRARY, *MODULES))

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The compiled module of that name, None for every other module."""
        del path, target  # a module's name says it all
        if fullname not in self._names:
            return None
        file = str(self._folder / file_of(fullname))
        return spec_from_file_location(fullname, file, loader=ExtensionFileLoader(fullname, file))


def finder_for(package: Path, within: Path, environ: Mapping[str, str]) -> CompiledModules | None:
    """The finder of what was compiled from ``package`` as it is now; None where there is nothing, or it is off."""
    if environ.get(OFF, "0") not in {"", "0"} or not within.is_dir():
        return None
    folder = within / key_of(package)
    return CompiledModules(folder) if is_whole(folder) else None


def install() -> None:
    """Let this process import compiled modules; call it before the first of them is imported."""
    finder = finder_for(PACKAGE, home(), os.environ)
    if finder is not None:
        sys.meta_path.insert(0, finder)


def request_path() -> Literal["compiled", "interpreted"]:
    """What this process makes its requests with."""
    return "compiled" if LIBRARY in sys.modules else "interpreted"
