"""Where in a JSON answer something stands: a dotted path with indexes, as ``data.tokens[0].access``."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

JsonPath = tuple[str | int, ...]
"""Keys and indexes (from 0), from the outside in."""

_STEP: Final = re.compile(r"""\.?([^.\[\]"'\s]+)|\[([0-9]{1,6})\]|\["([^"]+)"\]|\['([^']+)'\]""")
_ROOT: Final = re.compile(r"^\$(?=[.\[])")


def parse_path(text: object) -> JsonPath:
    """The steps of ``user.emails[0].value``, ``$.token``, ``data["odd.key"]`` or ``$['odd.key']`` (RFC 9535).

    ValueError for anything else.
    """
    if isinstance(text, tuple):
        return text
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{text!r} is no path: write the keys with dots between them, as data.tokens[0].access")
    rest = _ROOT.sub("", text.strip(), count=1) if text.strip() != "$" else ""
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None or (at == 0 and rest[0] == "." and rest == text.strip()):
            raise ValueError(f"{text!r} is no path: write keys with dots between them, as data.tokens[0].access")
        key, index, *quoted = match.groups()
        steps.append(int(index) if index is not None else key or quoted[0] or quoted[1])
        at = match.end()
    if not steps:
        raise ValueError(f"{text!r} leads to the whole answer: name the key in which the value stands")
    return tuple(steps)


def show_path(path: JsonPath) -> str:
    """The path as it is written in YAML."""
    parts = [
        f"[{step}]" if isinstance(step, int) else f".{step}" if _STEP.fullmatch(step) else _quoted(step)
        for step in path
    ]
    return "".join(parts).removeprefix(".")


def _quoted(step: str) -> str:
    return f"['{step}']" if '"' in step else f'["{step}"]'


Path = Annotated[
    JsonPath,
    BeforeValidator(parse_path),
    PlainSerializer(show_path, when_used="json-unless-none"),
    WithJsonSchema({"type": "string", "description": "a dotted path into the answer, as data.tokens[0].access"}),
]
