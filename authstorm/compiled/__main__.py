"""``python -m authstorm.compiled``: compile the request path, or say in one line why the suite runs interpreted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from authstorm.compiled.place import PACKAGE, home, is_whole, key_of
from authstorm.compiled.workshop import CompilingFailed, clear, compile_into, lacking_here


def main(arguments: Sequence[str] | None = None) -> int:
    """0, also where nothing could be compiled; with ``--strict`` that is 1."""
    parser = argparse.ArgumentParser(prog="python -m authstorm.compiled", description=__doc__)
    parser.add_argument("--strict", action="store_true", help="fail where it cannot, with the compiler's words")
    parser.add_argument("--stamp", type=Path, help="a file to touch once there is nothing left to try")
    options = parser.parse_args(arguments)
    why = "" if is_whole(home() / key_of(PACKAGE)) else lacking_here()
    if why:
        return _say_interpreted(why, strict=options.strict)
    said = _compile()
    if options.stamp is not None:
        options.stamp.touch()
    if not said:
        return 0
    if options.strict:
        print(said, file=sys.stderr)
    return _say_interpreted("compiling failed (python -m authstorm.compiled --strict shows why)", strict=options.strict)


def _compile() -> str:
    """What the compiler said when it failed, else ""."""
    if not is_whole(home() / key_of(PACKAGE)):
        print("Compiling the request path (once, about half a minute)", flush=True)
    try:
        folder = compile_into(home(), PACKAGE)
    except CompilingFailed as failure:
        return str(failure) or "the compiler said nothing"
    except OSError as error:
        return str(error)
    clear(home(), folder)
    return ""


def _say_interpreted(why: str, *, strict: bool) -> int:
    print(f"The request path runs interpreted, which is slower: {why}", file=sys.stderr)
    return 1 if strict else 0


if __name__ == "__main__":
    sys.exit(main())
