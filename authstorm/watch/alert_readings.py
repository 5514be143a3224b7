"""What each kind of rule reads out of the newest seconds: a value beside its limit. Pure functions, one a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authstorm.plan.alert_rules import (
    Absence,
    AnyRule,
    Burn,
    CountOf,
    Generator,
    Goodput,
    Identity,
    Latency,
    ShareOf,
    Workers,
)
from authstorm.plan.expectation import is_goodput
from authstorm.watch.alert_signals import Signals, chosen, named

MAY_BE_ABOVE: Final = {"p50": 0.5, "p95": 0.05, "p99": 0.01}
"""The share of steps that is above each percentile."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that is bad above its limit; ``enough`` says whether there was enough to judge by.

    ``sentence`` holds what was measured beside what is allowed. ``trace`` is the limit that tells a single second that
    belongs to the bad time from one that does not.
    """

    value: float
    limit: float
    sentence: str
    enough: bool = True
    trace: float | None = None

    @property
    def bad(self) -> bool:
        """Whether it speaks for an alert."""
        return self.enough and self.value > self.limit

    def well(self, hysteresis: float) -> bool:
        """Whether it speaks for the end of one: below the limit by a share of it, or nothing left to judge by."""
        return not self.enough or self.value <= self.limit * (1 - hysteresis)


def read(rule: AnyRule, signals: Signals, second: int, not_before: int = 0, well_at: int | None = None) -> Reading:
    """Read a rule after a second.

    Windows reach back to ``not_before`` at most, so that what another alert explained is not told again. What compares
    with the time before takes the time before ``well_at``, where given: the bad time is no measure of itself.
    """
    return _READERS[type(rule)](rule, signals, second, not_before, well_at)


def first_bad(rule: AnyRule, signals: Signals, second: int, not_before: int = 0) -> int:
    """The first of the seconds that led to a bad reading, without a break, as far as the rule looks back."""
    first = second
    floor = max(not_before, second - int(rule.looks_back_s), 0)
    while first > floor:
        reading = read(rule, signals, first - 1, first - 1, first)
        if reading.value <= (reading.limit if reading.trace is None else reading.trace):
            break
        first -= 1
    return first


def limits_ms(rules: Mapping[str, AnyRule]) -> set[float]:
    """The limits that good steps must be counted above for some rules."""
    slow = {rule.slower_s * 1000 for rule in rules.values() if isinstance(rule, Burn) and rule.slower_s is not None}
    return slow | {rule.above_s * 1000 for rule in rules.values() if isinstance(rule, Latency)}


def _window(second: int, over_s: float, not_before: int) -> range:
    return range(max(0, not_before, second + 1 - int(over_s)), second + 1)


def _burn(rule: Burn, signals: Signals, second: int, not_before: int, _: int | None) -> Reading:
    bad, total = _burnt(rule, signals, _window(second, rule.long_s, not_before))
    long, short = (
        _rate(rule, bad, total),
        _rate(rule, *_burnt(rule, signals, _window(second, rule.short_s, not_before))),
    )
    sentence = (
        f"The error budget of {1 - rule.objective:.3g} goes {long:.1f} times too fast over {rule.long_s:g} s and "
        f"{short:.1f} times over {rule.short_s:g} s ({bad:,} of {total:,} steps bad); {rule.factor:g} is the limit."
    )
    return Reading(min(long, short), rule.factor, sentence, bad >= rule.min_bad and total >= rule.min_total)


def _burnt(rule: Burn, signals: Signals, window: range) -> tuple[int, int]:
    """Bad steps and all steps."""
    bad = total = 0
    for (step, outcome, _), counted in signals.counted(window):
        if named(rule.steps, step):
            total += counted.count
            slow = signals.slow(counted, rule.slower_s * 1000) if rule.slower_s is not None and outcome == "good" else 0
            bad += min(counted.count, counted.failed + slow)
    return bad, total


def _rate(rule: Burn, bad: int, total: int) -> float:
    return bad / total / (1 - rule.objective) if total else 0.0


def _latency(rule: Latency, signals: Signals, second: int, not_before: int, _: int | None) -> Reading:
    slow = total = 0
    for (step, outcome, _code), counted in signals.counted(_window(second, rule.over_s, not_before)):
        if outcome == "good" and named(rule.steps, step):
            total += counted.count
            slow += signals.slow(counted, rule.above_s * 1000)
    share, limit = slow / total if total else 0.0, MAY_BE_ABOVE[rule.percentile]
    sentence = (
        f"{share:.1%} of {total:,} good steps took longer than {rule.above_s:g} s over {rule.over_s:g} s; "
        f"{rule.percentile} allows {limit:.0%}."
    )
    return Reading(share, limit, sentence, total >= rule.min_total)


def _goodput(rule: Goodput, signals: Signals, second: int, not_before: int, well_at: int | None) -> Reading:
    now = _window(second, rule.over_s, not_before)
    end = now.start if well_at is None else min(now.start, well_at)
    before = _window(end - 1, rule.against_s, 0)
    good = _good(signals, now)
    usual = _good(signals, before) if well_at is None else signals.usual(before, lambda it: _good(signals, it))
    asked, asked_before = (sum(map(signals.demand, window)) for window in (now, before))
    enough = usual >= rule.min_total and asked > 0 and asked_before > 0 and len(before) >= len(now)
    share = good / asked / (usual / asked_before) if asked and asked_before and usual else 1.0
    sentence = (
        f"Of what was asked, {max(0.0, 1 - share):.0%} less ended well over {rule.over_s:g} s than in the "
        f"{len(before)} s before ({good:,} good steps); {rule.drop:.0%} less is the limit."
    )
    return Reading(1 - share, rule.drop, sentence, enough)


def _good(signals: Signals, window: range) -> int:
    """Good steps of arrivals: no arrival asks for a sign-in that comes before them."""
    counted = signals.counted(window)
    return sum(each.count for (step, outcome, _), each in counted if outcome == "good" and is_goodput(step))


def _share(rule: ShareOf, signals: Signals, second: int, not_before: int, _: int | None) -> Reading:
    part = total = 0
    for kind, counted in signals.counted(_window(second, rule.over_s, not_before)):
        if named(rule.among, kind[0]):
            total += counted.count
            part += chosen(rule.of, kind, counted)
    share = part / total if total else 0.0
    sentence = f"{part:,} of {total:,} steps ({share:.1%}) over {rule.over_s:g} s; {rule.above:.1%} is the limit."
    return Reading(share, rule.above, sentence, total >= rule.min_total)


def _count(rule: CountOf, signals: Signals, second: int, not_before: int, _: int | None) -> Reading:
    counts: dict[str, int] = {}
    for kind, counted in signals.counted(_window(second, rule.over_s, not_before)):
        if count := chosen(rule.of, kind, counted):
            what = f"{kind[0]} {kind[2]}"
            counts[what] = counts.get(what, 0) + count
    total = sum(counts.values())
    worst = ", ".join(f"{count:,} {what}" for what, count in sorted(counts.items(), key=lambda item: -item[1])[:3])
    sentence = f"{total:,} over {rule.over_s:g} s ({worst or 'none'}); from {rule.at_least:,} on it is an alert."
    return Reading(total, rule.at_least - 1, sentence, trace=0)


def _identity(rule: Identity, signals: Signals, second: int, not_before: int, _: int | None) -> Reading:
    refused = signals.refused(_window(second, rule.over_s, not_before), rule.steps)
    limit = rule.at_least - 1
    if not refused:
        return Reading(0, limit, f"No account was refused over {rule.over_s:g} s.", trace=0)
    account, most = max(refused.items(), key=lambda item: item[1])
    others = sum(count > limit for count in refused.values()) - 1
    more = f", and {others:,} more so often" if others > 0 else ""
    sentence = f"Account {account} was refused {most:,} times over {rule.over_s:g} s{more}; "
    return Reading(most, limit, f"{sentence}from {rule.at_least:,} on it is an alert.", trace=0)


def _absence(rule: Absence, signals: Signals, second: int, not_before: int, well_at: int | None) -> Reading:
    due = silent_s = 0
    for at in range(second, max(not_before, second - int(rule.looks_back_s)) - 1, -1):
        if signals.served(at):
            break
        due, silent_s = due + signals.due(at), silent_s + 1
    if well_at is None and due == signals.due(second) and not signals.served(second - 1):
        due = signals.unserved(second)  # the load has just begun: what is on its way may be answered in good time
    sentence = (
        f"Nothing was served for {silent_s} s, though {due:,} steps were due; from {rule.min_due:,} on it is an alert."
    )
    alone = second == not_before and signals.unserved(second) >= signals.served(second) > 0
    return Reading(1.0 if alone else float(silent_s if due else 0), 0, sentence, due >= rule.min_due)


def _generator(rule: Generator, signals: Signals, second: int, not_before: int, _: int | None) -> Reading:
    window = _window(second, rule.over_s, not_before)
    records = [record for at in window if (record := signals.health(at)) is not None]
    delay_s = max((record.start_delay_p99_ms or 0.0 for record in records), default=0.0) / 1000
    lag_s = max((record.loop_lag_max_ms or 0.0 for record in records), default=0.0) / 1000
    offered, dropped = sum(record.offered for record in records), sum(record.dropped for record in records)
    share = dropped / offered if offered else 0.0
    sentence = (
        f"Over {rule.over_s:g} s arrivals began up to {delay_s * 1000:.0f} ms late (limit "
        f"{rule.start_delay_s * 1000:.0f}), the event loop {lag_s * 1000:.0f} ms (limit {rule.loop_lag_s * 1000:.0f}), "
        f"and {share:.1%} of them were dropped (limit {rule.dropped:.1%})."
    )
    too_many = share / rule.dropped if rule.dropped else 2.0 * (dropped > 0)  # of 0% any is too many
    worst = max(delay_s / rule.start_delay_s, lag_s / rule.loop_lag_s, too_many)
    return Reading(worst, 1.0, sentence, bool(records))


def _workers(rule: Workers, signals: Signals, second: int, not_before: int, _: int | None) -> Reading:
    gone = signals.gone(_window(second, rule.over_s, not_before))
    return Reading(len(gone), 0, f"Lost over {rule.over_s:g} s: {', '.join(gone) or 'nobody'}; none may be.")


_READERS: Final[dict[type[AnyRule], Callable[[Any, Signals, int, int, int | None], Reading]]] = {
    Burn: _burn,
    Latency: _latency,
    Goodput: _goodput,
    ShareOf: _share,
    CountOf: _count,
    Identity: _identity,
    Absence: _absence,
    Generator: _generator,
    Workers: _workers,
}
