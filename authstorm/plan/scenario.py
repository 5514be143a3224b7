"""The scenarios that a profile may name: each is a user class in ``scenarios/``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema

from authstorm.plan.mistakes import KeyedError
from authstorm.plan.strict import nearest

SCENARIOS: Final = ("login", "service", "refresh", "validate", "session", "stuffing")
WITHOUT_ACCOUNT: Final = frozenset({"service", "stuffing"})
"""Scenarios whose visitors borrow no account."""


def _known(name: str) -> str:
    if name not in SCENARIOS:
        raise ValueError(f"{name!r} is no scenario ({nearest(name, list(SCENARIOS))})")
    return name


def check_scenarios(names: Iterable[str]) -> None:
    """KeyedError for the first name that is no scenario."""
    for name in names:
        try:
            _known(name)
        except ValueError as error:
            raise KeyedError(name, str(error)) from None


Scenario = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(SCENARIOS)})]
