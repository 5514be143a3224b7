"""One line on what must hold: ``login p95 < 800ms``, ``shed < 1%``, ``introspect broken < 2%``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from authstorm.plan.units import parse_duration, parse_share

LATENCIES = {"p50": 50.0, "p95": 95.0, "p99": 99.0}
"""Latency of good steps, in per cent of them."""
SHARES = ("refused", "shed", "broken", "wrong", "failed")
"""Shares of all steps; ``failed`` is everything that did not end as its scenario asked."""

_LINE = re.compile(r"(?:(?P<step>[\w:-]+) )?(?P<metric>p50|p95|p99|refused|shed|broken|wrong|failed) < (?P<limit>\S+)")


@dataclass(frozen=True, slots=True)
class Rule:
    """What must hold: the ``metric`` of a step (all steps when "") stays under ``limit`` (ms, or a share of 0..1)."""

    line: str
    step: str
    metric: str
    limit: float


def parse_rule(line: object) -> Rule:
    """Read one line; ValueError says how lines are written."""
    match = _LINE.fullmatch(" ".join(line.split())) if isinstance(line, str) else None
    if match is None:
        words = f"{', '.join(LATENCIES)}, {', '.join(SHARES)}"
        raise ValueError(f"{line!r} is no rule: write [step] metric < limit, as login p95 < 800ms (metrics: {words})")
    metric = match["metric"]
    limit = parse_duration(match["limit"]) * 1000 if metric in LATENCIES else parse_share(match["limit"])
    return Rule(match[0], match["step"] or "", metric, limit)


def _rule(given: Any) -> Rule:
    return given if isinstance(given, Rule) else parse_rule(given)


RuleLine = Annotated[
    Rule,
    BeforeValidator(_rule),
    PlainSerializer(lambda rule: rule.line, when_used="json"),
    WithJsonSchema({"type": "string", "description": "as login p95 < 800ms, or shed < 1%"}),
]
