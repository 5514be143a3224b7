"""How Locust's own statistics count while a recorder is attached: to three digits, each second, and in half the time.

Locust's tables count every request twice, in the request's own row and in that of all; what is the same for both is
found once here. The rows hold what they always hold.
"""

from __future__ import annotations

import locust.runners
import locust.stats

from time import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from locust.stats import RequestStats

REPORT_INTERVAL_S: Final = 1.0


class LocustStatistics:
    """Changes how Locust counts, and puts back what was there before."""

    def __init__(self) -> None:
        self._before: tuple[Any, ...] = ()

    def change(self) -> None:
        """Count by three digits, report each second."""
        stats = locust.stats
        self._before = (
            locust.runners.WORKER_REPORT_INTERVAL,
            stats.bucket_response_time,
            stats.RequestStats.log_request,
        )
        _set(REPORT_INTERVAL_S, three_digits, log_request)

    def put_back(self) -> None:
        """As it was; a second call does nothing."""
        if self._before:
            _set(*self._before)
            self._before = ()


def log_request(stats: RequestStats, method: str, name: str, response_time: float | None, content_length: int) -> None:
    """Count one request, in place of ``RequestStats.log_request``."""
    now_s = time()
    second = int(now_s)
    rounded = None if response_time is None else three_digits(response_time)
    for row in (stats.total, stats.entries[name, method]):
        last_s = row.last_request_timestamp
        if last_s and second > int(last_s) and row.use_response_times_cache:
            row._cache_response_times(second - 1)
        row.num_requests += 1
        row.num_reqs_per_sec[second] += 1
        row.last_request_timestamp = now_s
        row.total_content_length += content_length
        if response_time is None or rounded is None:
            row.num_none_requests += 1
            continue
        row.total_response_time += response_time  # type: ignore[assignment] # Locust says int, and counts floats
        least = row.min_response_time
        if least is None or response_time < least:
            row.min_response_time = response_time  # type: ignore[assignment]
        if response_time > row.max_response_time:  # noqa: PLR1730 - a call less
            row.max_response_time = response_time  # type: ignore[assignment]
        row.response_times[rounded] += 1  # type: ignore[index]


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


def _set(report_interval_s: float, bucket: Any, log: Any) -> None:
    locust.runners.WORKER_REPORT_INTERVAL = report_interval_s
    locust.stats.bucket_response_time = bucket
    locust.stats.RequestStats.log_request = log  # type: ignore[method-assign]
