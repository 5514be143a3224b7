"""One thing that there is to say about a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SAMPLES_NEEDED: Final = {"p95": 20, "p99": 100}
"""Good steps that a percentile needs: with fewer, not one of them lies above it."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing about a plan: a stable code, a sentence, what would be right, and whether the plan still works."""

    code: str
    sentence: str
    right: str
    works: bool = True


def listed(words: Sequence[str], between: str = ", ", most: int = 4) -> str:
    """The first few of many words."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return between.join(words[:most]) + more
