"""How many visitors each scenario needs, and when: pure arithmetic on a schedule."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

from authstorm.plan.schedule import Schedule, Stream
from authstorm.plan.search import SearchPlan

READY_S = 2
"""Visitors for a rise are there so many seconds before it, for some of them have to sign in."""
GROWTH_S = 30
"""They come evenly over so many seconds before that, or over as many as there are: their sign-ins are load, too."""


@dataclass(frozen=True, slots=True)
class Pool:
    """The planned number of visitors, second by second, for each scenario; never falling in an open profile."""

    each_second: tuple[dict[str, int], ...]

    @property
    def peak(self) -> dict[str, int]:
        """Most visitors that each scenario ever has."""
        names = self.each_second[0] if self.each_second else {}
        return {name: max(second[name] for second in self.each_second) for name in names}

    def at(self, time_s: float) -> dict[str, int]:
        """Visitors planned at a moment; the last second's for every moment after the end."""
        return self.each_second[min(max(0, int(time_s)), len(self.each_second) - 1)]


def plan_pool(schedule: Schedule, visit_s: float, accounts: int | None = None) -> Pool:
    """Plan the visitors of a schedule.

    Open: a scenario needs its highest rate times the longest visit that is allowed for (``visit_s``), one at the least.
    Closed: its number of users. ``accounts`` caps the sum of an open pool, since two visitors never share an identity:
    the largest scenarios give way first. Whether a cap is acceptable is the caller's to judge.
    """
    seconds = max(1, ceil(schedule.duration_s))
    if schedule.model == "closed":
        users = [{s.scenario: round(s.curve.rate_at(t)) for s in schedule.streams} for t in range(seconds)]
        return Pool(tuple(users))
    needs = {stream.scenario: _needs(stream, schedule.search, seconds, visit_s) for stream in schedule.streams}
    level = _level([need[-1] for need in needs.values()], accounts)
    needs = {name: [min(count, level) for count in need] for name, need in needs.items()}
    return Pool(tuple({name: need[second] for name, need in needs.items()} for second in range(seconds)))


def _level(peaks: list[int], most: int | None) -> int:
    """The highest cap on each scenario under which all together stay within ``most``; never below one."""
    highest = max(peaks, default=1)
    if most is None:
        return highest
    return max(1, bisect_right(range(highest + 1), most, key=lambda level: sum(min(peak, level) for peak in peaks)) - 1)


def _needs(stream: Stream, search: SearchPlan | None, seconds: int, visit_s: float) -> list[int]:
    """Visitors wanted in each second: enough for the highest rate so far, growing evenly towards what is to come."""
    wanted = [stream.curve.highest(second, second + 1) * visit_s for second in range(seconds)]
    if search is not None:
        searched = search.highest * search.shares.get(stream.scenario, 0.0) * visit_s
        wanted = [want + searched if second >= search.start_s else want for second, want in enumerate(wanted)]
    needs = [1.0] * seconds
    most = 0.0
    for then, want in enumerate(wanted):
        if want <= most:
            continue
        most = want
        ready = max(0, then - READY_S)
        begin = max(0, ready - GROWTH_S)
        for now in range(begin, ready + 1):
            needs[now] = max(needs[now], want * (now - begin + 1) / (ready - begin + 1))
    return [ceil(need - 1e-9) for need in accumulate(needs, max)]
