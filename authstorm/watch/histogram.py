"""A latency histogram with logarithmic buckets: small, mergeable, and at most 1 % off at any percentile.

Bucket i holds 0.01 ms * 1.02**i <= value < 0.01 ms * 1.02**(i + 1) and stands for the value that is equally far (in
relation) from both ends, 0.99 % at most. 10 us to 1 h take 995 buckets, of which only those with a count are stored.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import ceil, inf, log
from typing import Any, Final

SMALLEST_MS: Final = 0.01
"""Values below are counted as this one (their sum, min and max stay exact)."""
LARGEST_MS: Final = 3_600_000.0
"""Values above are counted as this one (their sum, min and max stay exact)."""
GROWTH: Final = 1.02
"""Each bucket ends this many times above its start."""

_PER_E: Final = 1 / log(GROWTH)
_SCALE: Final = 1 / SMALLEST_MS
_LAST: Final = int(log(LARGEST_MS * _SCALE) * _PER_E)
_MIDDLES: Final = tuple(SMALLEST_MS * GROWTH**index * 2 * GROWTH / (GROWTH + 1) for index in range(_LAST + 1))


def supported(p: float, count: int) -> bool:
    """Whether ``count`` samples tell percentile ``p`` (0..100): p95 from 20, p99 from 100, p99.9 from 1000.

    Fewer samples leave not one of them above the percentile; what would be printed is the maximum under another name.
    """
    return count * (100 - p) >= 100 - 1e-6 if p < 100 else count > 0


class Histogram:
    """Counts of values in ms; percentiles within 1 %, everything else exact."""

    __slots__ = ("buckets", "count", "max", "min", "sum")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.count = 0
        self.sum = 0.0
        self.min = inf
        self.max = -inf

    def add(self, ms: float) -> None:
        """Count one value in ms; ValueError or OverflowError for what is no finite number."""
        index = int(log(ms * _SCALE) * _PER_E) if ms > SMALLEST_MS else _lowest(ms)
        if index > _LAST:  # noqa: PLR1730 - min() would cost a tenth of the whole
            index = _LAST
        buckets = self.buckets
        buckets[index] = buckets.get(index, 0) + 1
        self.count += 1
        self.sum += ms
        if ms < self.min:  # noqa: PLR1730
            self.min = ms
        if ms > self.max:  # noqa: PLR1730
            self.max = ms

    def merge(self, other: Histogram) -> None:
        """Add all that another histogram has counted; it stays as it is."""
        buckets = self.buckets
        for index, count in other.buckets.items():
            buckets[index] = buckets.get(index, 0) + count
        self.count += other.count
        self.sum += other.sum
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)

    @property
    def mean(self) -> float | None:
        """Mean in ms; None when nothing was counted."""
        return self.sum / self.count if self.count else None

    def percentile(self, p: float) -> float | None:
        """The value in ms at the nearest rank of percentile ``p`` (0 < p <= 100); None when nothing was counted.

        Never below the least or above the greatest value. Whether the count supports it is another question: see
        ``supported``.
        """
        if not self.count:
            return None
        wanted = ceil(p * self.count / 100 - 1e-9)
        if wanted >= self.count:
            return self.max
        seen = 0
        for index in sorted(self.buckets):
            seen += self.buckets[index]
            if seen >= wanted:
                return min(max(_MIDDLES[index], self.min), self.max)
        raise AssertionError("the buckets hold fewer values than were counted")

    def above(self, ms: float) -> int:
        """How many values are above a limit in ms, within a bucket (2 %) of it."""
        if self.max <= ms:
            return 0
        return sum(count for index, count in self.buckets.items() if _MIDDLES[index] > ms)

    def count_within(self, ms: float) -> int:
        """How many values are at most so large; within 1 % of it, its whole bucket is counted or left out."""
        if ms >= self.max:
            return self.count
        return sum(count for index, count in self.buckets.items() if _MIDDLES[index] <= ms)

    def counts_within(self, limits_ms: Sequence[float]) -> list[int]:
        """``count_within`` for each of several rising limits, in one pass over the buckets."""
        places = [0] * (len(limits_ms) + 1)
        for index, count in self.buckets.items():
            places[bisect_left(limits_ms, min(_MIDDLES[index], self.max))] += count
        return list(accumulate(places[:-1]))

    def to_wire(self) -> list[Any]:
        """All of it in plain types: ``[sum, min, max, index, count, index, count ...]``; ``[]`` when empty."""
        if not self.count:
            return []
        wire: list[Any] = [self.sum, self.min, self.max]
        for pair in self.buckets.items():
            wire += pair
        return wire

    @classmethod
    def from_wire(cls, wire: Sequence[Any]) -> Histogram:
        """The histogram that ``to_wire`` wrote."""
        histogram = cls()
        if wire:
            histogram.sum, histogram.min, histogram.max = wire[:3]
            histogram.buckets = dict(zip(wire[3::2], wire[4::2], strict=True))
            histogram.count = sum(histogram.buckets.values())
        return histogram


def _lowest(ms: float) -> int:
    if ms != ms:  # noqa: PLR0124 - only NaN differs from itself
        raise ValueError("a duration in ms is not a number")
    return 0
