"""What is told of wrong answers while they come: the evidence, in the log and in the request event."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

from authstorm.auth.fault import Evidence, shown

log = logging.getLogger(__name__)

MOST_TOLD: Final = 20
"""So many wrong answers are told one by one; every one is counted."""
MOST_OF_A_KIND: Final = 5
"""So many of one step and code: what is wrong with every answer must not hide what is wrong with one of them."""


class Told:
    """Tells of the first wrong answers of a process, so that their evidence is kept and nothing is flooded."""

    __slots__ = ("_kinds", "_redact")

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._kinds: Counter[tuple[str, str]] = Counter()

    def tell(self, step: str, evidence: Evidence) -> dict[str, str] | None:
        """One wrong answer: who it was for, what was expected, and what came, for its event too; None after enough."""
        fault, kind = evidence.fault, (step, evidence.fault.code)
        if self._kinds.total() >= MOST_TOLD or self._kinds[kind] >= MOST_OF_A_KIND:
            return None
        self._kinds[kind] += 1
        told = {
            "identity": evidence.identity,
            "what": fault.what,
            "expected": fault.expected,
            "got": fault.got,
            "trace": evidence.trace,
        }
        told = {part: self._redact(shown(text)) for part, text in told.items()}
        log.warning(
            "wrong answer: %s for %s: %s: %s should be %s, and is %s (trace %s)%s",
            step, told["identity"], fault.code, told["what"], told["expected"], told["got"],
            told["trace"] or "not sent", self._more(kind),
        )  # fmt: skip
        return told

    def _more(self, kind: tuple[str, str]) -> str:
        if self._kinds.total() == MOST_TOLD:
            return "; further ones are counted only"
        return "; further ones of this kind are counted only" if self._kinds[kind] == MOST_OF_A_KIND else ""
