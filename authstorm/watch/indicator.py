"""How each second of a run was for its visitors: in the band of what it was before the storm, outside, or in between.

Two limits, not one, make a second at the border neither bad nor calm, so that an indicator that trembles there does not
count as many storms (hysteresis).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from authstorm.plan.expectation import is_goodput
from authstorm.watch.rows import SecondRow

FAILED_BAD: Final = 0.05
FAILED_CALM: Final = 0.01
"""Share of a second's steps that may fail: above the first it is bad, up to the second calm."""
SLOW_BAD: Final = 2.0
SLOW_CALM: Final = 1.5
"""How much longer than before good steps may take (their medians, each step against itself)."""
SLOWER_BAD_MS: Final = 50.0
SLOWER_CALM_MS: Final = 25.0
"""What is slower by less than this is not slow, whatever multiple it is: nobody feels it."""
GOOD_BAD: Final = 0.5
"""The part of the good steps that arrivals ask for; with less, visitors wait for answers that do not come."""
LEAST_ASKED: Final = 5.0
"""With fewer steps asked for in a second, a gap is chance."""


class Mood(Enum):
    """How a second was."""

    CALM = "calm"
    BETWEEN = "between"
    BAD = "bad"
    EMPTY = "empty"  # nothing came and nothing was asked for


@dataclass(frozen=True, slots=True)
class Moment:
    """One second: its steps, how many of them failed or were good, and what the good ones took.

    Sign-ins outside of arrivals are not among the ``good``, for no arrival asked for them. ``asked`` is how many good
    steps the arrivals asked for (None where that is not planned). ``took_ms`` and ``usual_ms`` are sums over the good
    steps of their step's median, now and before the storm.
    """

    second: int
    count: int = 0
    good: int = 0
    failed: int = 0
    asked: float | None = None
    took_ms: float = 0.0
    usual_ms: float = 0.0
    timed: int = 0

    @property
    def mood(self) -> Mood:
        """How it was."""
        failed = self.failed / self.count if self.count else 0.0
        slow = self.took_ms / self.usual_ms if self.usual_ms else 0.0
        slower_ms = (self.took_ms - self.usual_ms) / self.timed if self.timed else 0.0
        asked = self.asked if self.asked is not None and self.asked >= LEAST_ASKED else 0.0
        if failed > FAILED_BAD or (slow > SLOW_BAD and slower_ms > SLOWER_BAD_MS) or self.good < asked * GOOD_BAD:
            return Mood.BAD
        if not self.count and not self.asked:
            return Mood.EMPTY
        calm = failed <= FAILED_CALM and (slow <= SLOW_CALM or slower_ms <= SLOWER_CALM_MS)
        return Mood.CALM if calm else Mood.BETWEEN


def moments(rows: Iterable[SecondRow], seconds: range, asked: Sequence[float] | None, calm: range) -> list[Moment]:
    """Every second in turn; what is usual is taken from the seconds ``calm``. ``asked`` counts from second 0."""
    by_second: dict[int, list[SecondRow]] = {second: [] for second in seconds}
    for row in rows:
        if row.second in by_second:
            by_second[row.second].append(row)
    usual = usual_ms(row for second in calm if second in by_second for row in by_second[second])
    return [_moment(second, each, asked, usual) for second, each in by_second.items()]


def usual_ms(rows: Iterable[SecondRow]) -> dict[str, float]:
    """Each step's median over the good steps of some seconds: the median of the seconds', by their count."""
    told: dict[str, list[tuple[float, int]]] = {}
    for row in rows:
        if row.outcome == "good" and row.latency.p50_ms is not None:
            told.setdefault(row.step, []).append((row.latency.p50_ms, row.count))
    return {step: _middle(sorted(each)) for step, each in told.items()}


def _middle(weighted: Sequence[tuple[float, int]]) -> float:
    half = sum(count for _, count in weighted) / 2
    seen = 0
    for number, count in weighted:
        seen += count
        if seen >= half:
            return number
    raise AssertionError("half of a sum is never above it")


def _moment(
    second: int, rows: Sequence[SecondRow], asked: Sequence[float] | None, usual: Mapping[str, float]
) -> Moment:
    good = [row for row in rows if row.outcome == "good"]
    timed = [(row.count, row.latency.p50_ms, usual[row.step]) for row in good if row.step in usual]
    known = [(count, p50_ms, before_ms) for count, p50_ms, before_ms in timed if p50_ms is not None]
    wanted = None
    if asked is not None:  # what is due in this second may be answered in the next one
        wanted = min(asked[each] if 0 <= each < len(asked) else 0.0 for each in (second - 1, second))
    return Moment(
        second,
        sum(row.count for row in rows),
        sum(row.count for row in good if is_goodput(row.step)),
        sum(row.count if row.outcome == "wrong" else row.count - row.expected for row in rows),
        wanted,
        sum(count * p50_ms for count, p50_ms, _ in known),
        sum(count * before_ms for count, _, before_ms in known),
        sum(count for count, _, _ in known),
    )
