"""The seconds of a run as the Storm page draws them: each is read once, when it is closed."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from authstorm.plan.expectation import is_goodput
from authstorm.report.words import OUTCOMES
from authstorm.watch.health import Health
from authstorm.watch.rows import SecondRow
from authstorm.watch.tally import Tally

MOST: Final = 900
"""The newest quarter of an hour is drawn: what a page keeps, and a newcomer is sent, does not grow with a soak."""
CATCH_UP: Final = 30
"""So many seconds are read at once at the most, so that the load is never held for long."""

Point = list[Any]
"""``[second, offered, started, dropped, failed, [count of each outcome], {step: p95_ms}]``.

As in goodput, the good are without sign-ins before visits, for which no arrival asked.
"""


class Points:
    """One run's; ``all`` holds the newest of them."""

    def __init__(self) -> None:
        self.all: deque[Point] = deque(maxlen=MOST)
        self._next = 0

    def read(self, tally: Tally, health: Health, until: int) -> list[Point]:
        """The seconds before ``until`` that were not read yet, as many as there is time for."""
        last = min(until, self._next + CATCH_UP)
        fresh = [point_of(second, tally, health) for second in range(self._next, last)]
        self._next = max(self._next, last)
        self.all.extend(fresh)
        return fresh


def point_of(second: int, tally: Tally, health: Health) -> Point:
    """One second; the slowest of a step stands in for its p95 where there are few."""
    rows = list(tally.second_rows(second, second))
    asked = [row for row in rows if row.outcome != "good" or is_goodput(row.step)]
    counts = [sum(row.count for row in asked if row.outcome == outcome) for outcome in OUTCOMES]
    slow = {row.step: _slow_ms(row) for row in rows if row.outcome == "good"}
    failed = sum(
        row.count if row.outcome == "wrong" else row.count - row.expected for row in rows if row.outcome != "good"
    )
    arrivals = health.at(second)
    known = (arrivals.offered, arrivals.started, arrivals.dropped) if arrivals else (None, None, None)
    return [second, *known, failed, counts, slow]


def _slow_ms(row: SecondRow) -> float | None:
    slow = row.latency.max_ms if row.latency.p95_ms is None else row.latency.p95_ms
    return None if slow is None else round(slow, 2)
