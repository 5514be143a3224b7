"""Compiles the listed modules: a copy of the package, mypyc over it, and the result into the folder named for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from authstorm.compiled.finder import OFF, is_usable
from authstorm.compiled.modules import GROUP, MODULES, MYPY_INI, SETUP
from authstorm.compiled.place import LOCK, SIZES, key_of, sizes_of

KEPT_S: Final = 86_400
"""How long the folders of other sources stay after their last use: another checkout may run from its own."""

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


class CompilingFailed(Exception):  # noqa: N818 - reads as what happened
    """The compiler gave no modules; the text is all that it said."""


def compile_into(within: Path, package: Path) -> Path:
    """Compile the package as it is now; gives the folder, at once where it is there already and can be loaded.

    Raises CompilingFailed, and OSError where ``within`` cannot be written to.
    """
    within.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix=".making-", dir=within) as place:
        copy = _copy(package, Path(place))
        folder = within / key_of(copy)  # of what is compiled, whatever is edited meanwhile
        if not is_usable(folder):
            _put(_make(Path(place)), folder)
    return folder


def outdated(folders: Sequence[tuple[Path, float]], kept: Path, now: float) -> list[Path]:
    """Which folders nobody needs any more, of all with the times when they were last used."""
    return [folder for folder, used in folders if folder != kept and now - used > KEPT_S]


def clear(within: Path, kept: Path) -> None:
    """Remove what was not used for long, and what was left of a build that was killed."""
    with os.scandir(within) as entries:
        found = [(Path(entry.path), used) for entry in entries if (used := _used(entry)) is not None]
    for path in outdated(found, kept, time.time()):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):
                path.unlink()


def _used(entry: os.DirEntry[str]) -> float | None:
    try:
        return entry.stat().st_mtime
    except OSError:  # another build ended just now, and took its own away
        return None


def _copy(package: Path, place: Path) -> Path:
    """The package as it is now, with the lock beside it, which the key is made of too."""
    copy = place / "authstorm"
    left_out = shutil.ignore_patterns("__pycache__", ".*")  # with dots: an editor's locks, sockets and the like
    shutil.copytree(package, copy, ignore=left_out, ignore_dangling_symlinks=True)
    if (package.parent / LOCK).exists():
        shutil.copyfile(package.parent / LOCK, place / LOCK)
    return copy


def _put(made: Path, folder: Path) -> None:
    """Make it the folder; where another process was as fast, its folder may be in use already, and stays."""
    for _ in range(2):
        if is_usable(folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # another process put its own in between
            made.replace(folder)
            return
    if not is_usable(folder):
        made.replace(folder)


def _make(place: Path) -> Path:
    (place / "setup.py").write_text(SETUP, encoding="utf-8")
    (place / "mypy.ini").write_text(MYPY_INI, encoding="utf-8")
    files = [module.replace(".", "/") + ".py" for module in MODULES]
    (place / "modules.txt").write_text("\n".join(files), encoding="utf-8")
    _run(place, "setup.py", GROUP, "--quiet", "build_ext", "--build-lib", "made", "--build-temp", "temp")
    _run(place, "-c", _TRIAL)
    made = place / "made"
    (made / SIZES).write_bytes(sizes_of(made))
    return made


def _run(place: Path, *words: str) -> None:
    ended = subprocess.run(  # noqa: S603 - this Python and words of our own
        [sys.executable, *words], cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False, env=_environment(),
    )  # fmt: skip
    if ended.returncode:
        raise CompilingFailed(ended.stdout.strip() or f"it ended with {ended.returncode}")


def _environment() -> dict[str, str]:
    """Without what would bring in other sources than the copy's, or another binary than the one on trial."""
    others = {"MYPYPATH", "PYTHONPATH", "MYPY_CACHE_DIR"}
    return {name: text for name, text in os.environ.items() if name not in others} | {OFF: "1"}
