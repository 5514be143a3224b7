"""Hands planned arrivals to idle visitors at their moment, and counts what became of each.

Everything runs in one process's event loop. A timer callback wakes idle visitors straight from the hub, so that an
arrival costs one timer and one switch. An arrival that finds nobody idle waits in the order of arrival; after
``patience_s`` it is dropped and counted. Among many workers an order may give the process another share while it runs,
and nothing is handed out that is due after the end of the lease that the master gives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import chain, takewhile
from math import inf
from typing import Any, NamedTuple

import gevent
from gevent import get_hub, getcurrent
from gevent.greenlet import Greenlet

from authstorm.plan.schedule import Schedule, Stream

HOLD_S = 0.1
"""How often visitors of a closed profile look whether the lease goes on."""


class Arrival(NamedTuple):
    """One planned visit: its moment in seconds since the run's start, and the stage that it belongs to."""

    planned_s: float
    stage: int


class PacingCounts(NamedTuple):
    """What became of the arrivals so far; ``start_delays_ms`` holds those since the last call alone.

    ``without_account`` and ``sharing`` are for who knows the accounts to fill in: visitors that found none and stay
    away, and those that act as somebody whom another acts as; likewise ``exhausted``, attempts to connect for which
    this machine had no ports or descriptors left. ``by_stage`` has, for arrivals offered, started or dropped since the
    last call, the stage that they were planned in and the three counts.
    """

    offered: int
    started: int
    dropped: int
    start_delays_ms: list[float]
    visitors: int
    visitors_busy: int
    without_account: int = 0
    sharing: int = 0
    exhausted: int = 0
    by_stage: tuple[tuple[int, int, int, int], ...] = ()


class Pacing:
    """The arrivals of one worker's share, from the plan to the visitors."""

    def __init__(self, schedule: Schedule, patience_s: float, clock: Callable[[], float]) -> None:
        """``clock`` gives seconds since the run's start."""
        self._schedule = schedule
        self._patience_s = patience_s
        self._clock = clock
        self._plan: Iterator[tuple[float, str]] = iter(())
        self._streams: list[Stream] = []
        self._shares: list[tuple[float, int, int]] = []
        self._until_s = inf
        self._handed_s = -inf
        self._next: tuple[float, str] | None = None
        self._idle: dict[str, deque[Greenlet]] = {s.scenario: deque() for s in schedule.streams}
        self._backlog: dict[str, deque[float]] = {s.scenario: deque() for s in schedule.streams}
        self._borders = [stage.end_s for stage in schedule.stages]
        self._stage = 0
        self._timer: Any = None
        self._delays_ms: list[float] = []
        self._thinking = 0
        self._by_stage: dict[int, list[int]] = {}
        self.offered = self.started = self.dropped = self.visitors = 0

    def start(self, share: int = 0, shares: int = 1, from_s: float = -inf, until_s: float = inf) -> None:
        """Begin handing out the arrivals of one share from ``from_s`` on; the clock must be running."""
        self._until_s = until_s
        self._shares = [(from_s, share, shares)]
        self._streams = list(self._schedule.streams) if self._schedule.model == "open" else []
        plans = [_named(s.scenario, s.arrivals(share, shares, from_s)) for s in self._streams]
        self._plan = plans[0] if len(plans) == 1 else merge(*plans)
        self._next = next(self._plan, None)
        self._arm()

    @property
    def shares(self) -> int:
        """How many processes make the arrivals, this one with them."""
        return self._shares[-1][2]

    def extend(self, streams: Iterable[Stream]) -> None:
        """Add arrivals that were not planned from the start, as a search does; all must come after those handed out."""
        streams = list(streams)
        rest = () if self._next is None else (self._next,)
        self._streams += streams
        self._plan = merge(rest, self._plan, *(_named(s.scenario, self._own(s)) for s in streams))
        self._next = next(self._plan, None)
        self._arm()

    def reorder(self, from_s: float, share: int, shares: int) -> float:
        """Make another share from a moment on; gives how many seconds of it had been handed out by then.

        Where that is more than none, the order came too late: some of the arrivals in these seconds were made by two.
        """
        late_s = max(0.0, self._handed_s - from_s)
        rest = () if self._next is None else (self._next,)
        old = takewhile(lambda arrival: arrival[0] < from_s, chain(rest, self._plan))
        self._shares.append((from_s, share, shares))
        begin_s = max(from_s, self._handed_s + 1e-9)
        new = merge(*(_named(s.scenario, s.arrivals(share, shares, begin_s)) for s in self._streams))
        self._plan = chain(old, new)
        self._next = next(self._plan, None)
        self._arm()
        return late_s

    def allow(self, until_s: float) -> None:
        """Hand out what is due before a moment, and nothing after it until it is put off again."""
        self._until_s = until_s
        if self._timer is None:
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
            for planned_s in backlog:
                self._drop(planned_s)
            backlog.clear()

    def take(self, scenario: str, wake_after_s: float | None = None) -> Arrival | None:
        """Wait until an arrival of a scenario is due and has not been given to another visitor.

        With ``wake_after_s`` the wait ends after so many seconds with None, and no arrival is lost by it.
        """
        if (arrival := self._overdue(scenario)) is not None:
            return arrival
        visitor, hub = getcurrent(), get_hub()
        idle = self._idle[scenario]
        idle.append(visitor)
        wake = gevent.Timeout.start_new(wake_after_s) if wake_after_s is not None else None
        try:
            while type(given := hub.switch()) is not Arrival:
                pass  # some other event's leftover
        except BaseException as reason:
            if visitor in idle:
                idle.remove(visitor)
            if reason is wake:
                return None
            raise
        else:
            return given
        finally:
            if wake is not None:
                wake.close()

    def _overdue(self, scenario: str) -> Arrival | None:
        """The arrival that waits longest, where some do; those that lost patience are dropped."""
        backlog = self._backlog[scenario]
        if backlog:
            # answers that are there are read first: requests of all whom they free go out together, which costs less
            gevent.sleep(0)
        while backlog:
            planned_s, now_s = backlog.popleft(), self._clock()
            if now_s - planned_s <= self._patience_s:
                return self._begin(planned_s, now_s)
            self._drop(planned_s)
        return None

    def pause(self, pause_s: float, is_leaving: Callable[[], bool] = bool) -> Arrival | None:
        """Think for a while, as visitors of a closed profile do; the end of the pause is the planned moment.

        None when ``is_leaving`` says then that the visitor does not act any more: nothing was offered.
        """
        planned_s = self._clock() + pause_s
        self._thinking += 1
        try:
            gevent.sleep(pause_s)
            while self._clock() >= self._until_s and not is_leaving():
                gevent.sleep(HOLD_S)
        finally:
            self._thinking -= 1
        if is_leaving():
            return None
        self._offer(planned_s)
        return self._begin(planned_s, self._clock())

    def counts(self) -> PacingCounts:
        """The counts up to now; overdue arrivals are dropped first, so that nothing is hidden while all are busy."""
        self._drop_overdue(self._clock())
        delays, self._delays_ms = self._delays_ms, []
        idle = self._thinking + sum(map(len, self._idle.values()))
        by_stage, self._by_stage = self._by_stage, {}
        told = tuple((stage, offered, started, dropped) for stage, (offered, started, dropped) in by_stage.items())
        return PacingCounts(
            self.offered, self.started, self.dropped, delays, self.visitors, self.visitors - idle, by_stage=told
        )

    def _arm(self) -> None:
        """Set the timer for the next arrival, where the lease reaches so far."""
        self._cancel()
        if self._next is not None and self._next[0] < self._until_s:
            self._timer = get_hub().loop.timer(max(0.0, self._next[0] - self._clock()))
            self._timer.start(self._hand_out, update=True)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None

    def _hand_out(self) -> None:
        """Give each arrival that is due to an idle visitor, or put it into the queue (runs in the hub)."""
        until_s, clock = self._until_s, self._clock
        while (arrival := self._next) is not None:
            planned_s, scenario = arrival
            now_s = clock()
            if planned_s > now_s or planned_s >= until_s:
                break
            self._handed_s = planned_s
            self._next = next(self._plan, None)
            stage = self.stage_at(planned_s)
            counts = self._counts_of(stage)
            self.offered += 1
            counts[0] += 1
            idle = self._idle[scenario]
            if now_s - planned_s > self._patience_s:  # after a standstill of the process
                self.dropped += 1
                counts[2] += 1
            elif idle:
                self.started += 1
                counts[1] += 1
                self._delays_ms.append((now_s - planned_s) * 1000)
                idle.popleft().switch(tuple.__new__(Arrival, (planned_s, stage)))  # as Arrival() would
            else:
                self._backlog[scenario].append(planned_s)
        self._arm()

    def _begin(self, planned_s: float, now_s: float) -> Arrival:
        """Count an arrival as started."""
        self.started += 1
        self._delays_ms.append((now_s - planned_s) * 1000)
        stage = self.stage_at(planned_s)
        self._counts_of(stage)[1] += 1
        return tuple.__new__(Arrival, (planned_s, stage))  # as Arrival() would, without a call between

    def _offer(self, planned_s: float) -> None:
        """Count an arrival as offered."""
        self.offered += 1
        self._counts_of(self.stage_at(planned_s))[0] += 1

    def _drop(self, planned_s: float) -> None:
        """Count an arrival as dropped."""
        self.dropped += 1
        self._counts_of(self.stage_at(planned_s))[2] += 1

    def _counts_of(self, stage: int) -> list[int]:
        """Offered, started and dropped of a stage since they were last asked for."""
        counts = self._by_stage.get(stage)
        if counts is None:
            counts = self._by_stage[stage] = [0, 0, 0]
        return counts

    def stage_at(self, moment_s: float) -> int:
        """Index of the stage that a moment belongs to; moments come nearly in order, so the last answer goes first."""
        borders, stage = self._borders, self._stage
        while stage > 0 and moment_s < borders[stage - 1]:
            stage -= 1
        while stage < len(borders) - 1 and moment_s >= borders[stage]:
            stage += 1
        self._stage = stage
        return stage

    def _own(self, stream: Stream) -> Iterator[float]:
        """The arrivals of a stream that fall to this process by all its orders."""
        ends = [from_s for from_s, _, _ in self._shares[1:]] + [inf]
        for (from_s, share, shares), end_s in zip(self._shares, ends, strict=True):
            for moment in stream.arrivals(share, shares, from_s):
                if moment >= end_s:
                    break
                yield moment

    def _drop_overdue(self, now_s: float) -> None:
        for backlog in self._backlog.values():
            while backlog and now_s - backlog[0] > self._patience_s:
                self._drop(backlog.popleft())


def _named(scenario: str, moments: Iterator[float]) -> Iterator[tuple[float, str]]:
    for moment in moments:
        yield moment, scenario
