"""The run's clock: seconds since its start, the same on every node."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class RunClock:
    """Seconds since the run's start on the performance counter; before the start every moment is negative or zero."""

    __slots__ = ("epoch", "zero")

    def __init__(self) -> None:
        self.zero = time.perf_counter()
        self.epoch = time.time()

    def start(self, epoch: float | None = None, zero: float | None = None) -> None:
        """Begin now, or at a moment (seconds since 1970) that all nodes were told.

        ``zero`` is the performance counter at that moment, for who knows it better than by the own time of day.
        """
        self.epoch = time.time() if epoch is None else epoch
        self.zero = time.perf_counter() - (time.time() - self.epoch) if zero is None else zero

    def __call__(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.zero

    @property
    def started_utc(self) -> datetime:
        """When the run began."""
        return datetime.fromtimestamp(self.epoch, UTC)
