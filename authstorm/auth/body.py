"""Reading a JSON object out of an answer, whatever the server sent: an object or a code, never a traceback."""

from __future__ import annotations

from json import JSONDecoder
from typing import Any, Final

from pydantic_core import from_json

from authstorm.auth.session import Answer

# raw_decode leaves out the two regular expressions of json.loads: a third of the time for a body of 1 kB
_decode: Final = JSONDecoder().raw_decode
_BLANK: Final = " \t\n\r"
_USUAL_TYPES: Final = frozenset({
    "application/json",
    "application/json;charset=utf-8",
    "application/json;charset=UTF-8",
    "application/json; charset=utf-8",
    "application/json; charset=UTF-8",
})  # fmt: skip
_LONGEST_ERROR_BODY: Final = 65_536


def read_object(answer: Answer) -> dict[str, Any] | str:
    """The JSON object in the body of a success, or the code of what is wrong with the body.

    The body must be UTF-8 (RFC 8259 8.1) and labelled as JSON, or not labelled at all. Of duplicate members the last
    counts, and ``NaN`` and ``Infinity`` pass as numbers: who reads a number must look.
    """
    value = _parse(answer.body)
    if type(value) is not dict:
        return value[0] if type(value) is tuple else "not-object"
    content_type = answer.header("content-type")
    return value if content_type in _USUAL_TYPES or is_json_type(content_type) else "wrong-content-type"


def read_error_object(answer: Answer) -> dict[str, Any]:
    """The JSON object in the body of an error, {} when there is none; leniently, for error pages come in any shape.

    The label is not looked at (JSON comes as text/html), and a body over 64 kB is not read at all.
    """
    body = answer.body
    if not body.startswith(b"{") and not body[:64].lstrip().startswith(b"{"):
        return {}
    value = _parse(body) if len(body) <= _LONGEST_ERROR_BODY else None
    return value if isinstance(value, dict) else {}


def is_json_type(content_type: str) -> bool:
    """Whether a Content-Type header stands for JSON; an absent one ("") may."""
    media_type = content_type.partition(";")[0].strip().lower()
    return (
        media_type in ("", "application/json", "text/json")
        or (media_type.startswith("application/") and media_type.endswith("+json"))
    )  # fmt: skip


_Unreadable = tuple[str]
"""A code that stands where a parsed value would: no JSON value is a tuple."""

_EMPTY: Final[_Unreadable] = ("empty-body",)
_NOT_JSON: Final[_Unreadable] = ("not-json",)
_BAD_JSON: Final[_Unreadable] = ("bad-json",)


def _parse(body: bytes) -> Any:
    """The value in the body, or an _Unreadable code."""
    try:
        return from_json(body)  # a quarter of the time of the decoder below, which decides what this one does not take
    except ValueError:
        return _parse_by_the_book(body)


def _parse_by_the_book(body: bytes) -> Any:
    try:
        text = body.decode()
        if not text.startswith("{"):
            text = text.lstrip(_BLANK)
        value, end = _decode(text)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, a number of 5000 digits; nested a thousand deep
        return _why_unreadable(body)
    return value if end == len(text) or not text[end:].strip(_BLANK) else _BAD_JSON


def _why_unreadable(body: bytes) -> _Unreadable:
    start = body.lstrip()[:1]
    if not start:
        return _EMPTY
    return _BAD_JSON if start in b'{["' else _NOT_JSON
