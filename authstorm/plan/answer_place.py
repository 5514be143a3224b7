"""Where in an answer a token stands: at a path of its JSON body, or in a header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from authstorm.plan.json_path import JsonPath, parse_path, show_path

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, slots=True)
class AnswerHeader:
    """A header of the answer; ``name`` as it is written in YAML, ``key`` in lower case."""

    name: str

    @property
    def key(self) -> str:
        """The name as answers are asked for it."""
        return self.name.lower()


Place = JsonPath | AnswerHeader


def parse_place(given: object) -> Place:
    """A path, or ``{header: X-Auth-Token}``; ValueError for anything else."""
    if isinstance(given, AnswerHeader):
        return given
    if not isinstance(given, dict):
        return parse_path(given)
    name = given.get("header")
    if list(given) != ["header"] or not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"{given!r} is no place: write a path, as data.token, or a header, as {{header: X-Auth-Token}}"
        )
    return AnswerHeader(name)


def show_place(place: Place) -> Any:
    """The place as it is written in YAML."""
    return {"header": place.name} if isinstance(place, AnswerHeader) else show_path(place)


AnswerPlace = Annotated[
    JsonPath | AnswerHeader,
    BeforeValidator(parse_place),
    PlainSerializer(show_place, when_used="json-unless-none"),
    WithJsonSchema({
        "oneOf": [
            {"type": "string", "description": "a dotted path into the answer, as data.tokens[0].access"},
            {
                "type": "object",
                "properties": {"header": {"type": "string", "description": "a header of the answer"}},
                "required": ["header"],
                "additionalProperties": False,
            },
        ]
    }),
]  # fmt: skip
