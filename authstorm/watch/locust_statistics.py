"""How Locust's own statistics count while a recorder is attached: to three digits, each second, and in lumps.

Locust's tables count every request twice, in the request's own row and in that of all, field by field. Here a request
is noted, and the notes of one second go into both rows together: when that second is over, or before, whenever anybody
looks at the rows. They hold what they always hold.
"""

from __future__ import annotations

import locust.runners
import locust.stats
from locust.stats import RequestStats, StatsEntry, StatsError

from collections import Counter
from math import isfinite
from time import time
from typing import Any, Final
from weakref import WeakSet

REPORT_INTERVAL_S: Final = 1.0
_NOTES: Final = "_authstorm_notes"
_ROWS: Final = ("total", "entries")

_noted: Final[WeakSet[RequestStats]] = WeakSet()


class LocustStatistics:
    """Changes how Locust counts, for all in this process; the last of several puts back what was there before."""

    _changes = 0
    _before: tuple[Any, ...] = ()

    def __init__(self) -> None:
        self._is_on = False

    def change(self) -> None:
        """Count by three digits and in lumps, report each second."""
        self._is_on = True
        LocustStatistics._changes += 1
        if LocustStatistics._changes > 1:
            return
        LocustStatistics._before = (
            locust.runners.WORKER_REPORT_INTERVAL,
            locust.stats.bucket_response_time,
            RequestStats.log_request,
            RequestStats.log_error,
        )
        _set(REPORT_INTERVAL_S, three_digits, log_request, log_error)
        for rows in _ROWS:
            setattr(RequestStats, rows, _settled(rows))

    def put_back(self) -> None:
        """As it was; a second call does nothing."""
        if not self._is_on:
            return
        self._is_on = False
        LocustStatistics._changes -= 1
        if LocustStatistics._changes:
            return
        for stats in list(_noted):
            settle(stats)
        for rows in _ROWS:
            delattr(RequestStats, rows)
        _set(*LocustStatistics._before)


class Lump:
    """What was noted of one row in one second."""

    __slots__ = ("last_s", "row", "size", "times", "untimed")

    def __init__(self, row: StatsEntry) -> None:
        self.row = row
        self.times: list[float] = []
        self.untimed = 0
        self.size = 0
        self.last_s = 0.0


class Notes:
    """What was noted in one second and stands in no row yet, by name and method."""

    __slots__ = ("lumps", "second")

    def __init__(self, second: int) -> None:
        self.second = second
        self.lumps: dict[tuple[str, str], Lump] = {}


def log_request(stats: RequestStats, method: str, name: str, response_time: float | None, content_length: int) -> None:
    """Note one request, in place of ``RequestStats.log_request``."""
    if response_time is not None and not isfinite(response_time):
        raise ValueError(f"a response time of {response_time} ms")  # of whoever fired the event, and of nobody else
    now_s = time()
    notes: Notes | None = stats.__dict__.get(_NOTES)
    if notes is None or notes.second != int(now_s):
        settle(stats)
        notes = stats.__dict__[_NOTES] = Notes(int(now_s))
        _noted.add(stats)
    lump = notes.lumps.get((name, method))
    if lump is None:
        lump = notes.lumps[name, method] = Lump(stats.__dict__["entries"][name, method])
    lump.size += content_length
    lump.last_s = now_s
    if response_time is None:
        lump.untimed += 1
    else:
        lump.times.append(response_time)


def log_error(stats: RequestStats, method: str, name: str, error: Exception | str | None) -> None:
    """Count one error, in place of ``RequestStats.log_error``: the notes may stay what they are."""
    rows = stats.__dict__
    for row in (rows["total"], rows["entries"][name, method]):
        row.log_error(error)
    key = StatsError.create_key(method, name, error)
    if key not in stats.errors:
        stats.errors[key] = StatsError(method, name, error)
    stats.errors[key].occurred()


def settle(stats: RequestStats) -> None:
    """Bring what was noted into the rows."""
    notes: Notes | None = stats.__dict__.pop(_NOTES, None)
    if notes is None:
        return
    total = stats.__dict__["total"]
    for lump in notes.lumps.values():
        rounded = Counter(map(three_digits, lump.times))
        for row in (total, lump.row):
            _add(row, notes.second, lump, rounded)


def _add(row: StatsEntry, second: int, lump: Lump, rounded: Counter[float]) -> None:
    last_s, times = row.last_request_timestamp, lump.times
    if last_s and second > int(last_s) and row.use_response_times_cache:
        row._cache_response_times(second - 1)
    count = len(times) + lump.untimed
    row.num_requests += count
    row.num_none_requests += lump.untimed
    row.num_reqs_per_sec[second] += count
    row.last_request_timestamp = max(last_s or 0.0, lump.last_s)
    row.total_content_length += lump.size
    if not times:
        return
    row.total_response_time += sum(times)  # type: ignore[assignment] # Locust says int, and counts floats
    least = min(times)
    row.min_response_time = least if row.min_response_time is None else min(row.min_response_time, least)  # type: ignore[assignment]
    row.max_response_time = max(row.max_response_time, *times)  # type: ignore[assignment]
    for value, often in rounded.items():
        row.response_times[value] += often  # type: ignore[index]


def three_digits(response_time: float) -> float:
    """Round ms to three digits, and to 0.01 ms below 10: what Locust's own tables and charts count by."""
    # int() takes a third of the time that round() to digits does
    if response_time < 10:
        return int(response_time * 100 + 0.5) / 100
    if response_time < 100:
        return int(response_time * 10 + 0.5) / 10
    if response_time < 1000:
        return int(response_time + 0.5)
    digit = 10 if response_time < 10_000 else 100
    return int(response_time / digit + 0.5) * digit


def _settled(rows: str) -> property:
    """Rows that hold all there is whenever somebody looks at them."""

    def look(stats: RequestStats) -> Any:
        settle(stats)
        return stats.__dict__[rows]

    def replace(stats: RequestStats, value: Any) -> None:
        settle(stats)
        stats.__dict__[rows] = value

    return property(look, replace)


def _set(report_interval_s: float, bucket: Any, log: Any, log_error: Any) -> None:
    locust.runners.WORKER_REPORT_INTERVAL = report_interval_s
    locust.stats.bucket_response_time = bucket
    RequestStats.log_request = log  # type: ignore[method-assign]
    RequestStats.log_error = log_error  # type: ignore[method-assign]
