"""Judges the probes of a search, and says at the end what the search has found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import floor, inf
from typing import TYPE_CHECKING, Final

from authstorm.plan.promises import Promises
from authstorm.plan.rule import LATENCIES, Rule
from authstorm.plan.schedule import Schedule
from authstorm.plan.search import Probe, SearchPlan
from authstorm.watch.finding import Objective
from authstorm.watch.health import HealthSecond
from authstorm.watch.measure import rows_of, value_of
from authstorm.watch.objective import Course, judge_rule, objectives
from authstorm.watch.rows import SecondRow
from authstorm.watch.validity import Limits

if TYPE_CHECKING:
    from authstorm.watch.recorder import Recorder

DELIVERED_SHARE: Final = 0.95
"""A probe whose arrivals began less often than this did not hold, whatever the rule says."""


BURST_MS: Final = 50.0
"""A generator whose arrivals begin later than this sends them in bursts that nobody asked for."""


class ProbeJudge:
    """Remembers each probe of the run that goes on; ``begin`` forgets those of the run before."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.begin()

    def begin(self) -> None:
        """A new run starts."""
        self.probes: list[Probe] = []
        self.unclear = 0

    def __call__(self, search: SearchPlan, rate: float, start_s: float, end_s: float) -> bool | None:
        """Whether the rule held while arrivals came at a rate between two moments.

        None when it failed, but arrivals began so late that they came in bursts: then the target is not to blame.
        """
        first, last = floor(start_s), floor(end_s)
        self._recorder.settle()
        rows = list(self._recorder.tally.second_rows(first, last, last - first + 1))
        seconds = [second for second in self._recorder.health.each_second() if first <= second.second <= last]
        held = holds(search.rule, rows) and delivered(seconds)
        if not held and any((second.start_delay_p99_ms or 0.0) > BURST_MS for second in seconds):
            self.unclear += 1
            return None
        self.probes.append(Probe(rate, held))
        return held

    def objectives(self, promises: Promises, course: Course) -> tuple[Objective, ...]:
        """What became of the plan's promises; with a search, what it found and what the profile says itself.

        The objectives of all profiles do not hold then: a search goes beyond them on purpose.
        """
        search = course.schedule.search
        if search is None:
            return objectives(promises.objectives, course)
        line = f"search: the highest rate with {search.rule.line}"
        found = search.result(self.probes)
        tried = ", ".join(f"{probe.rate:.4g}/s {'held' if probe.held else 'failed'}" for probe in self.probes)
        reason = f"{found[0].upper()}{found[1:]}. Tried: {tried or 'no rate'}."
        if self.unclear:
            reason += f" {self.unclear} probes said nothing, since the generator was late, and were made again."
        result = Objective(line, met=search.held(self.probes) is not None, value=found, reason=reason)
        return (result, *(judge_rule(rule, course) for rule in promises.own))

    def limits(self, schedule: Schedule) -> Limits:
        """How a run is judged: a search goes beyond what can be delivered on purpose, and ends when it has found it."""
        if schedule.search is None:
            return Limits()
        return replace(Limits(), dropped_share=1.0, delivered_share=0.0, start_delay_p99_ms=inf, early_end_s=inf)


def holds(rule: Rule, rows: Sequence[SecondRow]) -> bool:
    """Whether a rule holds for the samples of a stretch of time; never without samples.

    Where there are too few samples for a percentile the maximum stands in, or a slow probe would say nothing.
    """
    about = rows_of(rows, rule.step)
    value = value_of(rule, about, 1.0).number
    if value is None and rule.metric in LATENCIES:
        value = max((row.latency.max_ms for row in about if row.latency.max_ms is not None), default=None)
    return value is not None and rule.holds(value, rule.limit)


def delivered(seconds: Iterable[HealthSecond]) -> bool:
    """Whether the generator began nearly every arrival."""
    seconds = list(seconds)
    offered = sum(second.offered for second in seconds)
    return sum(second.started for second in seconds) >= offered * DELIVERED_SHARE
