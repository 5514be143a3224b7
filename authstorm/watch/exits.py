"""Exit codes, and which one wins when several apply."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class Exit(IntEnum):
    """Why a process ended; the value is its exit code."""

    PASSED = 0
    INTERNAL = 1
    CONFIG = 2
    OBJECTIVE = 3
    ABORTED = 4
    NOT_VALID = 5
    UNREACHABLE = 6
    REGRESSION = 7
    WRONG = 8
    INTERRUPTED = 130


PRECEDENCE: Final = (
    Exit.CONFIG,
    Exit.UNREACHABLE,
    Exit.WRONG,
    Exit.ABORTED,
    Exit.INTERNAL,
    Exit.INTERRUPTED,
    Exit.NOT_VALID,
    Exit.OBJECTIVE,
    Exit.REGRESSION,
)
"""First wins.

A wrong answer that was seen, and an abort rule that fired, stay true whatever happened later, so they stand above a
failure inside the suite and above Ctrl-C. Those two stand above the rest: what a broken or unfinished run says of
validity, objectives and regression is not worth an exit code of its own, and a shell expects 130 after Ctrl-C.
"""


def exit_codes(reasons: Iterable[Exit]) -> tuple[int, ...]:
    """All exit codes that apply, the one that wins first; ``(0,)`` when nothing speaks against a pass."""
    present = set(reasons)
    return tuple(int(reason) for reason in PRECEDENCE if reason in present) or (int(Exit.PASSED),)


def exit_code(reasons: Iterable[Exit]) -> int:
    """The exit code that wins."""
    return exit_codes(reasons)[0]


def with_failure(codes: Iterable[int]) -> tuple[int, ...]:
    """The codes of a verdict when something inside failed after it was found."""
    return exit_codes((Exit.INTERNAL, *map(Exit, codes)))
