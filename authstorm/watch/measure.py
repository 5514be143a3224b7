"""The value of a rule's metric, from rows of what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from authstorm.plan.baseline_run import latency_key
from authstorm.plan.expectation import is_goodput
from authstorm.plan.rule import GOODPUT, LATENCIES, SHARES, Rule
from authstorm.watch.histogram import Histogram, supported
from authstorm.watch.rows import NO_TIMES, SecondRow, StepRow, Times


@dataclass(frozen=True, slots=True)
class Value:
    """What a metric came to: in ms, as a share, a second, or an apdex; None where that cannot be told.

    ``basis`` says what it was taken from, or why it cannot be told.
    """

    number: float | None
    basis: str


def value_of(rule: Rule, rows: Sequence[StepRow], seconds: float) -> Value:
    """The metric over rows of different steps that were measured in so many seconds.

    Latencies of different steps are never put together: the one that is worst for the rule speaks for all.
    """
    count = sum(row.count for row in rows)
    if rule.metric == GOODPUT:
        good = sum(row.good for row in rows if rule.step or is_goodput(row.step))
        told = f"{good:,} good {_steps(rule)} in {seconds:g} s"
        return Value(good / seconds, told) if seconds > 0 else Value(None, _nothing(rule))
    if not count:
        return Value(None, _nothing(rule))
    if rule.metric in SHARES:
        return _share(rule.metric, rows, count, _steps(rule))
    return _worst(rule, [_latency(rule.metric, row) for row in rows])


def apdex(rule: Rule, rows: Sequence[StepRow], good: Histogram) -> Value:
    """Content visitors, and half of those that took up to four times as long, among all that were not rightly refused.

    ``good`` are the latencies of the good steps; see apdex.org.
    """
    failed = sum(row.failed for row in rows)
    total = good.count + failed
    if not total:
        return Value(None, _nothing(rule))
    content, patient = good.count_within(rule.content_ms), good.count_within(rule.content_ms * 4)
    return Value((content + (patient - content) / 2) / total, f"{content:,} of {total:,} {_steps(rule)} were content")


def worst(rule: Rule, values: Sequence[Value]) -> Value:
    """The value that is worst for a rule; one that cannot be told is worse than any."""
    for value in values:
        if value.number is None:
            return value
    pick = min if rule.sign.startswith(">") else max
    return pick(values, key=lambda value: value.number or 0.0)


def rows_of(rows: Iterable[SecondRow], step: str) -> list[StepRow]:
    """One row a step from the rows of one stretch of time, of the given step alone (of all when "")."""
    steps: dict[str, list[SecondRow]] = {}
    for row in rows:
        if step in {"", row.step}:
            steps.setdefault(row.step, []).append(row)
    return [_step_row(name, parts) for name, parts in sorted(steps.items())]


def _step_row(step: str, parts: Sequence[SecondRow]) -> StepRow:
    counts = dict.fromkeys(("good", "refused", "shed", "broken", "wrong"), 0)
    for part in parts:
        counts[part.outcome] += part.count
    latency = Times.joined([part.latency for part in parts if part.outcome == "good"])
    return StepRow(
        step,
        None,
        sum(counts.values()),
        **counts,
        expected=sum(part.expected for part in parts if part.outcome not in {"good", "wrong"}),
        latency=latency,
        service=NO_TIMES,
        failure_latency=NO_TIMES,
        failed=sum(part.count if part.outcome == "wrong" else part.count - part.expected for part in parts),
    )


def shown(metric: str, number: float) -> str:
    """A value with its unit, exact enough to be told from its limit."""
    if metric in LATENCIES:
        return f"{number:,.1f}".removesuffix(".0") + " ms"
    if metric in SHARES:
        return f"{number:.2%}"
    return f"{number:.1f}/s" if metric == GOODPUT else f"{number:.3f}"


def _share(metric: str, rows: Sequence[StepRow], count: int, steps: str) -> Value:
    part = sum(getattr(row, metric) for row in rows)
    if metric != "failed":
        return Value(part / count, f"{part:,} of {count:,} {steps} were {metric}")
    return Value(part / count, f"{part:,} of {count:,} {steps} failed{_kinds(rows)}")


def _kinds(rows: Sequence[StepRow]) -> str:
    """How those that failed ended, the most frequent first; what was refused as asked is not among them."""
    counts = {name: sum(getattr(row, name) for row in rows) for name in ("shed", "broken", "wrong")}
    counts["refused"] = sum(max(0, row.failed - row.shed - row.broken - row.wrong) for row in rows)
    kinds = [f"{count:,} {name}" for name, count in sorted(counts.items(), key=lambda each: -each[1]) if count]
    return "".join(f", {kind}" for kind in kinds)


def _latency(metric: str, row: StepRow) -> tuple[str, float | None, int]:
    times = row.latency
    is_told = times.count > 0 and supported(LATENCIES[metric], times.count)
    return row.step, getattr(times, latency_key(metric)) if is_told else None, times.count


def _worst(rule: Rule, told: Sequence[tuple[str, float | None, int]]) -> Value:
    numbers = [(number, step, count) for step, number, count in told if number is not None]
    if not numbers:
        needed = 1 if rule.metric == "max" else round(100 / (100 - LATENCIES[rule.metric]))
        most = max(count for _, _, count in told)
        return Value(None, f"{rule.metric} is judged from {needed:,} good {_steps(rule)} on, and there were {most:,}")
    number, step, count = (min if rule.sign.startswith(">") else max)(numbers)
    few = sorted(step for step, number, _ in told if number is None)
    untold = f", and of {', '.join(few)} there were too few" if few else ""
    return Value(number, f"{rule.metric} of {count:,} good {step} steps{untold}")


def _steps(rule: Rule) -> str:
    return f"{rule.step} steps" if rule.step else "steps"


def _nothing(rule: Rule) -> str:
    return f"no {rule.step} step was measured" if rule.step else "no step was measured"
