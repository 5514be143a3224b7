"""Compiles the listed modules: a copy of the package, mypyc over it, and the result into the folder named for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from authstorm.compiled.modules import GROUP, MODULES, MYPY
from authstorm.compiled.place import is_whole, key_of

KEPT_S: Final = 86_400
"""How long the folders of other sources stay: a run that began before an edit may still import from its own."""

_SETUP: Final = """\
import sys
from mypyc.build import mypycify
from setuptools import setup

files = open("modules.txt").read().split()
modules = mypycify(files, group_name=sys.argv.pop(1), opt_level="3", debug_level="0", multi_file=False)
setup(name="authstorm-request-path", packages=[], ext_modules=modules)
"""
_TRIAL: Final = """\
import sys
from importlib import import_module
from pathlib import Path
from authstorm.compiled.finder import CompiledModules
from authstorm.compiled.modules import MODULES

sys.meta_path.insert(0, CompiledModules(Path("made").absolute()))
for module in MODULES:
    import_module(module)
"""
"""What cannot be imported is not put in place."""

_MYPY_INI: Final = """\
[mypy]
follow_imports = silent
ignore_missing_imports = true
plugins = pydantic.mypy
"""
"""Not as strict as ``make lint``: what only it needs, types of other packages, may be missing here."""


def lacking(*, compiler: str | None, header: Path, mypy: str | None, setuptools: str | None) -> str:
    """What has to be installed before anything can be compiled, "" when nothing is missing.

    ``compiler`` is the path of the C compiler, ``header`` that of Python.h, the others are installed versions.
    """
    if compiler is None:
        return "no C compiler (Debian: gcc python3-dev)"
    if not header.is_file():
        return f"no {header} (Debian: python3-dev)"
    if mypy != MYPY:
        return f"no mypy {MYPY} (a package index brings it)"
    return "" if setuptools is not None else "no setuptools (a package index brings it)"


def lacking_here() -> str:
    """The same of this machine and environment."""
    return lacking(
        compiler=shutil.which((os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]),
        header=Path(sysconfig.get_path("include")) / "Python.h",
        mypy=_version("mypy"),
        setuptools=_version("setuptools"),
    )


class CompilingFailed(Exception):  # noqa: N818 - reads as what happened
    """The compiler gave no modules; the text is all that it said."""


def compile_into(within: Path, package: Path) -> Path:
    """Compile the package as it is now; gives the folder, at once where it is there already.

    Raises CompilingFailed, and OSError where ``within`` cannot be written to.
    """
    within.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix=".making-", dir=within) as place:
        copy = Path(place) / "authstorm"
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
        folder = within / key_of(copy)  # of what is compiled, whatever is edited meanwhile
        if not is_whole(folder):
            made = _make(Path(place))
            if not is_whole(folder):  # another process may have been as fast, and use it already
                shutil.rmtree(folder, ignore_errors=True)
                made.replace(folder)
    return folder


def outdated(folders: Sequence[tuple[Path, float]], kept: Path, now: float) -> list[Path]:
    """Which folders nobody needs any more, of all with their times of change."""
    return [folder for folder, changed in folders if folder != kept and now - changed > KEPT_S]


def clear(within: Path, kept: Path) -> None:
    """Remove what was compiled from other sources long ago, and what was left of a build that was killed."""
    with os.scandir(within) as entries:
        folders = [(Path(entry.path), entry.stat().st_mtime) for entry in entries]
    for folder in outdated(folders, kept, time.time()):
        shutil.rmtree(folder, ignore_errors=True)


def _make(place: Path) -> Path:
    (place / "setup.py").write_text(_SETUP, encoding="utf-8")
    (place / "mypy.ini").write_text(_MYPY_INI, encoding="utf-8")
    files = [module.replace(".", "/") + ".py" for module in MODULES]
    (place / "modules.txt").write_text("\n".join(files), encoding="utf-8")
    _run(place, "setup.py", GROUP, "--quiet", "build_ext", "--build-lib", "made", "--build-temp", "temp")
    _run(place, "-c", _TRIAL)
    return place / "made"


def _run(place: Path, *words: str) -> None:
    ended = subprocess.run(  # noqa: S603 - this Python and words of our own
        [sys.executable, *words], cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False, env=_environment(),
    )  # fmt: skip
    if ended.returncode:
        raise CompilingFailed(ended.stdout.strip() or f"it ended with {ended.returncode}")


def _environment() -> dict[str, str]:
    """Without what would bring other sources in than the copy's."""
    return {name: text for name, text in os.environ.items() if name not in {"MYPYPATH", "PYTHONPATH", "MYPY_CACHE_DIR"}}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
