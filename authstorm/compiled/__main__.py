"""``python -m authstorm.compiled``: compile the request path, or say in one line why the suite runs interpreted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from authstorm.compiled.finder import is_usable
from authstorm.compiled.needs import bring, machine_lacks_here, packages_lacking_here
from authstorm.compiled.place import PACKAGE, home, key_of, note_use
from authstorm.compiled.workshop import CompilingFailed, clear, compile_into

FAILED: Final = "compiling failed (.venv/bin/python -m authstorm.compiled --strict says why)"


def main(arguments: Sequence[str] | None = None) -> int:
    """0, also where nothing could be compiled; with ``--strict`` that is 1."""
    parser = argparse.ArgumentParser(prog="python -m authstorm.compiled", description=__doc__)
    parser.add_argument("--strict", action="store_true", help="try whatever failed before, and fail where it cannot")
    strict = parser.parse_args(arguments).strict
    try:
        why = _make_sure(home(), strict=strict)
    except (CompilingFailed, OSError) as failure:
        if strict:
            print(failure, file=sys.stderr)
        why = FAILED
    if why:
        print(f"The request path runs interpreted, which is slower: {why}", file=sys.stderr)
    return 1 if why and strict else 0


def _make_sure(within: Path, *, strict: bool) -> str:
    """Compile where that was not done yet; "" when it is compiled, else why not.

    What costs nothing is looked at first: every run begins with this.
    """
    folder = within / key_of(PACKAGE)
    if is_usable(folder):
        note_use(folder)
        return ""
    if why := machine_lacks_here():
        return why
    note = within / f"{folder.name}.failed"
    if note.exists() and not strict:
        return FAILED
    if (wanted := packages_lacking_here()) and (
        why := bring(wanted, within, PACKAGE.parent / "requirements-dev.lock", again=strict)
    ):
        return why
    print("Compiling the request path (once, about a minute)", flush=True)
    try:
        made = compile_into(within, PACKAGE)
    except CompilingFailed as failure:
        with suppress(OSError):  # where that cannot be noted, the next run tries again
            note.write_text(f"{failure}\n", encoding="utf-8", errors="replace")
        raise
    with suppress(OSError):
        note.unlink(missing_ok=True)
        clear(within, made)
    return ""


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
