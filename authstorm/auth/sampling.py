"""Which tokens of many have their signature verified: the first, and then evenly the share that was asked for."""

from __future__ import annotations


class Sampling:
    """Picks ``share`` (0 to 1) of what passes; no chance in it, so that a short run has its part too."""

    __slots__ = ("_due", "_share")

    def __init__(self, share: float) -> None:
        self._share = share
        self._due = 1.0 - share if share else 0.0

    def pick(self) -> bool:
        """Whether this one is of the sample."""
        self._due += self._share
        if self._due < 1.0 - 1e-9:
            return False
        self._due -= 1.0
        return True
