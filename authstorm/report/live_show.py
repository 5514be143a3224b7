"""What the terminal shows while the load runs: a live screen where there is one, else a plain line now and then."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from authstorm.plan.schedule import Schedule
from authstorm.report.live_line import live_line
from authstorm.report.live_view import OVER_S, live_view
from authstorm.report.screen import Screen, has_screen
from authstorm.watch.facts import AlertSpan
from authstorm.watch.health import HealthSecond
from authstorm.watch.tally import Tally

EVERY_S: Final = 1.0
"""How often ``show`` is to be called."""


class LiveShow:
    """One run's; ``screen`` is None where there are plain lines, which ``say`` writes."""

    def __init__(
        self,
        schedule: Schedule,
        screen: Screen | None,
        say: Callable[[str], None],
        alerts: Callable[[], Sequence[AlertSpan]] = tuple,
    ) -> None:
        self._schedule = schedule
        self._screen = screen
        self._say = say
        self._alerts = alerts
        self._next_line_s = float(OVER_S)

    @classmethod
    def begin(
        cls,
        schedule: Schedule,
        title: str,
        say: Callable[[str], None],
        alerts: Callable[[], Sequence[AlertSpan]] = tuple,
    ) -> LiveShow:
        """Take the terminal behind stdout, as far as it is one; ``alerts`` are all that fired so far."""
        screen = Screen(schedule, title, sys.stdout) if has_screen(sys.stdout, os.environ) else None
        if screen is not None:
            screen.open()
        return cls(schedule, screen, say, alerts)

    def show(self, tally: Tally, health: Sequence[HealthSecond], now_s: float) -> None:
        """Draw the screen, or say a line when it is time to; the newest second must have been closed before."""
        if self._screen is not None:
            self._screen.show(live_view(tally, health, now_s), self._alerts())
        elif now_s >= self._next_line_s:
            self._next_line_s = now_s - now_s % OVER_S + OVER_S
            self._say(live_line(self._schedule, live_view(tally, health, now_s)) + "\n")

    def close(self) -> None:
        """Give the terminal back."""
        if self._screen is not None:
            self._screen.close()
