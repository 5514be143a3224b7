"""Hands planned arrivals to idle visitors at their moment, and counts what became of each.

Everything runs in one process's event loop. A timer callback wakes idle visitors straight from the hub, so that an
arrival costs one timer and one switch. An arrival that finds nobody idle waits in the order of arrival; after
``patience_s`` it is dropped and counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import Any, NamedTuple

import gevent
from gevent import get_hub, getcurrent
from gevent.greenlet import Greenlet

from authstorm.plan.schedule import Schedule, Stream


class Arrival(NamedTuple):
    """One planned visit: its moment in seconds since the run's start, and the stage that it belongs to."""

    planned_s: float
    stage: int


class PacingCounts(NamedTuple):
    """What became of the arrivals so far; ``start_delays_ms`` holds those since the last call alone."""

    offered: int
    started: int
    dropped: int
    start_delays_ms: list[float]
    visitors: int
    visitors_busy: int


class Pacing:
    """The arrivals of one worker's share, from the plan to the visitors."""

    def __init__(self, schedule: Schedule, patience_s: float, clock: Callable[[], float]) -> None:
        """``clock`` gives seconds since the run's start."""
        self._schedule = schedule
        self._patience_s = patience_s
        self._clock = clock
        self._plan: Iterator[tuple[float, str]] = iter(())
        self._next: tuple[float, str] | None = None
        self._idle: dict[str, deque[Greenlet]] = {s.scenario: deque() for s in schedule.streams}
        self._backlog: dict[str, deque[float]] = {s.scenario: deque() for s in schedule.streams}
        self._borders = [stage.end_s for stage in schedule.stages]
        self._stage = 0
        self._timer: Any = None
        self._delays_ms: list[float] = []
        self._thinking = 0
        self.offered = self.started = self.dropped = self.visitors = 0

    def start(self, share: int = 0, shares: int = 1) -> None:
        """Begin handing out the arrivals of one share; the clock must be running."""
        streams = self._schedule.streams if self._schedule.model == "open" else ()
        self._plan = merge(*(_named(s.scenario, s.arrivals(share, shares)) for s in streams))
        self._next = next(self._plan, None)
        self._arm()

    def extend(self, streams: Iterable[Stream], share: int = 0, shares: int = 1) -> None:
        """Add arrivals that were not planned from the start, as a search does; all must come after those handed out."""
        rest = () if self._next is None else (self._next,)
        more = (_named(s.scenario, s.arrivals(share, shares)) for s in streams)
        self._plan = merge(rest, self._plan, *more)
        self._next = next(self._plan, None)
        self._arm()

    def stop(self) -> None:
        """Hand out what is due by now and nothing more; whatever still waits counts as dropped.

        A plan's last arrival is due at its very end, and the word that it has ended may be here before the timer rings.
        """
        get_hub().loop.run_callback(self._hand_out)
        gevent.sleep(0)
        self._cancel()
        self._next = None
        for backlog in self._backlog.values():
            self.dropped += len(backlog)
            backlog.clear()

    def take(self, scenario: str, wake_after_s: float | None = None) -> Arrival | None:
        """Wait until an arrival of a scenario is due and has not been given to another visitor.

        With ``wake_after_s`` the wait ends after so many seconds with None, and no arrival is lost by it.
        """
        backlog = self._backlog[scenario]
        now_s = self._clock()
        while backlog:
            planned_s = backlog.popleft()
            if now_s - planned_s <= self._patience_s:
                return self._begin(planned_s, now_s)
            self.dropped += 1
        visitor, idle = getcurrent(), self._idle[scenario]
        idle.append(visitor)
        wake = gevent.Timeout.start_new(wake_after_s) if wake_after_s is not None else None
        hub = get_hub()
        try:
            while type(arrival := hub.switch()) is not Arrival:
                pass  # some other event's leftover
        except BaseException as reason:
            if visitor in idle:
                idle.remove(visitor)
            if reason is wake:
                return None
            raise
        else:
            return arrival
        finally:
            if wake is not None:
                wake.close()

    def pause(self, pause_s: float, is_leaving: Callable[[], bool] = bool) -> Arrival | None:
        """Think for a while, as visitors of a closed profile do; the end of the pause is the planned moment.

        None when ``is_leaving`` says then that the visitor does not act any more: nothing was offered.
        """
        planned_s = self._clock() + pause_s
        self._thinking += 1
        try:
            gevent.sleep(pause_s)
        finally:
            self._thinking -= 1
        if is_leaving():
            return None
        self.offered += 1
        return self._begin(planned_s, self._clock())

    def counts(self) -> PacingCounts:
        """The counts up to now; overdue arrivals are dropped first, so that nothing is hidden while all are busy."""
        self._drop_overdue(self._clock())
        delays, self._delays_ms = self._delays_ms, []
        idle = self._thinking + sum(map(len, self._idle.values()))
        return PacingCounts(self.offered, self.started, self.dropped, delays, self.visitors, self.visitors - idle)

    def _arm(self) -> None:
        """Set the timer for the next arrival."""
        self._cancel()
        if self._next is not None:
            self._timer = get_hub().loop.timer(max(0.0, self._next[0] - self._clock()))
            self._timer.start(self._hand_out, update=True)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def _hand_out(self) -> None:
        """Give each arrival that is due to an idle visitor, or put it into the queue (runs in the hub)."""
        while self._next is not None and self._next[0] <= (now_s := self._clock()):
            planned_s, scenario = self._next
            self._next = next(self._plan, None)
            self.offered += 1
            idle = self._idle[scenario]
            if idle:
                idle.popleft().switch(self._begin(planned_s, now_s))
            else:
                self._backlog[scenario].append(planned_s)
        self._arm()

    def _begin(self, planned_s: float, now_s: float) -> Arrival:
        """Count an arrival as started."""
        self.started += 1
        self._delays_ms.append((now_s - planned_s) * 1000)
        return Arrival(planned_s, self.stage_at(planned_s))

    def stage_at(self, moment_s: float) -> int:
        """Index of the stage that a moment belongs to; moments come nearly in order, so the last answer goes first."""
        borders, stage = self._borders, self._stage
        while stage > 0 and moment_s < borders[stage - 1]:
            stage -= 1
        while stage < len(borders) - 1 and moment_s >= borders[stage]:
            stage += 1
        self._stage = stage
        return stage

    def _drop_overdue(self, now_s: float) -> None:
        for backlog in self._backlog.values():
            while backlog and now_s - backlog[0] > self._patience_s:
                backlog.popleft()
                self.dropped += 1


def _named(scenario: str, moments: Iterator[float]) -> Iterator[tuple[float, str]]:
    for moment in moments:
        yield moment, scenario
