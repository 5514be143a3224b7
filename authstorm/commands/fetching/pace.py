"""How fast a command may ask: never above the target's ceiling, however many ask at once."""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent


class Pace:
    """Gives out moments that are ``1 / rate_per_s`` apart; None for a rate puts no limit."""

    def __init__(self, rate_per_s: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._gap_s = 1 / rate_per_s if rate_per_s else 0.0
        self._clock = clock
        self._free_s = float("-inf")

    def wait_s(self) -> float:
        """Take the next moment; gives the seconds until then."""
        now_s = self._clock()
        moment_s = max(now_s, self._free_s)
        self._free_s = moment_s + self._gap_s
        return moment_s - now_s

    def keep(self) -> None:
        """Sleep until the next moment."""
        gevent.sleep(self.wait_s())
