"""How much a run's own figures waver: what a second run of the same plan could show by chance alone.

The seconds of a run are dealt out in turn to eight hands, so each hand saw the whole of every stage, at another moment.
A figure is taken from each hand; how far the eight lie apart tells how far off the figure of them all may be: its
standard error, ``sd / sqrt(8)`` (the method of batch means). It tells of chance within a run alone: a machine that is
slower today than it was yesterday shows up as a difference, and should.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import stdev
from typing import Final

from authstorm.watch.histogram import Histogram
from authstorm.watch.window import Cell, Key

HANDS: Final = 8
"""How many parts the seconds are dealt into."""

FEWEST: Final = 5
"""Fewer good steps than this in any hand, and nothing is said of their latency."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Standard errors of one step's figures; None where there were too few steps to tell."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    good_share: float | None = None
    failed_share: float | None = None


NO_NOISE: Final = Noise()


class Hand:
    """What one hand holds of a step in a stage; latency is that of good steps."""

    __slots__ = ("count", "failed", "latency")

    def __init__(self) -> None:
        self.count = 0
        self.failed = 0
        self.latency = Histogram()

    def add(self, outcome: str, cell: Cell) -> None:
        """Count one second's cell."""
        self.count += cell.count
        self.failed += cell.count if outcome == "wrong" else cell.count - cell.expected
        if outcome == "good":
            self.latency.merge(cell.latency)

    def merge(self, other: Hand) -> None:
        """Add what another hand holds."""
        self.count += other.count
        self.failed += other.failed
        self.latency.merge(other.latency)


class Hands:
    """All hands of a run, by step and stage; they do not grow with time."""

    def __init__(self) -> None:
        self._hands: dict[tuple[str, int], list[Hand]] = {}

    def note(self, second: int, key: Key, cell: Cell) -> None:
        """Deal one second's cell."""
        hands = self._hands.get((key[0], key[2]))
        if hands is None:
            hands = self._hands[key[0], key[2]] = [Hand() for _ in range(HANDS)]
        hands[second % HANDS].add(key[3], cell)

    def noise(self, step: str, stages: Collection[int] | None = None) -> Noise:
        """How much the figures of a step waver over the given stages (all when None)."""
        parts = [
            hands
            for (name, stage), hands in self._hands.items()
            if name == step and (stages is None or stage in stages)
        ]
        return noise_of([_joined(hand) for hand in zip(*parts, strict=True)])


def noise_of(hands: Sequence[Hand]) -> Noise:
    """The standard errors that the hands' differences tell of."""
    if not hands or not all(hand.count for hand in hands):
        return NO_NOISE
    good = _error(hands, lambda hand: hand.latency.count / hand.count)
    failed = _error(hands, lambda hand: hand.failed / hand.count)
    if min(hand.latency.count for hand in hands) < FEWEST:
        return Noise(good_share=good, failed_share=failed)
    return Noise(_tail(hands, 50), _tail(hands, 95), _tail(hands, 99), good, failed)


def _tail(hands: Sequence[Hand], p: float) -> float:
    return _error(hands, lambda hand: hand.latency.percentile(p) or 0.0)


def _error(hands: Sequence[Hand], figure: Callable[[Hand], float]) -> float:
    return stdev(figure(hand) for hand in hands) / sqrt(len(hands))


def _joined(hands: Sequence[Hand]) -> Hand:
    joined = Hand()
    for hand in hands:
        joined.merge(hand)
    return joined
