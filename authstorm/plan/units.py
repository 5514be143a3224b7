"""Durations, rates, factors and shares as people write them: ``1m30s``, ``20/s``, ``10x``, ``5%``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf, isfinite
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_PER = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_DURATION = re.compile(rf"(?:({_NUMBER})h)?(?:({_NUMBER})m(?:in)?)?(?:({_NUMBER})s)?(?:({_NUMBER})ms)?")
_RATE = re.compile(rf"({_NUMBER})\s*/\s*(s|m|min|h)")
_FACTOR = re.compile(rf"({_NUMBER})x")
_SHARE = re.compile(rf"({_NUMBER})%")
MOST_USERS = 10_000_000


def parse_duration(text: object) -> float:
    """Seconds in ``90s``, ``1m30s``, ``500ms``, ``2h``; ValueError for anything else, a bare number included."""
    match = _DURATION.fullmatch(text.replace(" ", "")) if isinstance(text, str) and text.strip() else None
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is not a duration: write it with its unit, as 30s, 500ms or 1m30s")
    hours, minutes, seconds, millis = (float(group or 0) for group in match.groups())
    return _finite(hours * 3600 + minutes * 60 + seconds + millis / 1000)


def parse_rate(text: object) -> float:
    """Arrivals per second in ``20/s``, ``90/min``, ``1200/h``; ValueError for anything else."""
    match = _RATE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is not a rate: write it with its unit, as 20/s or 90/min")
    return _finite(float(match[1]) / _PER[match[2]])


def parse_share(text: object) -> float:
    """The share in ``5%`` as 0.05; ValueError for anything else."""
    match = _SHARE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is not a share: write it in per cent, as 5%")
    return _finite(float(match[1]) / 100)


def parse_scale(text: str) -> float:
    """The factor in ``0.1`` or ``10%``; ValueError for anything that is not above 0."""
    try:
        scale = parse_share(text) if text.endswith("%") else float(text)
    except ValueError:
        scale = 0.0
    if not 0 < scale < inf:
        raise ValueError(f"{text}: write a factor above 0 (0.1) or a share (10%)")
    return scale


def _finite(number: float) -> float:
    if not isfinite(number):
        raise ValueError("is a number without end: write a smaller one")
    return number


@dataclass(frozen=True, slots=True)
class Amount:
    """How much load a stage brings: a rate (arrivals per second), a number of users, or a factor on the baseline."""

    value: float
    kind: str
    """``rate``, ``users`` or ``factor``."""


def parse_amount(text: object) -> Amount:
    """Read ``200/s``, ``10x`` or a bare number of users; ValueError for anything else."""
    if isinstance(text, int) and not isinstance(text, bool) and 0 <= text <= MOST_USERS:
        return Amount(float(text), "users")
    if isinstance(text, str):
        if match := _FACTOR.fullmatch(text.strip()):
            return Amount(_finite(float(match[1])), "factor")
        if _RATE.fullmatch(text.strip()):
            return Amount(parse_rate(text), "rate")
    raise ValueError(f"{text!r} is neither a rate (200/s), a factor on the baseline (10x) nor a number of users (300)")


def show_duration(seconds: float) -> str:
    """Seconds as they are written in YAML."""
    return f"{seconds * 1000:g}ms" if 0 < seconds < 1 else f"{seconds:g}s"


def show_rate(per_second: float) -> str:
    """Arrivals per second as they are written in YAML."""
    return f"{per_second:g}/s"


def _show_amount(amount: Amount) -> str | int:
    shown = {"factor": f"{amount.value:g}x", "rate": show_rate(amount.value)}
    return shown.get(amount.kind) or int(amount.value)


def _show_arrivals(rates: float | dict[str, float]) -> str | dict[str, str]:
    if isinstance(rates, dict):
        return {name: show_rate(rate) for name, rate in rates.items()}
    return show_rate(rates)


def _field(parse: Any, show: Any, pattern: str, description: str) -> Any:
    schema = WithJsonSchema({"type": "string", "pattern": pattern, "description": description})
    return (BeforeValidator(parse), PlainSerializer(show, when_used="json"), schema)


def parse_arrivals(given: object) -> float | dict[str, float]:
    """Read one rate, or a rate for each scenario; ValueError names the scenario whose rate is wrong."""
    if isinstance(given, dict):
        wrong = []
        rates: dict[str, float] = {}
        for name, text in given.items():
            try:
                rates[str(name)] = parse_rate(text)
            except ValueError as error:
                wrong.append(f"{name}: {error}")
        if wrong or not rates:
            raise ValueError("; ".join(wrong) or "names no scenario")
        return rates
    return parse_rate(given)


Duration = Annotated[
    float, *_field(parse_duration, show_duration, r"^([0-9.]+(h|m|min|s|ms))+$", "a duration, as 30s, 500ms, 1m30s")
]
Rate = Annotated[float, *_field(parse_rate, show_rate, r"^[0-9.]+ */ *(s|m|min|h)$", "a rate, as 20/s or 90/min")]
Arrivals = Annotated[
    float | dict[str, float],
    BeforeValidator(parse_arrivals),
    PlainSerializer(_show_arrivals, when_used="json-unless-none"),
    WithJsonSchema({
        "oneOf": [
            {"type": "string", "pattern": r"^[0-9.]+ */ *(s|m|min|h)$"},
            {"type": "object", "additionalProperties": {"type": "string", "pattern": r"^[0-9.]+ */ *(s|m|min|h)$"}},
        ],
        "description": "the baseline as a rate (20/s), or a rate for each scenario",
    }),
]  # fmt: skip
Share = Annotated[float, *_field(parse_share, lambda share: f"{share * 100:g}%", r"^[0-9.]+%$", "a share, as 5%")]
Load = Annotated[
    Amount,
    BeforeValidator(parse_amount),
    PlainSerializer(_show_amount, when_used="json-unless-none"),
    WithJsonSchema({
        "oneOf": [
            {"type": "string", "pattern": r"^[0-9.]+(x| */ *(s|m|min|h))$"},
            {"type": "integer", "minimum": 0},
        ],
        "description": "a rate (200/s), a factor on the baseline (10x) or a number of users (300)",
    }),
]  # fmt: skip
