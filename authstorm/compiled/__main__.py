"""``python -m authstorm.compiled``: compile the request path, or say in one line why the suite runs interpreted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from authstorm.compiled.place import PACKAGE, home, is_whole, key_of
from authstorm.compiled.workshop import CompilingFailed, clear, compile_into, lacking_here

STRICT: Final = ".venv/bin/python -m authstorm.compiled --strict"


def main(arguments: Sequence[str] | None = None) -> int:
    """0, also where nothing could be compiled; with ``--strict`` that is 1."""
    parser = argparse.ArgumentParser(prog="python -m authstorm.compiled", description=__doc__)
    parser.add_argument("--strict", action="store_true", help="fail where it cannot, with the compiler's words")
    parser.add_argument("--stamp", type=Path, help="a file to touch once there is nothing left to try")
    options = parser.parse_args(arguments)
    if is_whole(home() / key_of(PACKAGE)):
        return _stamp(options.stamp)
    if why := lacking_here():
        return _say_interpreted(why, strict=options.strict)
    print("Compiling the request path (once, about half a minute)", flush=True)
    try:
        clear(home(), compile_into(home(), PACKAGE))
    except (CompilingFailed, OSError) as failure:
        if options.strict:
            print(failure, file=sys.stderr)
        _stamp(options.stamp)
        return _say_interpreted(f"compiling failed ({STRICT} says why)", strict=options.strict)
    return _stamp(options.stamp)


def _stamp(path: Path | None) -> int:
    """Note that there is nothing left to try; where that cannot be written, the next run looks again."""
    if path is not None:
        with suppress(OSError):
            path.touch()
    return 0


def _say_interpreted(why: str, *, strict: bool) -> int:
    print(f"The request path runs interpreted, which is slower: {why}", file=sys.stderr)
    return 1 if strict else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
