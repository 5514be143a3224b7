"""Reads rule lines by recursive descent.

::

    line       = subject comparison clause*
    subject    = [step] metric | metric "of" step
    comparison = ("<" | "<=" | ">" | ">=") limit | "within" share "of" reference
    limit      = duration | share | rate | number | share "of" reference
    reference  = stage | "run:" name
    clause     = "in" stage ("and" stage)* | "over" duration | "for" duration | ("by" | "within") duration "after" stage
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final, cast

from authstorm.plan.rule import APDEX, GOODPUT, LATENCIES, METRICS, RUN, SHARES, Deadline, Rule, Sign
from authstorm.plan.strict import nearest
from authstorm.plan.units import parse_duration, parse_rate, parse_share

SIGNS: Final = ("<", "<=", ">", ">=")
CLAUSES: Final = ("in", "over", "for", "by", "within")
KEYWORDS: Final = frozenset({*SIGNS, *CLAUSES, "of", "and", "after"})
EXAMPLE: Final = "login p95 < 800ms in spike"

_WORD = re.compile(r"[<>]=?|[^\s<>]+")
_APDEX = re.compile(rf"{APDEX}\((.*)\)")
_NUMBER = re.compile(r"[01]?\.?[0-9]+")


def read_rule(line: object) -> Rule:
    """One line as a rule; ValueError tells of the first word that cannot stand where it stands."""
    if not isinstance(line, str):
        raise ValueError(f"{line!r} is no line of text: write it as {EXAMPLE}, in quotes where it holds ': '")  # noqa: TRY004 - pydantic's word
    return _Reader(line.strip()).rule()


class _Reader:
    """The words of one line, and how far they are read."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._words = _WORD.findall(line)
        self._at = 0

    def rule(self) -> Rule:
        rule = self._comparison(self._subject())
        seen: set[str] = set()
        while word := self._next():
            if word not in CLAUSES:
                raise self._wrong(f"{word!r} cannot stand here", nearest(word, [*CLAUSES]))
            kind = "by" if word == "within" else word
            if kind in seen:
                raise self._wrong(f"{word!r} stands twice", "keep one")
            seen.add(kind)
            rule = self._clause(kind, rule)
        self._check(rule)
        return rule

    def _subject(self) -> Rule:
        """The metric and whose it is, up to the comparison."""
        words = []
        while self._peek() not in {*SIGNS, "within", ""}:
            words.append(self._next())
        if not self._peek():
            wrong = "is empty" if not self._words else "compares nothing"
            raise self._wrong(wrong, f"write [step] metric < limit, as {EXAMPLE}")
        if not words:
            raise self._wrong("names no metric", f"one of {', '.join(METRICS)}")
        if "of" in words:
            metric, step = words[0], words[2:]
            if words[1:2] != ["of"] or not step:
                raise self._wrong("“of” stands between metric and step", f"as {APDEX}(500ms) of login")
        else:
            metric, step = words[-1], words[:-1]
        name, content_ms = self._metric(metric)
        return Rule(self._line, " ".join(step), name, 0.0, content_ms=content_ms)

    def _metric(self, word: str) -> tuple[str, float]:
        if match := _APDEX.fullmatch(word):
            return APDEX, self._quantity(parse_duration, match[1]) * 1000
        if word == APDEX:
            raise self._wrong("apdex needs the time that contents a visitor", f"as {APDEX}(500ms)")
        if word not in METRICS:
            raise self._wrong(f"{word!r} is no metric", nearest(word, [*METRICS]))
        return word, 0.0

    def _comparison(self, rule: Rule) -> Rule:
        sign = self._next()
        if sign == "within":
            share = self._quantity(parse_share, self._next())
            self._expect("of", "within 120% of baseline")
            more_is_better = rule.metric in {GOODPUT, APDEX, "good"}
            return replace(rule, sign=">=" if more_is_better else "<=", limit=share, reference=self._reference())
        rule = replace(rule, sign=cast("Sign", sign))
        word = self._next()
        if self._peek() == "of":
            share = self._quantity(parse_share, word)
            self._next()
            return replace(rule, limit=share, reference=self._reference())
        return replace(rule, limit=self._limit(rule.metric, word))

    def _limit(self, metric: str, word: str) -> float:
        if metric in LATENCIES:
            return self._quantity(parse_duration, word) * 1000
        if metric in SHARES:
            return self._quantity(parse_share, word)
        if metric == GOODPUT:
            return self._quantity(parse_rate, word)
        if not _NUMBER.fullmatch(word):
            raise self._wrong(f"{word!r} is no number", "apdex goes from 0 to 1, as 0.85")
        return float(word)

    def _reference(self) -> str:
        if self._peek().startswith(RUN):
            name = self._next()
            if name == RUN:
                raise self._wrong("“run:” names no run", "as run:baseline")
            return name
        return self._name("a stage, or run: and a run")

    def _clause(self, kind: str, rule: Rule) -> Rule:
        if kind == "in":
            stages = [self._name("a stage")]
            while self._peek() == "and":
                self._next()
                stages.append(self._name("a stage"))
            return replace(rule, stages=tuple(stages))
        seconds = self._quantity(parse_duration, self._next())
        if kind == "by":
            self._expect("after", "by 20s after spike")
            return replace(rule, deadline=Deadline(self._name("a stage"), seconds))
        if seconds < 1 or seconds != int(seconds):
            raise self._wrong(f"“{kind} {seconds:g}s”: windows are whole seconds", f"{kind} 1s at least")
        return replace(rule, over_s=int(seconds)) if kind == "over" else replace(rule, for_s=int(seconds))

    def _check(self, rule: Rule) -> None:
        """What single words cannot see."""
        if rule.deadline is not None and rule.stages:
            raise self._wrong("“after” says already when it is judged", "drop in, or by")
        if rule.metric == APDEX and (rule.over_s or rule.for_s or rule.deadline or rule.run):
            raise self._wrong("apdex is judged over whole stages of this run", "in alone may stand behind it")
        if rule.reference and rule.metric in LATENCIES and not rule.step:
            raise self._wrong("latencies of different steps cannot be compared", f"name the step, as {EXAMPLE}")
        if rule.run and rule.metric == GOODPUT and rule.step:
            raise self._wrong("a run's summary tells goodput of all steps together", "drop the step")
        if not rule.reference:
            self._check_limit(rule)

    def _check_limit(self, rule: Rule) -> None:
        """A line that holds, or does not, whatever is measured is a slip of the pen."""
        if rule.metric in {*SHARES, APDEX} and rule.limit > 1:
            most = "1" if rule.metric == APDEX else "100%"
            raise self._wrong(f"{rule.metric} goes from 0 to {most}", f"a limit of {most} at most")
        if rule.sign == "<" and not rule.limit:
            raise self._wrong("nothing is less than 0", "write <=, or a limit above 0")

    def _name(self, wanted: str) -> str:
        """Words up to the next keyword."""
        words = []
        while self._peek() and self._peek() not in KEYWORDS:
            words.append(self._next())
        if not words:
            raise self._wrong(f"{self._peek()!r} stands where {wanted} should" if self._peek() else "ends too soon",
                              f"name {wanted}")  # fmt: skip
        return " ".join(words)

    def _expect(self, keyword: str, example: str) -> None:
        word = self._next()
        if word != keyword:
            wrong = f"{word!r} stands where “{keyword}” should" if word else f"ends where “{keyword}” should stand"
            raise self._wrong(wrong, f"as {example}")

    def _quantity(self, parse: Callable[[object], float], word: str) -> float:
        try:
            return parse(word)
        except ValueError as error:
            raise self._wrong(str(error) if word else "ends too soon", "" if word else f"as {EXAMPLE}") from None

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _next(self) -> str:
        word = self._peek()
        self._at += 1
        return word

    def _wrong(self, wrong: str, right: str = "") -> ValueError:
        return ValueError(f"“{self._line}”: {wrong}" + (f" ({right})" if right else ""))
