"""Words in braces inside texts of a target, as ``{username}``, which are filled for each request."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from authstorm.plan.strict import nearest

_WORD: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def split(text: str) -> list[str]:
    """The text in parts: literal, word, literal, word ... literal; the words without their braces.

    Braces that hold anything but one word are literal, so that ``mutation { login }`` stays as it is.
    """
    return _WORD.split(text)


def words(value: Any) -> Iterator[str]:
    """Every word in every text of a JSON value; ValueError for one that stands in a key."""
    if isinstance(value, str):
        yield from split(value)[1::2]
    elif isinstance(value, dict):
        for key, inner in value.items():
            if len(split(str(key))) > 1:
                raise ValueError(f"{key!r}: a key is not filled in, only values are")
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)


def unknown(value: Any, known: Collection[str]) -> str:
    """What is wrong with the first word that is not known, else ""."""
    for word in words(value):
        if word not in known:
            return f"{{{word}}} is nothing that could be filled in here: {nearest(word, sorted(known))}"
    return ""
