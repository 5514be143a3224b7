#!/usr/bin/env python3
"""Run the tests in lanes beside each other: whole runs mostly wait, so that two take little longer than one.

Usage: python tests/lanes.py [--lanes N] [options of pytest]. Each lane takes the next piece of work: a file of whole
runs or of real servers, or everything else together.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).parents[1]
ALONE = ("rehearsal", "servers")
"""Folders whose files are pieces of their own: the others take little time, and share what was imported."""
NOTHING_CHOSEN = 5
"""pytest's exit code where the marks leave no test of a piece."""


def pieces(tests: Path) -> Iterator[list[Path]]:
    """What a lane takes at once, the largest first."""
    yield sorted(path for path in tests.iterdir() if path.name not in ALONE and _holds_tests(path))
    for folder in ALONE:
        yield from ([path] for path in sorted(tests.glob(f"{folder}/test_*.py")))


def run(piece: Sequence[Path], options: Sequence[str]) -> tuple[int, str]:
    """One pytest over a piece; gives its exit code and all that it wrote."""
    command = [sys.executable, "-m", "pytest", *options, *map(str, piece)]
    ended = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    return ended.returncode, ended.stdout


def counts(output: str) -> Counter[str]:
    """How many tests ended how, by the closing line of pytest."""
    closing = next((line for line in reversed(output.splitlines()) if re.search(r" in [0-9.]+s", line)), "")
    return Counter(
        {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|errors?)", closing)}
    )


def closing_line(total: Counter[str]) -> str:
    """The sum over all pieces, as test runners close."""
    failed = total["failed"] + total["error"] + total["errors"]
    return f"{total['passed']} passed, {failed} failed, {total['skipped']} skipped"


def main(arguments: Sequence[str], tests: Path = ROOT / "tests") -> int:
    """0 when every piece passed and there was a test at all."""
    parser = ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("--lanes", type=int, default=2)
    chosen, options = parser.parse_known_args(arguments)
    began_s, total, bad = time.monotonic(), Counter[str](), []
    with ThreadPoolExecutor(chosen.lanes) as lanes:
        work = {lanes.submit(run, piece, options): _name(piece) for piece in pieces(tests)}
        for done in as_completed(work):
            code, output = done.result()
            total += counts(output)
            if code not in {0, NOTHING_CHOSEN}:
                bad.append(work[done])
                _say(output)
            if code != NOTHING_CHOSEN:
                _say(f"{time.monotonic() - began_s:4.0f} s  {work[done]}: {_last(output)}")
    _say(*(f"FAILED in {name}" for name in bad))
    _say(closing_line(total))
    return 1 if bad or not total["passed"] else 0


def _holds_tests(path: Path) -> bool:
    return path.match("test_*.py") or (path.is_dir() and any(path.glob("**/test_*.py")))


def _name(piece: Sequence[Path]) -> str:
    return str(piece[0]).removeprefix(f"{ROOT}/") if len(piece) == 1 else f"{len(piece)} folders and files"


def _last(output: str) -> str:
    return (output.strip().splitlines() or ["nothing"])[-1]


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
