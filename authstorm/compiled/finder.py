"""Imports the compiled modules instead of their sources, where there are some of exactly these sources."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Final, Literal

from authstorm.compiled.modules import LIBRARY, MODULES
from authstorm.compiled.place import PACKAGE, file_of, home, is_whole, key_of, note_use

OFF: Final = "AUTHSTORM_INTERPRETED"
"""The variable that keeps compiled modules out, when it is anything but empty or 0."""


class CompiledModules(MetaPathFinder):
    """Finds the compiled modules in one folder, all of them or none: half of them would not know the other half."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self._names = frozenset((LIBRARY, *MODULES))

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The compiled module of that name, None for every other module."""
        del path, target  # a module's name says it all
        if fullname not in self._names:
            return None
        file = str(self.folder / file_of(fullname))
        return spec_from_file_location(fullname, file, loader=ExtensionFileLoader(fullname, file))


def finder_for(package: Path, within: Path, environ: Mapping[str, str]) -> CompiledModules | None:
    """The finder of what was compiled from ``package`` as it is now; None where there is nothing, or it is off."""
    if environ.get(OFF, "0") not in {"", "0"} or not within.is_dir():
        return None
    folder = within / key_of(package)
    return CompiledModules(folder) if is_whole(folder) else None


def install() -> None:
    """Let this process import compiled modules; call it before the first of them is imported.

    A binary that cannot be loaded (damaged, or of another machine) costs a line, and no run.
    """
    try:
        finder = finder_for(PACKAGE, home(), os.environ)
    except OSError:  # whoever imports the source that cannot be read says so
        return
    if finder is None:
        return
    sys.meta_path.insert(0, finder)
    try:
        import_module(LIBRARY)
    except ImportError as failure:
        sys.meta_path.remove(finder)
        sys.stderr.write(f"The request path runs interpreted, which is slower: what was compiled is unfit: {failure}\n")
    else:
        note_use(finder.folder)


def is_usable(folder: Path) -> bool:
    """Whether the folder holds every compiled module, and this process can load what holds them all."""
    if not is_whole(folder):
        return False
    spec = CompiledModules(folder).find_spec(LIBRARY)
    assert spec is not None, "the library is among the names"
    loaded = sys.modules.get(LIBRARY)
    if loaded is not None and loaded.__file__ == spec.origin:
        return True
    try:
        module_from_spec(spec)
    except ImportError:
        return False
    return True


def request_path() -> Literal["compiled", "interpreted"]:
    """What this process makes its requests with."""
    return "compiled" if LIBRARY in sys.modules else "interpreted"
