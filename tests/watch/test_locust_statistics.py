"""Locust's rows hold the same whichever of the two counts."""

import locust.stats
from locust.stats import RequestStats

from datetime import timedelta
from itertools import count, product
from random import Random

import pytest

from authstorm.watch import locust_statistics
from authstorm.watch.locust_statistics import LocustStatistics, log_request, three_digits


def rows(stats: RequestStats):
    """All that a row holds, but for when it was made."""
    return [
        {name: value for name, value in vars(row).items() if name not in {"stats", "start_time"}}
        for row in (stats.total, *stats.entries.values())
    ]


@pytest.fixture
def counting():
    """Locust counting as it does while a recorder is attached."""
    changed = LocustStatistics()
    changed.change()
    yield
    changed.put_back()


def made(draw):
    return [
        (draw.choice(["GET", "POST"]), draw.choice("ab"), draw.choice([None, 0, draw.expovariate(0.001)]), number)
        for number in range(400)
    ]


def counted(requests, monkeypatch, *, use_cache, twice):
    """The rows after so many requests, four a second; Locust itself asks ``twice`` for the time, for its two rows."""
    moments = (moment for moment in count(1000.0, 0.25) for _ in range(2 if twice else 1))
    with monkeypatch.context() as patch:
        stats = RequestStats(use_response_times_cache=use_cache)
        for key in product("ab", ("GET", "POST")):
            assert stats.entries[key]
        patch.setattr(locust.stats, "bucket_response_time", three_digits)
        patch.setattr(locust.stats.time, "time", lambda: next(moments))
        patch.setattr(locust_statistics, "time", lambda: next(moments))
        for row in (stats.total, *stats.entries.values()):
            row.response_times_cache = None
        for request in requests:
            stats.log_request(*request)
        return rows(stats)


@pytest.mark.parametrize("use_cache", [True, False])
def test_every_row_holds_what_locust_would_have_counted(monkeypatch, use_cache, request):
    requests = made(Random(3))
    theirs = counted(requests, monkeypatch, use_cache=use_cache, twice=True)
    request.getfixturevalue("counting")
    ours = counted(requests, monkeypatch, use_cache=use_cache, twice=False)
    for mine, its in zip(ours, theirs, strict=True):
        assert mine.pop("total_response_time") == pytest.approx(its.pop("total_response_time"))
    assert ours == theirs
    assert ours[0]["num_requests"] == 400
    assert bool(ours[0]["response_times_cache"]) is use_cache


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize(
    "look",
    [
        lambda stats: stats.num_requests,
        lambda stats: stats.total.num_requests,
        lambda stats: stats.get("a", "GET").num_requests,
        lambda stats: next(iter(stats.entries.values())).num_requests,
    ],
)
def test_whoever_looks_sees_every_request_at_once(look):
    stats = RequestStats()
    for number in range(1, 4):
        stats.log_request("GET", "a", 5.0, 10)
        assert look(stats) == number


@pytest.mark.usefixtures("counting")
def test_an_error_stands_in_both_rows_and_among_the_errors():
    stats = RequestStats()
    for _ in range(2):
        stats.log_request("GET", "a", 5.0, 10)
        stats.log_error("GET", "a", ValueError("no"))
    row = stats.get("a", "GET")
    assert (row.num_requests, row.num_failures, stats.total.num_failures) == (2, 2, 2)
    assert [(error.name, error.occurrences) for error in stats.errors.values()] == [("a", 2)]


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize("forget", [RequestStats.reset_all, RequestStats.clear_all])
def test_what_is_forgotten_is_not_counted_later(forget):
    stats = RequestStats()
    stats.log_request("GET", "a", 5.0, 10)
    forget(stats)
    assert stats.total.num_requests == 0
    stats.log_request("GET", "a", 5.0, 10)
    assert (stats.total.num_requests, stats.get("a", "GET").num_requests) == (1, 1)


def test_closing_puts_locusts_own_counting_back(node):
    before = RequestStats.log_request
    one = node()
    assert RequestStats.log_request is log_request
    stats = one.environment.stats
    stats.log_request("GET", "a", 5.0, 10)
    one.recorder.close()
    assert RequestStats.log_request is before
    assert stats.total.num_requests == stats.get("a", "GET").num_requests == 1
    assert "total" not in vars(RequestStats)


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "12", timedelta(seconds=1)])
def test_a_response_time_that_is_none_is_told_to_its_sender_and_costs_nobody_else(bad):
    stats = RequestStats()
    stats.log_request("GET", "a", 5.0, 10)
    with pytest.raises((ValueError, TypeError)):
        stats.log_request("GET", "b", bad, 10)
    stats.log_request("GET", "a", 5.0, 10)
    assert (stats.total.num_requests, stats.get("a", "GET").num_requests) == (2, 2)


@pytest.mark.usefixtures("counting")
def test_a_row_is_there_from_its_first_request_on(monkeypatch):
    monkeypatch.setattr(locust.stats.time, "time", lambda: 1000.5)
    stats = RequestStats()
    stats.log_request("GET", "a", 5.0, 10)
    monkeypatch.setattr(locust.stats.time, "time", lambda: 1003.5)
    assert stats.get("a", "GET").start_time == 1000.5


def test_of_several_the_last_one_puts_it_back():
    before = RequestStats.log_request
    one, other = LocustStatistics(), LocustStatistics()
    one.change()
    other.change()
    one.put_back()
    one.put_back()
    assert RequestStats.log_request is log_request
    other.put_back()
    assert RequestStats.log_request is before
