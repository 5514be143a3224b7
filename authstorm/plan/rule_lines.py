"""Rule lines as fields of what is read from YAML: objectives, abort rules, and the rule of a search."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from authstorm.plan.rule import APDEX, GOODPUT, Rule
from authstorm.plan.rule_reader import read_rule


def _read(given: Any) -> Rule:
    return given if isinstance(given, Rule) else read_rule(given)


def _read_abort(given: Any) -> Rule:
    rule = _read(given)
    if rule.deadline is not None:
        raise ValueError(f"“{rule.line}”: an abort rule is judged each second as the run goes: drop “after”, use in")
    if rule.metric == APDEX:
        raise ValueError(f"“{rule.line}”: apdex is judged over whole stages: an abort rule cannot wait so long")
    return rule


def _read_search(given: Any) -> Rule:
    rule = _read(given)
    plain = not (rule.reference or rule.stages or rule.over_s or rule.for_s or rule.deadline)
    if not plain or rule.metric in {GOODPUT, APDEX}:
        raise ValueError(f"“{rule.line}”: a search judges each probe by itself: write [step] metric < limit alone")
    if rule.sign.startswith(">") != (rule.metric == "good"):
        raise ValueError(f"“{rule.line}”: a search looks for what holds while the load is low: turn the comparison")
    return rule


def _line(read: Any, example: str) -> Any:
    schema = WithJsonSchema({"type": "string", "description": f"one line, as {example}"})
    return (BeforeValidator(read), PlainSerializer(lambda rule: rule.line, when_used="json"), schema)


ObjectiveLine = Annotated[Rule, *_line(_read, "login p95 < 800ms in spike")]
AbortLine = Annotated[Rule, *_line(_read_abort, "broken > 50% for 5s")]
SearchLine = Annotated[Rule, *_line(_read_search, "login p95 < 800ms, or shed < 1%")]
