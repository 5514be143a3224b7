"""Until when each greenlet waits: one timer for all of them, which the load nearly never sets."""

from __future__ import annotations

from math import inf
from time import perf_counter
from typing import Any, Final

from gevent import get_hub

LATE: Final = object()
"""What a greenlet is switched to with, at its deadline."""
_GRAIN_S: Final = 0.005
_REST: Final = 20  # so many times what a look through all who wait takes


class Deadlines:
    """The waits of one event loop; a greenlet waits for one thing at a time.

    Waits that end in time, as nearly all do, cost an entry that is made and taken out. The timer is set for the first
    deadline of all, and looks through all who wait then; where many deadlines follow one another, once in 5 ms, or
    where very many wait less often, so that it takes a tenth of the time at most.
    """

    __slots__ = ("_rings_at", "_timer", "waiting")

    def __init__(self) -> None:
        self.waiting: dict[Any, float] = {}
        self._rings_at = inf
        self._timer: Any = None

    def add(self, greenlet: Any, deadline: float) -> None:
        """Have a greenlet woken by ``LATE`` at a deadline (``perf_counter``), unless it is taken out before."""
        self.waiting[greenlet] = deadline
        if deadline < self._rings_at:
            self._arm(deadline)

    def _arm(self, rings_at: float) -> None:
        if self._timer is not None:
            self._timer.close()
        self._rings_at = rings_at
        # whoever waits keeps the loop alive, the timer need not
        self._timer = get_hub().loop.timer(max(0.0, rings_at - perf_counter()), ref=False)
        self._timer.start(self._ring, update=True)

    def _ring(self) -> None:
        """Wake all who are late (runs in the hub), and set the timer for those who wait on."""
        now, waiting = perf_counter(), self.waiting
        self._rings_at = inf
        late = [greenlet for greenlet, deadline in waiting.items() if deadline <= now]
        grain_s = max(_GRAIN_S, (perf_counter() - now) * _REST)
        try:
            for greenlet in late:
                if waiting.get(greenlet, inf) <= now:  # whoever was woken before may have ended its wait
                    greenlet.switch(LATE)
        finally:
            first = min(waiting.values(), default=inf)
            if first < self._rings_at:
                self._arm(max(first, now + grain_s))


def deadlines_of(hub: Any) -> Deadlines:
    """Those of a hub, kept with it: each thread has its own."""
    deadlines: Deadlines | None = getattr(hub, "authstorm_deadlines", None)
    if deadlines is None:
        deadlines = hub.authstorm_deadlines = Deadlines()
    return deadlines
