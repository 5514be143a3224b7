"""What every request of one run carries, so that a server's log can be searched for the run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

PLAN_DIGITS: Final = 8


class RunMark:
    """The mark of the run that goes on, shared by all who make requests; ``text`` is replaced when a run starts."""

    __slots__ = ("text",)

    def __init__(self, text: str = "") -> None:
        self.text = text or mark_of("", datetime.now(UTC))


def mark_of(plan_hash: str, started_utc: datetime) -> str:
    """16 hex digits: 8 of the plan's hash, and the second since 1970 in which the run began; the same on all nodes."""
    return f"{plan_hash[:PLAN_DIGITS]:0>{PLAN_DIGITS}}{int(started_utc.timestamp()):08x}"
