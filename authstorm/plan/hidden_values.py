"""Finds any of very many secret values in a text, in a time that hardly depends on how many there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

START: Final = 4
"""Characters by which a value is looked up; shorter values are not found."""


class HiddenValues:
    """Values by their first four characters and their length: a hundred thousand passwords cost one look at a place."""

    __slots__ = ("_lengths", "_values")

    def __init__(self) -> None:
        self._lengths: dict[str, list[int]] = {}
        self._values: set[str] = set()

    def add(self, values: Iterable[str]) -> None:
        """Find these from now on."""
        for value in values:
            if len(value) < START or value in self._values:
                continue
            self._values.add(value)
            lengths = self._lengths.setdefault(value[:START], [])
            if len(value) not in lengths:
                lengths.append(len(value))
                lengths.sort(reverse=True)

    def hidden(self, text: str, mark: str) -> str:
        """The text with the mark in place of each value; where values overlap the longest first one goes."""
        if not self._values:
            return text
        parts: list[str] = []
        kept = at = 0
        while at <= len(text) - START:
            length = self._length_at(text, at)
            if length:
                parts += (text[kept:at], mark)
                at = kept = at + length
            else:
                at += 1
        return "".join([*parts, text[kept:]])

    def _length_at(self, text: str, at: int) -> int:
        """How long the longest value is that begins at a place; 0 for none."""
        for length in self._lengths.get(text[at : at + START], ()):
            if text[at : at + length] in self._values:
                return length
        return 0
