"""What a check saw of one step, and what it found wrong: data that travels from the walk to the table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from authstorm.auth.outcome import Outcome

MISFIT, UNREACHABLE, VIOLATED, UNWELL = 2, 6, 8, 3
"""Exit codes: the file does not fit the service; nothing answers; a promise is not kept; the service is not well."""
_FIRST_WINS: Final = (MISFIT, UNREACHABLE, VIOLATED, UNWELL)


class Works(StrEnum):
    """Whether a step does what it should; ``NOTE`` for what works, but not as one may think."""

    YES = "yes"
    NO = "NO"
    DIFFERS = "DIFFERS"
    NOTE = "note"
    SKIPPED = "-"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend, as a manual tells it: what was seen, why it is so, and what to change where.

    ``key`` is the dotted key of the target's file that is to be changed.
    """

    key: str
    context: str
    cause: str
    remedy: str
    exit_code: int = MISFIT


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``took_ms`` is None where nothing was sent."""

    step: str
    works: Works
    answer: str
    took_ms: float | None = None
    hint: str = ""
    finding: Finding | None = None


def exit_code(rows: list[Row]) -> int:
    """The exit code of a whole check; 0 when nothing was found."""
    found = {row.finding.exit_code for row in rows if row.finding is not None}
    return next((code for code in _FIRST_WINS if code in found), 0)


def exit_code_of(outcome: Outcome) -> int:
    """The exit code for a step that ended in this way."""
    if outcome is Outcome.WRONG:
        return VIOLATED
    return MISFIT if outcome is Outcome.REFUSED else UNWELL
