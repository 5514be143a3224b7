"""What compiling needs: a C compiler and Python's headers, then mypy and setuptools, which pip brings when asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from authstorm.compiled.modules import MYPY, SETUPTOOLS

AGAIN_S: Final = 86_400
"""After how long pip is asked again where it failed: behind a firewall each run would wait until it gives up."""
LONGEST_S: Final = 300
"""How long pip may take in all."""


def machine_lacks(compiler: str | None, header: Path) -> str:
    """What the machine lacks, "" when nothing: ``compiler`` is the C compiler's path, ``header`` that of Python.h."""
    if compiler is None:
        return "no C compiler (Debian: gcc python3-dev)"
    return "" if header.is_file() else f"no {header} (Debian: python3-dev)"


def packages_lacking(installed: Mapping[str, str | None]) -> dict[str, str]:
    """The packages to install by name, each with what to ask for, given the versions of what is installed."""
    wanted = {}
    if installed["mypy"] != MYPY:
        wanted[f"mypy {MYPY}"] = f"mypy=={MYPY}"
    if installed["setuptools"] is None:
        wanted["setuptools"] = f"setuptools=={SETUPTOOLS}"
    return wanted


def machine_lacks_here() -> str:
    """The same of this machine."""
    words = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split() or ["cc"]
    return machine_lacks(shutil.which(words[0]), Path(sysconfig.get_path("include")) / "Python.h")


def packages_lacking_here() -> dict[str, str]:
    """The same of this environment."""
    return packages_lacking({name: _version(name) for name in ("mypy", "setuptools")})


def lacking_here() -> str:
    """What has to be installed before anything can be compiled here, "" when nothing is missing."""
    return machine_lacks_here() or ", ".join(f"no {name}" for name in packages_lacking_here())


def bring(wanted: Mapping[str, str], within: Path, lock: Path, *, again: bool) -> str:
    """Let pip install the packages; "" when it did, else what is missing.

    That pip failed is remembered ``within`` for a day, with its words, unless it shall try ``again``.
    Raises OSError where ``within`` cannot be written to.
    """
    within.mkdir(exist_ok=True)
    note = within / "pip.failed"
    missing = f"no {' and no '.join(wanted)}, and pip brought none ({note} says why)"
    if _is_fresh(note) and not again:
        return missing
    note.write_text("interrupted\n", encoding="utf-8")  # before pip: who cannot write here cannot install either
    try:
        said = _pip(*(("--constraint", str(lock)) if lock.exists() else ()), *wanted.values())
    except KeyboardInterrupt:
        note.unlink(missing_ok=True)
        raise
    if said is None:
        note.unlink(missing_ok=True)
        return ""
    note.write_text(said, encoding="utf-8", errors="replace")
    return missing


def _is_fresh(note: Path) -> bool:
    try:
        return abs(time.time() - note.stat().st_mtime) < AGAIN_S
    except OSError:
        return False


def _pip(*words: str) -> str | None:
    """None when it installed them, else what it said."""
    options = ("--quiet", "--disable-pip-version-check", "--no-input", "--retries", "0", "--timeout", "5")
    try:
        ended = subprocess.run(  # noqa: S603 - this Python and words of our own
            [sys.executable, "-m", "pip", "install", *options, *words], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
            timeout=LONGEST_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"pip took longer than {LONGEST_S} s\n"
    return ended.stdout if ended.returncode else None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
