"""One thing that a verdict found: a rule, whether it holds, and why in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NO_DATA: Final = "no data"
"""The value of an objective for which nothing was measured."""


class Status(StrEnum):
    """What became of a rule."""

    HOLDS = "holds"
    WARNS = "warns"  # worth reading, but the verdict stands
    FAILS = "fails"
    UNKNOWN = "unknown"  # there was nothing to judge by


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule on validity or correctness; ``code`` is stable, ``sentence`` holds the value and the limit."""

    code: str
    status: Status
    sentence: str

    @property
    def fails(self) -> bool:
        """Whether the verdict falls with it."""
        return self.status is Status.FAILS


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective and what became of it.

    ``line`` is its text as written (``broken < 1% in measured stages``), ``value`` what was measured with its unit,
    ``reason`` a plain sentence that says why it is met or missed. Without data it is missed. ``against_run`` says that
    it compares with a baseline run, so that missing it is a regression.
    """

    line: str
    met: bool
    value: str
    reason: str
    against_run: bool = False
