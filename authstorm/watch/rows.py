"""The rows that a tally answers with: small, frozen, ready for a table, a chart or a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from authstorm.watch.histogram import Histogram, supported
from authstorm.watch.window import Cell, Cells, Key


@dataclass(frozen=True, slots=True)
class Times:
    """What a histogram says, in ms; a percentile is None where the count does not support it, all are when it is 0."""

    count: int
    mean_ms: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    p999_ms: float | None = None
    max_ms: float | None = None

    @classmethod
    def of(cls, histogram: Histogram) -> Times:
        """Read a histogram."""
        count = histogram.count
        if not count:
            return NO_TIMES
        p50, p95, p99, p999 = (histogram.percentile(p) if supported(p, count) else None for p in (50, 95, 99, 99.9))
        return cls(count, histogram.mean, p50, p95, p99, p999, histogram.max)

    @classmethod
    def joined(cls, parts: Sequence[Times]) -> Times:
        """Several as one, without their histograms: exact but for the percentiles, which the largest part lends."""
        parts = [part for part in parts if part.count]
        if len(parts) < 2:
            return parts[0] if parts else NO_TIMES
        count = sum(part.count for part in parts)
        mean_ms = sum(part.mean_ms * part.count for part in parts if part.mean_ms is not None) / count
        max_ms = max(part.max_ms for part in parts if part.max_ms is not None)
        largest = max(parts, key=lambda part: part.count)
        return cls(count, mean_ms, largest.p50_ms, largest.p95_ms, largest.p99_ms, largest.p999_ms, max_ms)


NO_TIMES = Times(0)


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step in one stage (an index into the schedule's stages), or over several stages (``stage`` None).

    ``count`` is the sum of the five outcomes. ``expected`` are the steps that ended otherwise than good as the scenario
    asked (a wrong password was refused); ``failed`` all that did not end as the scenario asked, ``wrong`` ones always.
    ``latency`` (from the planned moment) and ``service`` (from the first byte sent) tell of good steps alone;
    ``failure_latency`` of all others. ``size`` is the bytes of all answers; ``retries`` were not
    the first attempt.
    """

    step: str
    stage: int | None
    count: int
    good: int
    refused: int
    shed: int
    broken: int
    wrong: int
    expected: int
    latency: Times
    service: Times
    failure_latency: Times
    size: int = 0
    failed: int = 0
    retries: int = 0

    def share(self, outcome: str) -> float:
        """Part of the count (0..1) that ended in an outcome; 0.0 when nothing was counted."""
        return int(getattr(self, outcome)) / self.count if self.count else 0.0

    @classmethod
    def of(cls, step: str, stage: int | None, cells: Cells) -> StepRow:
        """Add up cells of any steps and stages."""
        outcomes = dict.fromkeys(("good", "refused", "shed", "broken", "wrong"), 0)
        for (*_, outcome, _code), cell in cells.items():
            outcomes[outcome] += cell.count
        good = Cell.sum(cell for key, cell in cells.items() if key[3] == "good")
        other = Cell.sum(cell for key, cell in cells.items() if key[3] != "good")
        return cls(
            step,
            stage,
            good.count + other.count,
            **outcomes,
            expected=sum(cell.expected for key, cell in cells.items() if key[3] not in {"good", "wrong"}),
            latency=Times.of(good.latency),
            service=Times.of(good.service),
            failure_latency=Times.of(other.latency),
            size=good.size + other.size,
            failed=sum(_failed(key[3], cell) for key, cell in cells.items()),
            retries=good.retries + other.retries,
        )


@dataclass(frozen=True, slots=True)
class SecondRow:
    """One second (whole seconds since the run's start, by when the answer was complete) x step x outcome.

    ``expected`` says how many of ``count`` ended as the scenario asked.
    """

    second: int
    step: str
    outcome: str
    count: int
    expected: int
    latency: Times
    service: Times

    @classmethod
    def of(cls, second: int, step: str, outcome: str, cell: Cell) -> SecondRow:
        """Read a cell."""
        return cls(second, step, outcome, cell.count, cell.expected, Times.of(cell.latency), Times.of(cell.service))

    @classmethod
    def joined(cls, second: int, parts: Sequence[SecondRow]) -> SecondRow:
        """Several rows of one step and outcome as one; see ``Times.joined`` for the percentiles."""
        return cls(
            second,
            parts[0].step,
            parts[0].outcome,
            sum(part.count for part in parts),
            sum(part.expected for part in parts),
            Times.joined([part.latency for part in parts]),
            Times.joined([part.service for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class CodeRow:
    """How often a step of a scenario ended in a code, in one stage; ``expected`` of ``count`` as the scenario asked.

    ``first_second`` and ``last_second`` are the seconds of the run in which it was first and last seen.
    """

    step: str
    scenario: str
    stage: int
    outcome: str
    code: str
    count: int
    expected: int
    latency: Times
    first_second: int = 0
    last_second: int = 0

    @property
    def failed(self) -> int:
        """How many did not end as the scenario asked; all of a wrong outcome."""
        return self.count if self.outcome == "wrong" else self.count - self.expected

    @classmethod
    def of(cls, key: Key, cell: Cell, first_second: int = 0, last_second: int = 0) -> CodeRow:
        """Read a cell."""
        return cls(*key, cell.count, cell.expected, Times.of(cell.latency), first_second, last_second)


def _failed(outcome: str, cell: Cell) -> int:
    return cell.count if outcome == "wrong" else cell.count - cell.expected
