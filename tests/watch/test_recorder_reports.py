"""The recorder between master and workers: what is shipped, merged, missed and lost."""

from __future__ import annotations

import locust.log
import locust.runners
from locust.runners import WorkerRunner

from unittest.mock import Mock

import pytest

from authstorm.watch.recorder import KEY
from authstorm.watch.window import Cell


def test_workers_ship_closed_seconds_and_the_rest_at_the_end(worker, master):
    first, second = worker(0), worker(1)
    for number in range(40):
        (first, second)[number % 2].request(number / 10)
    for each in (first, second):
        each.now_s = 2.2
    master.take("a", first.report())
    master.take("b", second.report())
    tally = master.recorder.tally
    assert [row.count for row in tally.second_rows()] == [10, 10]
    assert tally.settled_second == 2
    first.request(0.99)
    for each in (first, second):
        each.now_s = 4.0
        each.arrivals.offered = 20
        each.end()
    master.fire("test_stopping")
    master.take("a", first.report())
    master.take("b", second.report())
    assert [row.count for row in tally.second_rows()] == [11, 10, 10, 10]
    assert tally.count == 41
    assert [(record.worker, record.offered) for record in master.recorder.health.seconds()] == [
        ("worker-0", 20),
        ("worker-1", 20),
    ]
    facts = master.recorder.facts()
    assert (facts.workers, facts.workers_lost, facts.reports_missed) == (2, (), 0)


@pytest.mark.parametrize("phase_s", [0.0, 0.3, 0.999])
def test_a_second_is_shipped_whole_within_a_second_of_its_end(worker, phase_s):
    """Wherever in a second the worker's reports fall."""
    one, shipped_s = worker(), {}
    samples = iter(range(1, 100))
    done = next(samples)
    for report in range(8):
        one.now_s = report * locust.runners.WORKER_REPORT_INTERVAL + phase_s
        while done / 10 <= one.now_s:
            one.request(done / 10)
            done = next(samples)
        for second, cells in one.report()[KEY]["tally"]["windows"]:
            assert sum(Cell.from_wire(cell).count for _, cell in cells) == (10 if second else 9)
            shipped_s[second] = one.now_s
    assert list(shipped_s) == list(range(7))
    assert all(0 <= at_s - (second + 1) <= 1 for second, at_s in shipped_s.items())


def test_nothing_is_shipped_twice(worker):
    one = worker()
    one.request(0.5)
    one.now_s = 1.5
    assert len(one.report()[KEY]["tally"]["windows"]) == 1
    assert one.report()[KEY]["tally"]["windows"] == []


def test_a_worker_keeps_its_samples_until_they_are_shipped(worker):
    """Settling is for a single process: it would take from a worker what the master has not seen."""
    one = worker()
    one.request(0.5)
    one.now_s = 1.5
    one.recorder.settle()
    assert len(one.report()[KEY]["tally"]["windows"]) == 1


def test_the_rest_of_a_run_before_is_not_taken_for_the_new_one(worker, master):
    one = worker()
    one.request(0.5)
    one.end()
    left = one.report()
    master.take("a", left)
    assert master.recorder.tally.count == 0
    one.fire("test_start")
    one.request(0.5)
    one.now_s = 1.5
    master.take("a", one.report())
    assert master.recorder.tally.count == 1
    assert master.recorder.facts().reports_missed == 0


def test_reports_before_the_first_run_are_not_missed_in_it(node, master):
    runner = Mock(spec=WorkerRunner)
    runner.worker_index = 0
    one = node(runner)
    for _ in range(5):
        one.report()
    master.take("a", one.report())
    one.fire("test_start")
    master.take("a", one.report())
    assert master.recorder.facts().reports_missed == 0


def test_a_report_that_was_lost_on_the_way_is_noticed(worker, master):
    one = worker()
    one.report()
    master.take("a", one.report())
    assert master.recorder.facts().reports_missed == 1


def test_a_worker_without_a_recorder_is_lost_and_breaks_nothing(worker, master):
    master.take("a", {"stats": []})
    master.take("b", worker().report())
    master.fire("test_stopping")
    facts = master.recorder.facts()
    assert (facts.listener_errors, facts.workers_lost) == (0, ("worker-0",))


def test_a_worker_whose_first_report_is_on_the_way_is_not_told_as_lost(worker, master):
    """Or else an alert would tell of workers that went away whenever one begins a second after another."""
    first, second = worker(0), worker(1)
    first.now_s = 1.1
    master.sees(a="running", b="running")
    master.take("a", first.report())
    assert master.recorder.tally.settled_second == 1
    assert master.recorder.facts().workers_lost == ()
    master.take("b", second.report())
    master.fire("test_stopping")
    assert master.recorder.facts().workers_lost == ()


def test_a_worker_that_goes_missing_is_lost_and_no_longer_waited_for(worker, master):
    first, second = worker(0), worker(1)
    second.now_s = 1.0
    master.take("b", second.report())
    first.now_s = 5.0
    master.sees(a="running", b="missing")
    master.take("a", first.report())
    assert master.recorder.facts().workers_lost == ("worker-1",)
    assert master.recorder.tally.settled_second == 5


def test_the_last_worker_to_go_is_lost_too(worker, master):
    for name in ("a", "b"):
        master.take(name, worker().report())
    master.sees()
    master.fire("test_stopping")
    assert master.recorder.facts().workers_lost == ("worker-0", "worker-1")


def test_workers_that_leave_after_the_end_are_not_lost(worker, master):
    for name in ("a", "b"):
        master.take(name, worker().report())
    master.fire("test_stopping")
    master.sees()
    master.take("a", worker().report())
    assert master.recorder.facts().workers_lost == ()


def test_errors_of_workers_reach_the_master(worker, master):
    one = worker()
    one.request(planned_s=None)
    one.request(planned_s=None)
    master.take("a", one.report())
    locust.log.unhandled_greenlet_exception = False
    facts = master.recorder.facts()
    assert (facts.listener_errors, facts.unhandled) == (2, True)
