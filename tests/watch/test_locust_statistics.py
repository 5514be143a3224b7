"""Locust's rows hold the same whichever of the two counts."""

import locust.stats
from locust.stats import RequestStats

from itertools import count
from random import Random

import pytest

from authstorm.watch import locust_statistics
from authstorm.watch.locust_statistics import log_request, three_digits


def rows(stats: RequestStats):
    """All that a row holds, but for when it was made."""
    return [
        {name: value for name, value in vars(row).items() if name not in {"stats", "start_time"}}
        for row in (stats.total, *stats.entries.values())
    ]


@pytest.mark.parametrize("use_cache", [True, False])
def test_every_row_holds_what_locust_would_have_counted(monkeypatch, use_cache):
    draw = Random(3)
    requests = [
        (draw.choice(["GET", "POST"]), draw.choice("ab"), draw.choice([None, 0, draw.expovariate(0.001)]), number)
        for number in range(400)
    ]
    told = []
    for log in (RequestStats.log_request, log_request):
        ours = count(1000.0, 0.25)
        # Locust asks for the time twice a request, for its two rows
        theirs = (moment for moment in count(1000.0, 0.25) for _ in range(2))
        monkeypatch.setattr(locust_statistics, "time", lambda ours=ours: next(ours))
        with monkeypatch.context() as patch:
            stats = RequestStats(use_response_times_cache=use_cache)
            stats.entries["a", "GET"], stats.entries["a", "POST"]
            stats.entries["b", "GET"], stats.entries["b", "POST"]
            patch.setattr(locust.stats, "bucket_response_time", three_digits)
            patch.setattr(locust.stats.time, "time", lambda theirs=theirs: next(theirs))
            for row in (stats.total, *stats.entries.values()):
                row.response_times_cache = None
            for request in requests:
                log(stats, *request)
        told.append(rows(stats))
    assert told[0] == told[1]
    assert told[0][0]["num_requests"] == 400
    assert bool(told[0][0]["response_times_cache"]) is use_cache


def test_closing_puts_locusts_own_counting_back(node):
    before = RequestStats.log_request
    one = node()
    assert RequestStats.log_request is log_request
    one.recorder.close()
    assert RequestStats.log_request is before
