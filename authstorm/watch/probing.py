"""Judges the probes of a search, and says at the end what the search has found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import floor, inf, sqrt
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

SEARCH: Final = "search: "
"""Before the line of an objective whose value is what a search has found."""
DELIVERED_SHARE: Final = 0.95
"""A probe whose arrivals began less often than this, or were still without an answer after the pause, did not hold."""
LONGEST_PROBE_S: Final = 100_000
"""So many seconds are put together, which is more than there are."""
BURST_MS: Final = 50.0
"""A generator whose loop and whose arrivals are later than this sends them in bursts that nobody asked for."""


class ProbeJudge:
    """Remembers each probe of the run that goes on; ``begin`` forgets those of the run before."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.begin()

    def begin(self) -> None:
        """A new run starts."""
        self.probes: list[Probe] = []
        self.unclear = 0
        self.blamed: list[float] = []
        """Rates at which the generator was late each time."""
        self.starved: list[float] = []
        """Rates that failed for want of visitors alone."""

    def __call__(self, search: SearchPlan, rate: float, start_s: float, end_s: float, *, is_last: bool) -> bool | None:
        """Whether the rule held for the arrivals that came at a rate between two moments, by the answers up to now.

        None when it failed, but arrivals began so late that they came in bursts: then the target is not to blame. The
        last time that a rate is tried it has failed, whoever is to blame.
        """
        self._recorder.settle()
        first, last = floor(start_s), floor(end_s)
        rows = list(self._recorder.tally.second_rows(first, None, LONGEST_PROBE_S))
        health = self._recorder.health
        since = [second for second in health.each_second() if first <= second.second]
        seconds = [second for second in since if second.second <= last]
        is_rule_met, has_begun = holds(search.rule, rows), delivered(seconds)
        held = is_rule_met and has_begun and answered(since, busy(health.at(first - 1)))
        if not held and any(map(is_late, seconds)):
            self.unclear += 1
            if not is_last:
                return None
            self.blamed.append(rate)
        elif is_rule_met and not has_begun:
            self.starved.append(rate)
        self.probes.append(Probe(rate, held))
        return held

    def objectives(self, promises: Promises, course: Course) -> tuple[Objective, ...]:
        """What became of the plan's promises; with a search, what it found and what the profile says itself.

        The objectives of all profiles do not hold then: a search goes beyond them on purpose.
        """
        search = course.schedule.search
        if search is None:
            return objectives(promises.objectives, course)
        line = f"{SEARCH}the highest rate with {search.rule.line}"
        found = search.result(self.probes)
        tried = ", ".join(f"{probe.rate:.4g}/s {'held' if probe.held else 'failed'}" for probe in self.probes)
        reason = f"{found[0].upper()}{found[1:]}. Tried: {tried or 'no rate'}."
        if again := self.unclear - len(self.blamed):
            reason += f" {again} probes said nothing, since the generator was late, and were made again."
        if self.blamed:
            rates = ", ".join(f"{rate:.4g}/s" for rate in self.blamed)
            reason += f" At {rates} the generator was late each time: that may be its own limit and not the target's."
        if self.starved:
            rates = ", ".join(f"{rate:.4g}/s" for rate in self.starved)
            reason += (
                f" At {rates} the rule held, but arrivals found no visitor: that may be the limit of the accounts."
            )
        result = Objective(line, met=search.held(self.probes) is not None, value=found, reason=reason)
        return (result, *(judge_rule(rule, course) for rule in promises.own))

    def limits(self, schedule: Schedule) -> Limits:
        """How a run is judged: a search goes beyond what can be delivered on purpose, and ends when it has found it."""
        if schedule.search is None:
            return Limits()
        return replace(Limits(), dropped_share=1.0, delivered_share=0.0, start_delay_p99_ms=inf, early_end_s=inf)


def holds(rule: Rule, rows: Sequence[SecondRow]) -> bool:
    """Whether a rule holds for the samples of a stretch of time; never without samples.

    Where there are too few samples for a percentile the maximum stands in, or a slow probe would say nothing. Latencies
    are those of good answers, so that with one of them nearly all must be good: to shed is no way to be fast.
    """
    about = rows_of(rows, rule.step)
    value = value_of(rule, about, 1.0).number
    if rule.metric in LATENCIES:
        if value is None:
            value = max((row.latency.max_ms for row in about if row.latency.max_ms is not None), default=None)
        if sum(row.failed for row in about) > sum(row.count for row in about) * (1 - DELIVERED_SHARE):
            return False
    return value is not None and rule.holds(value, rule.limit)


def delivered(seconds: Iterable[HealthSecond]) -> bool:
    """Whether the generator began nearly every arrival."""
    seconds = list(seconds)
    offered = sum(second.offered for second in seconds)
    return sum(second.started for second in seconds) >= offered * DELIVERED_SHARE


def answered(seconds: Sequence[HealthSecond], before: int) -> bool:
    """Whether nearly every visit that began has ended by the last of the seconds: who still waits is in no window.

    ``before`` visitors were busy ahead of the probe, as with a background; about as many will be behind it.
    """
    started = sum(second.started for second in seconds)
    waiting = busy(seconds[-1] if seconds else None)
    return waiting <= started * (1 - DELIVERED_SHARE) + before + 3 * sqrt(before) + 1


def busy(second: HealthSecond | None) -> int:
    """Visitors that are inside a visit; those that found no account are in none."""
    return max(0, second.visitors_busy - second.without_account) if second is not None else 0


def is_late(second: HealthSecond) -> bool:
    """Whether arrivals began late because the generator was, and not because the target kept all visitors busy."""
    return min(second.start_delay_p99_ms or 0.0, second.loop_lag_max_ms or 0.0) > BURST_MS
