"""A listener of the request event that takes our own steps as they are, and all others as Locust spells them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from authstorm.watch.sample import Fields

Hear: TypeAlias = Callable[[Fields, Mapping[str, str] | None, int | None], None]
"""Takes the fields of a sample, the evidence of a wrong answer, and the number of an account that was refused."""


class Ear:
    """What is called is the event; ``hear_step`` is the short way."""

    __slots__ = ("_by_keywords", "hear_step")

    def __init__(self, by_keywords: Callable[..., None], hear_step: Hear) -> None:
        self._by_keywords = by_keywords
        self.hear_step = hear_step

    def __call__(self, **event: Any) -> None:
        """Take the event as Locust spells it out."""
        self._by_keywords(**event)
