"""The schedule that a profile compiles to: stages in time, and for each scenario the curve of its arrivals.

Pure arithmetic: no clock, no I/O. Times are seconds since the start of the run, rates are arrivals per second.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate, count
from math import ceil, floor, inf, sqrt
from random import Random

from authstorm.plan.search import SearchPlan

Census = tuple[list[dict[str, int]], list[dict[str, int]]]
"""Arrivals by scenario, in each second and in each stage."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A named part of the profile in time, ``start_s <= t < end_s``."""

    name: str
    start_s: float
    end_s: float
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time in which a rate (or a number of users) changes linearly."""

    start_s: float
    end_s: float
    from_rate: float
    to_rate: float

    @property
    def area(self) -> float:
        """Arrivals in the whole segment."""
        return (self.from_rate + self.to_rate) / 2 * (self.end_s - self.start_s)

    def rate_at(self, time_s: float) -> float:
        """The rate at a moment inside the segment."""
        share = (time_s - self.start_s) / (self.end_s - self.start_s)
        return self.from_rate + (self.to_rate - self.from_rate) * share

    def area_until(self, time_s: float) -> float:
        """Arrivals between the segment's start and a moment inside it."""
        return (self.from_rate + self.rate_at(time_s)) / 2 * (time_s - self.start_s)

    def time_of(self, area: float) -> float:
        """The moment at which ``area`` arrivals have come since the segment's start: the inverse of ``area_until``.

        Solves ``from_rate * x + slope / 2 * x**2 = area`` in the form that stays exact when the slope is zero.
        """
        slope = (self.to_rate - self.from_rate) / (self.end_s - self.start_s)
        root = sqrt(max(0.0, self.from_rate**2 + 2 * slope * area))
        return self.start_s + 2 * area / (self.from_rate + root) if area > 0 else self.start_s


@dataclass(frozen=True, slots=True)
class Curve:
    """Rate over time as consecutive segments, of which there can be a hundred thousand."""

    segments: tuple[Segment, ...]
    _areas: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_areas", tuple(accumulate((s.area for s in self.segments), initial=0.0)))

    @property
    def area(self) -> float:
        """Arrivals over the whole curve, as a real number."""
        return self._areas[-1]

    @property
    def peak(self) -> float:
        """The highest rate that is ever reached."""
        return max((max(s.from_rate, s.to_rate) for s in self.segments), default=0.0)

    def rate_at(self, time_s: float) -> float:
        """The rate at a moment; 0.0 outside the curve. At a border the later segment rules."""
        index = self.index_at(time_s)
        if index < len(self.segments) and time_s >= self.segments[index].start_s:
            return self.segments[index].rate_at(time_s)
        return 0.0

    def area_until(self, time_s: float) -> float:
        """Arrivals planned before a moment, as a real number."""
        index = self.index_at(time_s)
        inside = index < len(self.segments) and time_s > self.segments[index].start_s
        return self._areas[index] + (self.segments[index].area_until(time_s) if inside else 0.0)

    def index_at(self, time_s: float) -> int:
        """Index of the first segment that ends after a moment; their number where none does."""
        return bisect_right(self.segments, time_s, key=lambda segment: segment.end_s)

    def highest(self, from_s: float, to_s: float) -> float:
        """The highest rate inside a span, its ends included; 0.0 where the curve has nothing."""
        most = 0.0
        for index in range(self.index_at(from_s), len(self.segments)):
            segment = self.segments[index]
            if segment.start_s >= to_s:
                break
            begin, end = max(segment.start_s, from_s), min(segment.end_s, to_s)
            most = max(most, segment.rate_at(begin), segment.rate_at(end))
        return most


@dataclass(frozen=True, slots=True)
class Stream:
    """The arrivals of one scenario.

    ``phase`` in [0, 1) shifts an even stream, so that streams with one rate do not fall on the same moments;
    ``poisson`` draws the gaps at random from ``seed`` instead.
    """

    scenario: str
    curve: Curve
    phase: float = 0.0
    poisson: bool = False
    seed: int = 0

    @property
    def total(self) -> int:
        """How many arrivals the stream plans."""
        return sum(1 for _ in self._marks(0, 1)) if self.poisson else floor(self.curve.area + self.phase + 1e-9)

    def arrivals(self, share: int = 0, shares: int = 1, from_s: float = -inf) -> Iterator[float]:
        """Yield the planned moments in order from ``from_s`` on, those that fall to one of ``shares`` equal shares.

        All shares together are exactly the arrivals of one: share k takes every arrival whose number (from 0) is
        k modulo ``shares``. An even stream's n-th arrival (n from 1) falls where the area under the curve is
        n - ``phase``.
        """
        marks = self._marks(share, shares, self.curve.area_until(from_s) - 1.0)
        mark = next(marks, None)
        before = 0.0
        for segment in self.curve.segments:
            after = before + segment.area
            while mark is not None and mark <= after + 1e-9:
                moment = min(segment.time_of(mark - before), segment.end_s)
                if moment >= from_s:
                    yield moment
                mark = next(marks, None)
            before = after

    def _marks(self, share: int, shares: int, least: float = 0.0) -> Iterator[float]:
        """The areas at which arrivals fall, ascending, to the curve's whole area; below ``least`` some are left out."""
        end = self.curve.area + 1e-9
        if not self.poisson:
            skipped = max(0, floor(least + self.phase) // shares)
            for number in count(share + 1 + skipped * shares, shares):
                if number - self.phase > end:
                    return
                yield number - self.phase
        draw = Random(f"{self.seed}/{self.scenario}").expovariate  # noqa: S311 - reproducible, not secret
        mark = 0.0
        for number in count():
            mark += draw(1.0)
            if mark > end:
                return
            if number % shares == share and mark >= least:
                yield mark


@dataclass(frozen=True, slots=True)
class Schedule:
    """Who comes when: the stages in order and one stream a scenario.

    ``model`` is "open" (curves are arrivals per second) or "closed" (curves are numbers of users). The arrivals of a
    ``search`` are not among the streams: each probe's rate follows from the probes before it.
    """

    stages: tuple[Stage, ...]
    streams: tuple[Stream, ...]
    model: str = "open"
    search: SearchPlan | None = None
    _counted: list[Census] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def duration_s(self) -> float:
        """From the start to the end of the last stage."""
        return self.stages[-1].end_s

    def stage_at(self, time_s: float) -> int:
        """Index of the stage that a moment falls into; the last one for everything after the end."""
        return min(bisect_right(self.stages, time_s, key=lambda stage: stage.end_s), len(self.stages) - 1)

    def offered_each_second(self) -> list[dict[str, int]]:
        """How many arrivals each scenario plans in each second, second 0 first; counted once, so leave it as it is."""
        return self._census()[0]

    def offered_by_stage(self) -> list[dict[str, int]]:
        """How many arrivals each scenario plans in each stage, in their order; counted once, so leave it as it is."""
        return self._census()[1]

    def _census(self) -> Census:
        if not self._counted:
            self._counted.append(_census(self))
        return self._counted[0]


def _census(schedule: Schedule) -> Census:
    """Count the arrivals of an open model by second and by stage: 2 us each, since each moment has to be found."""
    seconds: list[dict[str, int]] = [{} for _ in range(max(1, ceil(schedule.duration_s)))]
    stages: list[dict[str, int]] = [{} for _ in schedule.stages]
    borders = [stage.end_s for stage in schedule.stages[:-1]]
    for stream in schedule.streams if schedule.model == "open" else ():
        stage = 0
        for moment in stream.arrivals():
            while stage < len(borders) and moment >= borders[stage]:
                stage += 1
            for part in (seconds[min(int(moment), len(seconds) - 1)], stages[stage]):
                part[stream.scenario] = part.get(stream.scenario, 0) + 1
    return seconds, stages
