"""The master's time, told by a worker's own clock: where machines disagree on the time of day, the plan is still one.

Pure arithmetic: what was sent when is told by the caller.
"""

from __future__ import annotations

from collections import deque

TOO_VAGUE_S = 0.25
"""A worker that cannot tell the master's time better than this is refused: it would load at the wrong moments."""
KEPT = 16
"""Readings that are looked at: the newest."""


class MasterTime:
    """What a worker knows of the master's clock, from questions and their answers.

    The master's answer was written somewhere between the question and its arrival here, so half of the round trip is
    what the reading may be wrong by: the quickest of the newest readings counts.
    """

    def __init__(self) -> None:
        self._readings: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def note(self, sent_at: float, told: float, received_at: float) -> None:
        """Take in one answer: ``told`` is the master's time of day, the others are of the own performance counter."""
        self._readings.append((received_at - sent_at, told - (sent_at + received_at) / 2))

    @property
    def count(self) -> int:
        """How many readings there are."""
        return len(self._readings)

    @property
    def ahead_s(self) -> float:
        """The master's time of day minus the own performance counter; ValueError without a reading."""
        return min(self._readings)[1]

    @property
    def vagueness_s(self) -> float:
        """How wrong ``ahead_s`` may be."""
        return min(self._readings)[0] / 2

    def zero_of(self, epoch: float) -> float:
        """The own performance counter's reading at a moment of the master's time of day."""
        return epoch - self.ahead_s
