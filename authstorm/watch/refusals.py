"""Which accounts were refused how often, second by second, in a bounded space and by number: no name is kept.

Each second keeps the accounts that were refused most (space-saving, Metwally et al. 2005). What is told is a lower
bound of each count, so that adding up seconds and workers gives a lower bound again: nobody is accused of refusals that
were others'. It is exact as long as a process sees no more than ``MOST`` accounts refused in a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

MOST: Final = 64
"""So many accounts and steps are kept of a second."""

Refused: TypeAlias = tuple[str, int]
"""Step, number of the account."""


class MostRefused:
    """The accounts that were refused most in one second."""

    __slots__ = ("_counts", "_over")

    def __init__(self) -> None:
        self._counts: dict[Refused, int] = {}
        self._over: dict[Refused, int] = {}

    def add(self, refused: Refused) -> None:
        """Count one; who is new where all places are taken inherits the least count, as what may be too much."""
        counts = self._counts
        if refused in counts:
            counts[refused] += 1
            return
        inherited = 0
        if len(counts) >= MOST:
            least = min(counts, key=counts.__getitem__)
            inherited = counts.pop(least)
            del self._over[least]
        counts[refused] = inherited + 1
        self._over[refused] = inherited

    def at_least(self) -> dict[Refused, int]:
        """How often each was refused at the least."""
        return {refused: count - self._over[refused] for refused, count in self._counts.items()}


class Refusals:
    """One run's; a worker adds and ships what ``closed`` returns, the master merges it."""

    def __init__(self) -> None:
        self._open: dict[int, MostRefused] = {}
        self.watcher: Callable[[int, Mapping[Refused, int]], None] | None = None
        """Is told of each second as it is closed or merged; several of one second add up."""

    def add(self, done_s: float, step: str, account: int) -> None:
        """Count one refusal in the second in which it was complete."""
        second = max(0, int(done_s))
        most = self._open.get(second)
        if most is None:
            most = self._open[second] = MostRefused()
        most.add((step, account))

    def closed(self, until_second: int | None = None) -> list[list[Any]]:
        """Close the seconds before ``until_second`` (all when None) and return what was in them, in plain types.

        ``[[second, [[step, account, at least], ...]], ...]``
        """
        due = sorted(second for second in self._open if until_second is None or second < until_second)
        wire = []
        for second in due:
            told = self._open.pop(second).at_least()
            self._tell(second, told)
            wire.append([second, [[*refused, count] for refused, count in told.items()]])
        return wire

    def merge(self, wire: Iterable[Sequence[Any]]) -> None:
        """Take in what another process has closed."""
        for second, refused in wire:
            self._tell(second, {(step, account): count for step, account, count in refused})

    def _tell(self, second: int, told: Mapping[Refused, int]) -> None:
        if self.watcher is not None:
            self.watcher(second, told)
