"""Drives a search: one probe after another, each rate following from what came of those before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import gevent

from authstorm.drive.stagecraft import Stagecraft
from authstorm.plan.schedule import Curve, Segment, Stream
from authstorm.plan.search import SETTLE_S, TRIES, Probe, SearchPlan


class JudgeProbe(Protocol):
    """Judges a probe by what was measured of it."""

    def __call__(self, search: SearchPlan, rate: float, start_s: float, end_s: float, *, is_last: bool) -> bool | None:
        """Whether the rule held at a rate between two moments (seconds since the run's start); None: try it again."""


Announce = Callable[[dict[str, Any]], None]
"""Tells whoever makes the load of the next probe."""

BEGIN_IN_S = 0.5
"""So long after it was announced a probe begins, so that every worker hears of it in time."""


class Prober:
    """Runs on the master, or in a single process; ``over`` says that the search has found what it was looking for."""

    def __init__(self, craft: Stagecraft, search: SearchPlan, judge: JudgeProbe, announce: Announce) -> None:
        self.over = False
        self._craft = craft
        self._search = search
        self._judge = judge
        self._announce = announce
        self._greenlet = gevent.spawn(self._run)

    def close(self) -> None:
        """Try no further rate."""
        self._greenlet.kill()

    def _run(self) -> None:
        clock, search = self._craft.clock, self._search
        gevent.sleep(max(0.0, search.start_s - clock()))
        probes: list[Probe] = []
        while (rate := search.next_rate(probes)) is not None:
            probes.append(Probe(rate, self._try(rate)))
        self.over = True

    def _try(self, rate: float) -> bool:
        """Whether the rule held; tried again where the generator was too late to blame the target for a failure."""
        clock, search = self._craft.clock, self._search
        held: bool | None = None
        for number in range(TRIES):
            start_s = clock() + BEGIN_IN_S
            end_s = start_s + search.probe_s
            self._announce({"rate": rate, "start_s": start_s, "end_s": end_s})
            gevent.sleep(max(0.0, end_s + SETTLE_S - BEGIN_IN_S - clock()))
            held = self._judge(search, rate, start_s, end_s, is_last=number == TRIES - 1)
            if held is not None:
                break
        return bool(held)


def probe_streams(craft: Stagecraft, probe: dict[str, Any]) -> list[Stream]:
    """The arrivals of one probe."""
    search, profile = craft.rehearsal.schedule.search, craft.rehearsal.profile
    assert search is not None
    start_s, end_s, rate = probe["start_s"], probe["end_s"], probe["rate"]
    poisson = profile.spacing == "poisson"
    return [
        Stream(
            name,
            Curve((Segment(start_s, end_s, rate * share, rate * share),)),
            index / len(search.shares),
            poisson,
            profile.seed,
        )
        for index, (name, share) in enumerate(sorted(search.shares.items()))
    ]
