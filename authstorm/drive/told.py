"""What is told of wrong answers while they come: the evidence, in the log."""

from __future__ import annotations

import logging

from authstorm.auth.fault import Evidence

log = logging.getLogger(__name__)

MOST_TOLD = 20
"""So many wrong answers are told one by one; every one is counted."""


class Told:
    """Tells of the first wrong answers of a process, so that a log holds their evidence and is not flooded."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MOST_TOLD

    def tell(self, step: str, evidence: Evidence) -> None:
        """One wrong answer, with who it was for, what was expected, and what came."""
        if not self._left:
            return
        self._left -= 1
        fault = evidence.fault
        more = "" if self._left else "; further ones are counted only"
        log.warning(
            "wrong answer: %s for %s: %s: %s should be %s, and is %s (trace %s)%s",
            step, evidence.identity, fault.code, fault.what, fault.expected, fault.got, evidence.trace or "not sent",
            more,
        )  # fmt: skip
