"""All rules of a run, judged second by second: what changed, and every alert that fired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from authstorm.plan.alert_rules import AnyRule
from authstorm.watch.alert_readings import Reading, first_bad, read
from authstorm.watch.alert_signals import Signals
from authstorm.watch.alert_state import Phase, RuleState, after, silenced
from authstorm.watch.facts import AlertSpan


@dataclass(frozen=True, slots=True)
class Change:
    """A rule's state changed; ``at_s`` and ``bad_since_s`` are seconds since the run's start.

    ``state`` is "pending", "firing", "resolved", or "inactive" for a pending one that passed.
    """

    rule: str
    severity: str
    state: str
    at_s: float
    bad_since_s: float
    value: float
    limit: float
    sentence: str


class AlertJudge:
    """Judges each second once, in order; ``changes`` come back from ``judge``, ``spans`` are all that fired."""

    def __init__(self, rules: Mapping[str, AnyRule], signals: Signals) -> None:
        self._rules = _silencers_first(rules)
        self._signals = signals
        self._states = {name: RuleState() for name in rules}
        self._open: dict[str, int] = {}
        self.spans: list[AlertSpan] = []

    @property
    def firing(self) -> tuple[str, ...]:
        """Names of the rules that fire now."""
        return tuple(self._open)

    def judge(self, second: int, now_s: float) -> list[Change]:
        """Judge a second that is closed at every source; ``now_s`` is when that happens."""
        return [change for change in self.each(second, now_s) if change is not None]

    def each(self, second: int, now_s: float) -> Iterator[Change | None]:
        """The same rule by rule, None where nothing changed: whoever asks may rest in between."""
        for name, rule in self._rules.items():
            yield self._judge_one(name, rule, second, now_s)

    def _judge_one(self, name: str, rule: AnyRule, second: int, now_s: float) -> Change | None:
        before = self._states[name]
        if any(other in self._open for other in rule.silenced_by):
            state = self._states[name] = silenced(before, second)
            if state.phase is before.phase:
                return None
            reading = read(rule, self._signals, second, before.not_before, before.bad_since)
            return self._changed(name, rule, before, state, reading, now_s)
        well_at = None if before.phase is Phase.INACTIVE else before.bad_since
        reading = read(rule, self._signals, second, before.not_before, well_at)
        state = after(rule, before, reading, second, lambda: first_bad(rule, self._signals, second, before.not_before))
        self._states[name] = state
        if state.phase is before.phase:
            return None
        return self._changed(name, rule, before, state, reading, now_s)

    def _changed(  # noqa: PLR0913, PLR0917 - what a change tells of
        self, name: str, rule: AnyRule, before: RuleState, state: RuleState, reading: Reading, now_s: float
    ) -> Change:
        word = str(state.phase)
        if before.phase is Phase.FIRING:
            word, place = "resolved", self._open.pop(name)
            self.spans[place] = replace(self.spans[place], resolved_s=now_s)
        elif state.phase is Phase.FIRING:
            self._open[name] = len(self.spans)
            self.spans.append(AlertSpan(name, rule.severity, state.bad_since, now_s, None, reading.sentence))
        return Change(name, rule.severity, word, now_s, state.bad_since, reading.value, reading.limit, reading.sentence)


def _silencers_first(rules: Mapping[str, AnyRule]) -> dict[str, AnyRule]:
    """The rules in an order in which those that silence others come before them."""
    ordered: dict[str, AnyRule] = {}

    def put(name: str) -> None:
        if name in ordered or name not in rules:
            return
        for other in rules[name].silenced_by:
            put(other)
        ordered[name] = rules[name]

    for name in rules:
        put(name)
    return ordered
