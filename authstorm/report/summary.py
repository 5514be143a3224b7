"""``summary.json``: the summary as plain data, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Final, TypeVar, cast, get_args

from pydantic import TypeAdapter

from authstorm.report.delivery_facts import Told
from authstorm.report.facts import ALL_STAGES, Answer, Severity, State, Summary
from authstorm.report.words import OUTCOMES

T = TypeVar("T")

_TOLD: Final = (*get_args(Answer), *get_args(State), *get_args(Severity), *get_args(Told))
_OWN_WORDS: Final = frozenset({*OUTCOMES, *_TOLD, ALL_STAGES, "open", "closed"})
"""What a field may say at all: such a word tells nothing, and without it the summary would be no summary."""


def to_mapping(summary: Summary) -> dict[str, Any]:
    """The summary as mappings, lists, strings and numbers."""
    return cast("dict[str, Any]", _adapter().dump_python(summary, mode="json"))


def summary_json(summary: Summary) -> str:
    """The text of ``summary.json``."""
    return json.dumps(to_mapping(summary), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_summary(text: str) -> Summary:
    """The summary in a ``summary.json``; raises pydantic's ValidationError for anything else."""
    return _adapter().validate_json(text)


def summary_schema() -> dict[str, Any]:
    """The JSON Schema of ``summary.json``."""
    schema = _adapter().json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Authstorm summary.json", **schema}


def redacted(value: T, redact: Callable[[str], str]) -> T:
    """The same value with every string in it redacted, whatever it is made of: dataclasses, mappings, tuples, lists.

    Strings are redacted before they are rendered: escaping would change a secret, and numbers must stay numbers.
    """
    return cast("T", _redacted(value, redact))


def _redacted(value: object, redact: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return value if value in _OWN_WORDS else redact(value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: _redacted(getattr(value, field.name), redact) for field in fields(value)}
        return type(value)(**parts)
    if isinstance(value, dict):
        return {_redacted(key, redact): _redacted(part, redact) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_redacted(part, redact) for part in value)
    return value


@cache
def _adapter() -> TypeAdapter[Summary]:
    return TypeAdapter(Summary)
