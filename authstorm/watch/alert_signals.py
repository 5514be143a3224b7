"""What alert rules look at: the newest seconds of a run, closed and merged, as counts and no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Final, TypeAlias

from authstorm.plan.alert_rules import LONGEST_S, Selection
from authstorm.watch.health import HealthSecond
from authstorm.watch.refusals import Refused
from authstorm.watch.window import Cells

KEEP_S: Final = 2 * int(LONGEST_S) + 60
"""How many seconds are kept: the longest window, and the one before it that it is compared with."""

MOST_ACCOUNTS: Final = 256
"""Refused accounts and steps of all workers that are kept of a second: those that were refused most."""

MOST_BAD_TIMES: Final = 256
"""So many times before a bad one are kept as a count, those asked for last."""

SERVED: Final = frozenset({"good", "refused", "wrong"})
"""Outcomes that a target at work gives; the others are errors, or refusals to serve."""


@dataclass(slots=True)
class Counted:
    """Steps of one name, outcome and code in one second; ``slow`` counts those above each limit, in their order."""

    count: int = 0
    expected: int = 0
    slow: list[int] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Those that did not end as their scenario asked."""
        return self.count - self.expected


Kind: TypeAlias = tuple[str, str, str]
"""Step, outcome, code."""


class Signals:
    """The newest seconds; ``limits_ms`` are those that some rule wants good steps counted above.

    ``health`` gives the generator's record of a second (all workers together), ``weight`` how many steps one arrival
    makes in a second by the plan; ``lost`` names the workers that were lost. Where arrivals are planned (``is_open``) a
    second without any asks for nothing.
    """

    def __init__(
        self,
        limits_ms: Iterable[float] = (),
        health: Callable[[int], HealthSecond | None] = lambda _second: None,
        weight: Callable[[int], float] = lambda _second: 1.0,
        lost: Callable[[], Collection[str]] = tuple,
        *,
        is_open: bool = False,
    ) -> None:
        self.health = health
        self.weight = weight
        self.lost = lost
        self.is_open = is_open
        self._limits_ms = {limit: index for index, limit in enumerate(sorted(set(limits_ms)))}
        self._seconds: dict[int, dict[Kind, Counted]] = {}
        self._refused: dict[int, dict[Refused, int]] = {}
        self._missed: dict[str, int] = {}
        self._usual: dict[range, int] = {}

    def take(self, second: int, cells: Cells) -> None:
        """Take in what a window holds; several of one second add up."""
        steps = self._second(second)
        for (step, _, _, outcome, code), cell in cells.items():
            counted = steps.setdefault((step, outcome, code), Counted(slow=[0] * len(self._limits_ms)))
            counted.count += cell.count
            counted.expected += 0 if outcome == "wrong" else cell.expected
            if outcome == "good":
                for limit_ms, index in self._limits_ms.items():
                    counted.slow[index] += cell.latency.above(limit_ms)

    def take_refusals(self, second: int, refused: Mapping[Refused, int]) -> None:
        """Take in how often accounts were refused at the least in a second; several of one second add up."""
        found = self._refused.setdefault(second, {})
        for each, count in refused.items():
            found[each] = found.get(each, 0) + count
        if len(found) > MOST_ACCOUNTS:
            self._refused[second] = dict(nlargest(MOST_ACCOUNTS, found.items(), key=lambda item: item[1]))
        while len(self._refused) > KEEP_S:
            del self._refused[min(self._refused)]

    def refused(self, seconds: range, steps: Collection[str]) -> dict[int, int]:
        """How often each account was refused at the least in some seconds, by its number."""
        accounts: dict[int, int] = {}
        for second in seconds:
            for (step, account), count in self._refused.get(second, {}).items():
                if named(steps, step):
                    accounts[account] = accounts.get(account, 0) + count
        return accounts

    def gone(self, seconds: range) -> list[str]:
        """The workers that went away in some seconds, of which the last is the newest; by name."""
        for worker in self.lost():
            self._missed.setdefault(worker, seconds[-1])
        return sorted(worker for worker, second in self._missed.items() if second in seconds)

    def counted(self, seconds: range) -> Iterator[tuple[Kind, Counted]]:
        """Every entry of some seconds."""
        for second in seconds:
            if (found := self._seconds.get(second)) is not None:
                yield from found.items()

    def usual(self, seconds: range, count: Callable[[range], int]) -> int:
        """What is counted in the seconds before a bad time, also when that lasts so long that they are gone."""
        known = self._usual.pop(seconds, None)
        are_gone = len(self._seconds) >= KEEP_S and min(self._seconds) > seconds.start
        found = self._usual[seconds] = known if are_gone and known is not None else count(seconds)
        while len(self._usual) > MOST_BAD_TIMES:
            del self._usual[next(iter(self._usual))]
        return found

    def slow(self, counted: Counted, limit_ms: float) -> int:
        """How many of some good steps were above one of the limits."""
        return counted.slow[self._limits_ms[limit_ms]] if counted.slow else 0

    def served(self, second: int) -> int:
        """Steps that were answered by a target at work."""
        return sum(counted.count for (_, outcome, _), counted in self.counted(_one(second)) if outcome in SERVED)

    def unserved(self, second: int) -> int:
        """Steps that came to nothing: errors, and refusals to serve."""
        return sum(counted.count for (_, outcome, _), counted in self.counted(_one(second)) if outcome not in SERVED)

    def due(self, second: int) -> int:
        """How many were waiting for an answer: arrivals, visitors at work, or steps that came to nothing."""
        record = self.health(second)
        asked = max(record.offered, record.visitors_busy) if record is not None else 0
        return max(asked, self.unserved(second))

    def demand(self, second: int) -> float:
        """What the plan asked of the target: steps by arrival, or visitors where nobody plans arrivals."""
        record = self.health(second)
        if record is None:
            return 0.0
        by_arrival = self.is_open or record.offered
        return record.offered * self.weight(second) if by_arrival else float(record.visitors)

    def _second(self, second: int) -> dict[Kind, Counted]:
        found = self._seconds.get(second)
        if found is None:
            found = self._seconds[second] = {}
            while len(self._seconds) > KEEP_S:
                del self._seconds[min(self._seconds)]
        return found


def chosen(selection: Selection, kind: Kind, counted: Counted) -> int:
    """How many of an entry a selection means."""
    step, outcome, code = kind
    if not named(selection.steps, step):
        return 0
    if (selection.outcomes and outcome not in selection.outcomes) or (selection.codes and code not in selection.codes):
        return 0
    if selection.expected is None:
        return counted.count
    return counted.expected if selection.expected else counted.failed


def named(steps: Collection[str], step: str) -> bool:
    """Whether a step is one of those named, or a part of one (``login: form`` of ``login``); any is, of none."""
    return not steps or step in steps or step.partition(":")[0] in steps


def _one(second: int) -> range:
    return range(second, second + 1)
