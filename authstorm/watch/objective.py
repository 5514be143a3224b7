"""What became of the objectives: each rule over the run, and that everything works at all. Without data none is met."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from authstorm.plan.baseline_run import BaselineRun
from authstorm.plan.rule import APDEX, Rule
from authstorm.plan.rule_reader import read_rule
from authstorm.plan.schedule import Schedule
from authstorm.plan.slo import DEFAULTS
from authstorm.watch.finding import NO_DATA, Objective
from authstorm.watch.measure import Value, apdex, rows_of, shown, value_of, worst
from authstorm.watch.stretch import Stretch, measured_stages, seconds_in, stages_named, stretches
from authstorm.watch.tally import Tally

WORDS = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}


@dataclass(frozen=True, slots=True)
class Course:
    """What rules are judged by: what was measured, the plan, how far the run came, and the runs it is held against."""

    tally: Tally
    schedule: Schedule
    ended_s: float
    runs: Mapping[str, BaselineRun] = field(default_factory=dict)


def default_objectives(course: Course) -> tuple[Objective, ...]:
    """What holds where nothing else is given."""
    return objectives(tuple(map(read_rule, DEFAULTS)), course)


def objectives(rules: Sequence[Rule], course: Course) -> tuple[Objective, ...]:
    """Every rule in order, then what holds for any run: each step and each scenario works."""
    measured = measured_stages(course.schedule)
    return (
        *(judge_rule(rule, course) for rule in rules),
        steps_succeed(course.tally, measured),
        scenarios_succeed(course.tally, course.schedule, measured),
    )


def judge_rule(rule: Rule, course: Course) -> Objective:
    """What became of one rule."""
    limit = limit_of(rule, course)
    if limit.number is None:
        return _without_data(rule, f"There is nothing to compare with: {limit.basis}.")
    if rule.for_s:
        return _in_a_row(rule, course, limit.number)
    if rule.over_s:
        return _in_each_window(rule, course, limit.number)
    value = in_stages(rule, course)
    if value.number is None:
        return _without_data(rule, f"{_capital(value.basis)}, so nothing shows that it holds.")
    told = f"{_capital(value.basis)} ({shown(rule.metric, value.number)}); it must be {_limit(rule, limit)}."
    return _objective(rule, rule.holds(value.number, limit.number), shown(rule.metric, value.number), told)


def limit_of(rule: Rule, course: Course) -> Value:
    """What a rule compares with, in its metric's unit; for a reference, what was measured there times the factor."""
    if not rule.reference:
        return Value(rule.limit, "")
    if rule.run:
        found = Value(course.runs[rule.run].value(rule), f"run {rule.run} does not tell it")
    else:
        plain = Rule(rule.line, rule.step, rule.metric, 0.0, rule.sign, rule.content_ms, stages=(rule.reference,))
        found = in_stages(plain, course)
    if found.number is None:
        return found
    source = f"run {rule.run}" if rule.run else rule.reference
    there = shown(rule.metric, found.number)
    return Value(rule.limit * found.number, f"{rule.limit * 100:.4g}% of the {there} of {source}")


def in_window(rule: Rule, tally: Tally, window: Stretch) -> Value:
    """The value in one window."""
    rows = rows_of(tally.second_rows(window.first, window.last, max(1, window.seconds)), rule.step)
    return value_of(rule, rows, window.seconds)


def steps_succeed(tally: Tally, stages: Collection[int]) -> Objective:
    """Every step that was tried ended at least once as its scenario asked."""
    rows = tally.step_rows(stages)
    never = [row.step for row in rows if row.failed == row.count]
    return _all_succeed("step", [row.step for row in rows], never)


def scenarios_succeed(tally: Tally, schedule: Schedule, stages: Collection[int]) -> Objective:
    """Every scenario that was planned had at least one step that ended as it asked."""
    planned = sorted(_planned_scenarios(schedule, stages))
    succeeded = {row.scenario for row in tally.code_rows() if row.stage in stages and row.failed < row.count}
    return _all_succeed("scenario", planned, [scenario for scenario in planned if scenario not in succeeded])


def in_stages(rule: Rule, course: Course) -> Value:
    """The value over all of a rule's stages, or in the worst of the stretches that its deadline leaves."""
    tally, schedule = course.tally, course.schedule
    if rule.deadline is not None:
        left = [in_window(rule, tally, stretch) for stretch in stretches(rule, schedule, course.ended_s)]
        return worst(rule, left)
    stages = stages_named(schedule, rule.stages)
    rows = [row for row in tally.step_rows(stages) if rule.step in {"", row.step}]
    if rule.metric == APDEX:
        return apdex(rule, rows, tally.good_latencies(rule.step, stages))
    if not rows:
        return value_of(rule, rows, 0.0)  # nothing came: a goodput of 0 would meet what must stay low
    return value_of(rule, rows, seconds_in(schedule, stages, course.ended_s))


def _windows(rule: Rule, course: Course) -> Iterator[list[tuple[Stretch, Value]]]:
    """The windows of each stretch in which a rule is judged, with their values."""
    for stretch in stretches(rule, course.schedule, course.ended_s):
        windows = stretch.windows(rule.over_s or 1, 1 if rule.for_s else None)
        yield [(window, in_window(rule, course.tally, window)) for window in windows]


def _in_each_window(rule: Rule, course: Course, limit: float) -> Objective:
    """It must hold in every window that can be judged, the worst of which is told."""
    parts = (each for part in _windows(rule, course) for each in part)
    told = [(value.number, window) for window, value in parts if value.number is not None]
    if not told:
        return _without_data(rule, f"No window of {rule.over_s} s had enough samples, so nothing shows that it holds.")
    number, window = (min if rule.sign.startswith(">") else max)(told, key=lambda each: each[0])
    words = _limit(rule, Value(limit, limit_of(rule, course).basis))
    reason = (
        f"The worst of {len(told)} windows of {rule.over_s} s, from {window}, came to {shown(rule.metric, number)}; "
        f"each must be {words}."
    )
    return _objective(rule, rule.holds(number, limit), shown(rule.metric, number), reason)


def _in_a_row(rule: Rule, course: Course, limit: float) -> Objective:
    """It must hold for so long without a break, once in each stretch; with a deadline, beginning by then."""
    assert rule.for_s is not None
    longest: list[int] = []
    for part in _windows(rule, course):
        rows = [value.number is not None and rule.holds(value.number, limit) for _, value in part]
        longest.append(_longest(rows, round(rule.deadline.by_s) if rule.deadline else len(rows)))
    if not longest:
        return _without_data(rule, "The run did not come so far.")
    words = _limit(rule, Value(limit, limit_of(rule, course).basis))
    by = f", beginning within {rule.deadline.by_s:g} s after {rule.deadline.after}" if rule.deadline else ""
    reason = f"It was {words} for {min(longest)} s in a row; it must be for {rule.for_s} s{by}."
    return _objective(rule, min(longest) >= rule.for_s, f"{min(longest)} s", reason)


def _longest(holds: Sequence[bool], latest: int) -> int:
    """The longest unbroken run of True that begins at index ``latest`` or before."""
    best = length = 0
    for index, each in enumerate(holds):
        length = length + 1 if each else 0
        if index - length + 1 <= latest:
            best = max(best, length)
    return best


def _limit(rule: Rule, limit: Value) -> str:
    assert limit.number is not None
    return f"{WORDS[rule.sign]} {shown(rule.metric, limit.number)}" + (f" ({limit.basis})" if limit.basis else "")


def _objective(rule: Rule, met: bool, value: str, reason: str) -> Objective:
    return Objective(rule.line, met=met, value=value, reason=reason, against_run=bool(rule.run))


def _without_data(rule: Rule, reason: str) -> Objective:
    return Objective(rule.line, met=False, value=NO_DATA, reason=reason)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if not text.startswith(("p5", "p9", "max")) else text


def _planned_scenarios(schedule: Schedule, stages: Collection[int]) -> set[str]:
    if schedule.model != "open":
        return {stream.scenario for stream in schedule.streams}
    offered = schedule.offered_by_stage()
    return {scenario for stage in stages for scenario, count in offered[stage].items() if count}


def _all_succeed(noun: str, names: Collection[str], never: Collection[str]) -> Objective:
    line = f"every {noun} succeeds at least once in measured stages"
    if not names:
        return Objective(
            line, met=False, value=NO_DATA, reason=f"No {noun} was measured, so nothing shows that it works."
        )
    value = f"{len(names) - len(never)} of {len(names)}"
    if never:
        return Objective(
            line, met=False, value=value, reason=f"Never ended as asked: {', '.join(never)}. `make check` says why."
        )
    return Objective(
        line, met=True, value=value, reason=f"Each {noun} ended at least once as asked: {', '.join(names)}."
    )
