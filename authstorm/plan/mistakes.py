"""What is wrong with a value that does not fit its field, and what would be right, in the words of who writes YAML."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

Words = tuple[str, str]
FILE_NAME: Final = r"^[a-z0-9][a-z0-9-]*$"
"""The name of a profile or target, under which its reports stand."""
MOST_SHOWN: Final = 60


class KeyedError(ValueError):
    """A mistake of a whole model that shows at one of its keys."""

    def __init__(self, key: str, wrong: str) -> None:
        super().__init__(wrong)
        self.key = key


def in_words(error: Any) -> Words:
    """One of pydantic's errors as (what is wrong, what would be right)."""
    words = _WORDS.get(error["type"])
    if error["input"] is None:
        return "is empty", ""
    shown = _shown(error["input"])
    if words is None:
        return f"{error['msg']}, not {shown}", ""
    return words(shown, error.get("ctx", {}))


def _shown(given: Any) -> str:
    text = f"{given:g}" if isinstance(given, float) else repr(given)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "..."


def _bound(words: str, key: str) -> Callable[[str, Any], Words]:
    return lambda shown, ctx: (f"{shown} is not {words} {ctx[key]:g}", "")


def _kind(words: str, right: str = "") -> Callable[[str, Any], Words]:
    return lambda shown, _: (f"{shown} is {words}", right)


_LIST = _kind("no list", "begin each entry in a line of its own with a hyphen")
_KEYS = _kind("no set of keys", "write {key: value}, or each key in a line of its own")
_TEXT = _kind("no text", "put it in quotes")
_WHOLE = _kind("no whole number")
_NUMBER = _kind("no number")
_SWITCH = _kind("neither true nor false")

_WORDS: Final[dict[str, Callable[[str, Any], Words]]] = {
    "greater_than": _bound("above", "gt"),
    "greater_than_equal": lambda shown, ctx: (f"{shown} is below {ctx['ge']:g}", ""),
    "less_than": _bound("below", "lt"),
    "less_than_equal": lambda shown, ctx: (f"{shown} is above {ctx['le']:g}", ""),
    "too_short": lambda _, ctx: ("is empty" if ctx["min_length"] == 1 else f"has fewer than {ctx['min_length']}", ""),
    "too_long": lambda _, ctx: (f"has more than {ctx['max_length']}", ""),
    "string_too_short": _kind("too short"),
    "string_pattern_mismatch": lambda shown, ctx: (
        (f"{shown} is no name", "write small letters, digits and hyphens, as my-service")
        if ctx["pattern"] == FILE_NAME
        else (f"{shown} does not look like {ctx['pattern']}", "")
    ),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": _KEYS,
    "string_type": _TEXT,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _kind("no number that can be counted with"),
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
}
