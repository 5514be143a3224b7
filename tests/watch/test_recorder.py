"""The recorder in one process: events in, samples and health out."""

from __future__ import annotations

import locust.log
import locust.runners
import locust.stats
from locust.stats import PERCENTILES_TO_REPORT, RequestStats, StatsCSV, get_percentile_stats_summary

import csv
import io
from types import SimpleNamespace

import gevent
import pytest

from authstorm.watch import recorder as recorder_module
from authstorm.watch.locust_statistics import three_digits


def test_a_request_event_becomes_a_sample_of_its_second(local):
    local.request(0.5)
    local.request(1.5, "shed")
    local.end()
    rows = [(row.second, row.step, row.outcome, row.count) for row in local.recorder.tally.second_rows()]
    assert rows == [(0, "login", "good", 1), (1, "login", "shed", 1)]
    (row,) = local.recorder.tally.step_rows()
    assert (row.latency.max_ms, row.service.max_ms, row.size) == (pytest.approx(20), pytest.approx(10), 198)


@pytest.mark.parametrize("context", [{}, {"user": "someone"}, None])
def test_events_that_are_not_ours_are_left_alone(local, context):
    local.environment.events.request.fire(
        request_type="GET", name="/", response_time=1.0, response_length=1, exception=None, context=context
    )
    local.end()
    assert (local.recorder.tally.count, local.recorder.errors) == (0, 0)


def test_a_single_process_closes_each_second_by_itself(local, monkeypatch):
    monkeypatch.setattr(recorder_module, "REPORT_INTERVAL_S", 0.01)
    local.fire("test_start")
    local.request(0.5)
    local.request(1.5)
    local.now_s = 1.7
    gevent.sleep(0.05)
    assert local.recorder.tally.count == 1
    assert local.recorder.tally.settled_second == 1


def test_the_health_of_a_single_process_is_watched_while_it_runs(local):
    local.arrivals.offered = local.arrivals.started = 7
    local.arrivals.start_delays_ms = [3.0]
    gevent.sleep(0.03)
    local.now_s = 0.9
    local.end()
    (record,) = local.recorder.health.seconds()
    assert (record.worker, record.offered, record.started, record.start_delay_p99_ms) == ("local", 7, 7, 3.0)
    assert local.recorder.health.total().loop_lags.count >= 1


def test_a_new_run_begins_with_nothing(local):
    local.request(planned_s="no number")
    local.request(0.5)
    local.end()
    local.fire("test_start")
    assert (local.recorder.tally.count, local.recorder.errors) == (0, 0)
    assert local.recorder.health.seconds() == []


def test_what_comes_after_the_end_is_counted_when_asked_to_settle(local):
    local.end()
    local.request(9.9)
    local.recorder.settle()
    assert local.recorder.tally.count == 1


def test_facts_tell_where_the_run_ended_and_what_the_caller_knows(local):
    local.now_s = 12.5
    assert local.recorder.facts().ended_s == 12.5
    local.fire("test_stopping")
    local.now_s = 14.0
    facts = local.recorder.facts(interrupted=True, aborted_by="bad < 5%")
    assert (facts.ended_s, facts.interrupted, facts.aborted_by) == (12.5, True, "bad < 5%")
    assert (facts.workers, facts.workers_lost, facts.listener_errors, facts.unhandled) == (1, (), 0, False)


def test_an_exception_in_a_listener_is_counted_and_logged_once(local, caplog):
    for _ in range(3):
        local.request(planned_s="no number")
    local.request(0.5)
    local.end()
    facts = local.recorder.facts()
    assert (facts.listener_errors, facts.unhandled) == (3, True)
    assert local.recorder.tally.count == 1
    assert caplog.text.count("Uncaught exception in event handler") == 1


def test_an_exception_in_somebody_elses_listener_is_seen(local):
    def failing(**_):
        raise RuntimeError("the sender is broken")

    local.environment.events.request.add_listener(failing)
    local.request()
    assert (local.recorder.facts().listener_errors, local.recorder.facts().unhandled) == (0, True)


def test_a_sick_source_of_arrivals_is_counted_as_a_broken_listener(local, capsys):
    local.arrivals = SimpleNamespace()
    local.now_s = 1.5
    gevent.sleep(0.06)
    assert local.recorder.errors == 1
    assert "AttributeError" in capsys.readouterr().err
    local.request()
    local.end()
    assert (local.recorder.tally.count, local.recorder.errors) == (1, 1)


def test_arrivals_that_fail_at_the_very_end_do_not_cost_the_samples(local):
    local.request()
    local.arrivals = SimpleNamespace()
    local.end()
    assert (local.recorder.tally.count, local.recorder.errors) == (1, 1)


def test_locust_reports_each_second_and_counts_by_three_digits_until_the_recorder_is_closed(node):
    before = (locust.runners.WORKER_REPORT_INTERVAL, locust.stats.bucket_response_time)
    one = node()
    assert (locust.runners.WORKER_REPORT_INTERVAL, locust.stats.bucket_response_time) == (1.0, three_digits)
    one.recorder.close()
    one.recorder.close()
    assert (locust.runners.WORKER_REPORT_INTERVAL, locust.stats.bucket_response_time) == before


def test_a_closed_recorder_no_longer_listens(local):
    local.recorder.close()
    local.request()
    local.recorder.settle()
    assert local.recorder.tally.count == 0


@pytest.mark.parametrize(
    ("response_time", "counts_as"),
    [
        (0.123, 0.12),
        (1.234, 1.23),
        (12.34, 12.3),
        (123.4, 123),
        (1234.0, 1230),
        (12345.0, 12300),
        (61234.0, 61200),
    ],
)
def test_response_times_are_rounded_to_three_digits(response_time, counts_as):
    assert three_digits(response_time) == counts_as


def test_locusts_own_tables_can_be_written_with_three_digits(node):
    """They were made for whole milliseconds."""
    one = node()
    stats = one.environment.stats = RequestStats()
    for response_time in (1.234, 12.34, 123.4):
        stats.log_request("POST", "login", response_time, 10)
    assert stats.total.get_response_time_percentile(0.5) == 12.3
    text = io.StringIO()
    StatsCSV(one.environment, PERCENTILES_TO_REPORT).requests_csv(csv.writer(text))
    assert text.getvalue().splitlines()[1].startswith("POST,login,3,0,12")
    assert any("123" in line for line in get_percentile_stats_summary(stats))
