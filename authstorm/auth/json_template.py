"""Bodies and headers with words to fill in, compiled once: what is left for a request is to escape and to join."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from typing import Any, Final

from authstorm.auth.form import encoded
from authstorm.plan.placeholders import split

Values = Mapping[str, str]
"""What is filled in, by word."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A place that a word is filled into."""

    word: str


Piece = str | Hole


@dataclass(frozen=True, slots=True)
class Template:
    """Text with holes; each filling is escaped, so that no value can leave the place it is filled into."""

    texts: tuple[str, ...]
    """One more than there are holes."""
    words: tuple[str, ...]
    escape: Callable[[str], str]

    def filled(self, values: Values) -> str:
        """The text with every hole filled; KeyError for a word without a value."""
        texts = self.texts
        if not self.words:
            return texts[0]
        parts = [texts[0]]
        for index, word in enumerate(self.words, 1):
            parts.append(self.escape(values[word]))
            parts.append(texts[index])
        return "".join(parts)


def json_template(value: Any, known: Values) -> Template:
    """A JSON value whose texts hold words; those in ``known`` are filled in now."""
    return _template(_json_pieces(value, known), _in_json)


def form_template(fields: Mapping[str, str], known: Values) -> Template:
    """A form whose values hold words; those in ``known`` are filled in now."""
    return _template(_form_pieces(fields, known), _in_form)


def header_template(value: str, known: Values) -> Template:
    """A header's value that holds words; those in ``known`` are filled in now."""
    return _template(_pieces(value, known, _as_is), _as_is)


def _json_pieces(value: Any, known: Values) -> Iterator[Piece]:
    """The text of a JSON value; holes stand inside its strings and nowhere else."""
    if isinstance(value, str):
        yield '"'
        yield from _pieces(value, known, _in_json)
        yield '"'
    elif isinstance(value, dict):
        for index, (key, inner) in enumerate(value.items()):
            yield f"{',' if index else '{'}{json.dumps(key)}:"
            yield from _json_pieces(inner, known)
        yield "}" if value else "{}"
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield "," if index else "["
            yield from _json_pieces(inner, known)
        yield "]" if value else "[]"
    else:
        yield json.dumps(value)


def _form_pieces(fields: Mapping[str, str], known: Values) -> Iterator[Piece]:
    for index, (name, value) in enumerate(fields.items()):
        yield f"{'&' if index else ''}{_in_form(name)}="
        yield from _pieces(value, known, _in_form)


def _pieces(text: str, known: Values, escape: Callable[[str], str]) -> Iterator[Piece]:
    """A text in pieces, its literal parts escaped."""
    for index, part in enumerate(split(text)):
        if index % 2 == 0:
            yield escape(part)
        else:
            yield escape(known[part]) if part in known else Hole(part)


def _template(pieces: Iterator[Piece], escape: Callable[[str], str]) -> Template:
    """Pieces with neighbouring texts joined."""
    texts, words = [""], []
    for piece in pieces:
        if isinstance(piece, Hole):
            words.append(piece.word)
            texts.append("")
        else:
            texts[-1] += piece
    return Template(tuple(texts), tuple(words), escape)


_quoted: Final = encode_basestring_ascii


def _in_json(text: str) -> str:
    """A text as it stands between the quotes of a JSON string, in ASCII."""
    return _quoted(text)[1:-1]


def _in_form(text: str) -> str:
    return encoded(text).decode("ascii")


def _as_is(text: str) -> str:
    return text
