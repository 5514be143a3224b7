"""Seconds too old to keep in full: their rows as packed numbers, 120 bytes a second x step x outcome."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from heapq import merge
from math import inf, isnan, nan

from authstorm.watch.rows import NO_TIMES, SecondRow, Times

_TIMES = 6  # numbers of one Times beside its count: mean, four percentiles, max
_WIDTH = 2 + 2 * _TIMES  # count, expected, then latency and service


class Archive:
    """Second rows without their histograms."""

    def __init__(self) -> None:
        self._series: dict[tuple[str, str], _Series] = {}

    def put(self, row: SecondRow) -> None:
        """Keep a row; one that comes late is joined to what its second has."""
        key = (row.step, row.outcome)
        if key not in self._series:
            self._series[key] = _Series(*key)
        self._series[key].put(row)

    def rows(self, first: int = 0, last: float = inf) -> Iterator[SecondRow]:
        """Yield the rows of the seconds ``first`` to ``last``, in order of time, then step and outcome."""
        series = (series.rows(first, last) for series in self._series.values())
        return merge(*series, key=lambda row: (row.second, row.step, row.outcome))


class _Series:
    """The rows of one step and outcome, in order of time."""

    def __init__(self, step: str, outcome: str) -> None:
        self.step = step
        self.outcome = outcome
        self.seconds = array("q")
        self.numbers = array("d")

    def put(self, row: SecondRow) -> None:
        place = bisect_left(self.seconds, row.second)
        at = place * _WIDTH
        if place < len(self.seconds) and self.seconds[place] == row.second:
            self.numbers[at : at + _WIDTH] = _packed(SecondRow.joined(row.second, [self._row(place), row]))
        else:
            self.seconds.insert(place, row.second)
            self.numbers[at:at] = _packed(row)

    def rows(self, first: int, last: float) -> Iterator[SecondRow]:
        place = bisect_left(self.seconds, first)
        while place < len(self.seconds) and self.seconds[place] <= last:
            yield self._row(place)
            place += 1

    def _row(self, place: int) -> SecondRow:
        numbers = self.numbers[place * _WIDTH : (place + 1) * _WIDTH]
        count, expected = int(numbers[0]), int(numbers[1])
        latency = _times(count, numbers[2 : 2 + _TIMES])
        service = _times(count, numbers[2 + _TIMES :])
        return SecondRow(self.seconds[place], self.step, self.outcome, count, expected, latency, service)


def _packed(row: SecondRow) -> array[float]:
    numbers = array("d", (row.count, row.expected))
    for times in (row.latency, row.service):
        shown = (times.mean_ms, times.p50_ms, times.p95_ms, times.p99_ms, times.p999_ms, times.max_ms)
        numbers.extend(nan if number is None else number for number in shown)
    return numbers


def _times(count: int, numbers: array[float]) -> Times:
    if not count:
        return NO_TIMES
    return Times(count, *(None if isnan(number) else number for number in numbers))
