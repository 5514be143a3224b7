"""How the target took the storm: when it began to hurt, who noticed when, and how soon it was over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Final

from authstorm.plan.rule import SHARES, Rule
from authstorm.plan.schedule import Schedule, Stage
from authstorm.watch.facts import AlertSpan, RunFacts
from authstorm.watch.indicator import Moment, Mood, moments
from authstorm.watch.objective import Course, in_stages
from authstorm.watch.storm import asked_each_second, storm_of
from authstorm.watch.stretch import measured_stages
from authstorm.watch.tally import Tally

ONSET_S: Final = 2
"""So many bad seconds in a row are no chance any more; the first of them is the onset."""
CALM_S: Final = 3
"""So many calm seconds in a row are a recovery, when no onset follows; the first of them counts."""
BEST_S: Final = 3
"""The best that a target has shown is the mean of so many seconds."""


@dataclass(frozen=True, slots=True)
class Storm:
    """What became of the target; moments in seconds since the run's start, None for what did not happen or is unknown.

    ``onset_s`` is when the first bad second began, ``detect_s`` how long after that the first alert fired.
    ``recovery_s`` counts from ``recovery_from_s``: the end of the storm's fall, or the onset where no storm was
    planned; 0 when the target never left its band. ``recovery_at_least_s`` stands in its place where the run ended
    before. ``retained_goodput`` is the part of the good steps that it could have given while it was bad (or in the
    storm, where it never was). ``amplification`` is requests for each that was meant. ``budget_burnt`` is 1 when the
    objective ``budget_line`` has used up all failures that it allows.
    """

    onset_s: float | None = None
    detect_s: float | None = None
    recovery_from_s: float | None = None
    recovery_s: float | None = None
    recovery_at_least_s: float | None = None
    retained_goodput: float | None = None
    amplification: float | None = None
    budget_burnt: float | None = None
    budget_line: str = ""


def resilience(tally: Tally, schedule: Schedule, run: RunFacts, rules: Sequence[Rule] = ()) -> Storm:
    """All of it, from what was measured, the plan, the alerts and the objectives."""
    burnt, line = budget_burnt(rules, Course(tally, schedule, run.ended_s))
    toll = Storm(amplification=amplification(tally, schedule), budget_burnt=burnt, budget_line=line)
    measured = [schedule.stages[index] for index in sorted(measured_stages(schedule))]
    if not measured or not tally.count or schedule.search is not None:
        return toll
    seconds = range(floor(measured[0].start_s), floor(min(measured[-1].end_s, run.ended_s)))
    if not seconds:
        return toll
    index = storm_of(schedule)
    storm = _felt(Course(tally, schedule, run.ended_s), seconds, None if index is None else schedule.stages[index])
    return replace(
        storm,
        detect_s=detect_of(storm.onset_s, run.alerts),
        amplification=amplification(tally, schedule),
        budget_burnt=burnt,
        budget_line=line,
    )


def _felt(course: Course, seconds: range, stage: Stage | None) -> Storm:
    """What hurt, from when on and for how long."""
    asked = asked_each_second(course.tally, course.schedule)
    rows = list(course.tally.second_rows(seconds.start, seconds.stop - 1))
    told = moments(rows, seconds, asked, range(seconds.start, floor(stage.start_s) if stage else seconds.stop))
    onset = onset_of(told)
    if stage is None and onset is not None:  # what is usual is what was before
        told = moments(rows, seconds, asked, range(seconds.start, onset))
    bad = [each for each in told if each.mood is Mood.BAD]
    if stage is not None and any(each.second < floor(stage.start_s) for each in bad) and onset is not None:
        stage = stage if onset >= floor(stage.start_s) else None  # what hurts began before the storm did
    from_s = stage.end_s if stage is not None else onset
    if not bad and stage is not None:
        bad = [each for each in told if stage.start_s <= each.second < stage.end_s]
    recovered, at_least = recovery_of(told, from_s)
    return Storm(
        onset_s=onset,
        recovery_from_s=from_s,
        recovery_s=recovered,
        recovery_at_least_s=at_least,
        retained_goodput=retained(told, bad, asked),
    )


def onset_of(told: Sequence[Moment]) -> int | None:
    """The first second of the first bad stretch that is no chance."""
    row: list[int] = []
    for each in told:
        row = [*row, each.second] if each.mood is Mood.BAD else []
        if len(row) == ONSET_S:
            return row[0]
    return None


def detect_of(onset: float | None, alerts: Iterable[AlertSpan]) -> float | None:
    """From the onset to the first alert that fired after it."""
    fired = [alert.fired_s for alert in alerts if onset is not None and alert.fired_s >= onset]
    return min(fired) - onset if fired and onset is not None else None


def recovery_of(told: Sequence[Moment], from_s: float | None) -> tuple[float | None, float | None]:
    """How long after a moment it was calm again and stayed so; or, where it was not, how long at least it took."""
    if from_s is None:
        return None, None
    back: int | None = None  # the first of the calm seconds, as it stands
    row: list[int] = []
    bad_row = 0
    is_hurt = False
    for each in told:
        bad_row = bad_row + 1 if each.mood is Mood.BAD else 0
        if bad_row >= ONSET_S:
            is_hurt, back = True, None
        if each.mood in {Mood.BAD, Mood.BETWEEN}:
            row = []
        elif each.mood is Mood.CALM:
            row.append(each.second)
        if is_hurt and len(row) >= CALM_S:
            is_hurt, back = False, row[0]
    if is_hurt:
        calm_from = row[0] if row else told[-1].second + 1
        return None, max(0.0, calm_from - from_s)
    return (0.0 if back is None else max(0.0, back - from_s)), None


def retained(told: Sequence[Moment], bad: Sequence[Moment], asked: Sequence[float] | None) -> float | None:
    """Good steps in some seconds, over those that were asked for.

    Nobody plans arrivals in a closed model: there it is the best that the target has shown.
    """
    could = _best(told) * len(bad) if asked is None else sum(asked[each.second] for each in bad)
    return min(1.0, sum(each.good for each in bad) / could) if could else None


def _best(told: Sequence[Moment]) -> float:
    """Good steps a second in the best ``BEST_S`` seconds."""
    goods = [each.good for each in told]
    spans = [sum(goods[start : start + BEST_S]) / BEST_S for start in range(max(1, len(goods) - BEST_S + 1))]
    return max(spans, default=0.0)


def amplification(tally: Tally, schedule: Schedule) -> float | None:
    """Steps that were made for each that was meant: repeated attempts are made, but not meant."""
    total = tally.total(measured_stages(schedule))
    meant = total.count - total.retries
    return total.count / meant if meant else None


def budget_burnt(rules: Sequence[Rule], course: Course) -> tuple[float | None, str]:
    """The objective on a share of failures that has burnt most of what it allows, as a part of that."""
    burnt: tuple[float | None, str] = (None, "")
    for rule in rules:
        is_budget = rule.metric in SHARES and rule.metric != "good" and rule.sign.startswith("<") and rule.limit > 0
        if not is_budget or rule.reference or rule.over_s or rule.for_s or rule.deadline:
            continue
        share = in_stages(rule, course).number
        if share is not None and (burnt[0] is None or share / rule.limit > burnt[0]):
            burnt = share / rule.limit, rule.line
    return burnt
