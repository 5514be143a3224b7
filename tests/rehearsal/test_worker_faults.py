"""What befalls workers and their master in the middle of a run, and what the report says afterwards."""

import os
import re
import signal
import time

import pytest

from .conftest import target_of
from .many import SERVICE, made_in, target_count

pytestmark = pytest.mark.long
PEOPLE = {
    "name": "people",
    "arrivals": {"login": "8/s", "refresh": "8/s", "validate": "8/s", "session": "4/s"},
    "visit": "2s",
    "seed": 5,
    "stages": [{"warm-up": {"for": "4s", "from": "0/s", "measured": False}}, {"steady": {"for": "22s"}}],
}


def finding(run, code):
    return next(found for found in run.json()["validity"] if found["name"] == code)


def test_the_load_is_back_to_plan_within_five_seconds_of_kill_9(many):
    crew = many()
    crew.start(3)
    crew.run_until(10)
    time.sleep(0.5)
    os.kill(crew.workers[1].pid, signal.SIGKILL)
    killed_s = run_second(crew)
    run = crew.finish()
    seconds = made_in(run)
    back = {second: count for second, count in seconds.items() if killed_s + 5 <= second <= 22}
    assert len(back) >= 4
    assert all(80 <= count <= 100 for count in back.values()), seconds  # 90/s are planned
    assert any(count <= 75 for second, count in seconds.items() if killed_s <= second <= killed_s + 5), seconds
    assert run.code == 5
    said = finding(run, "workers")["reason"]
    assert "1 of 3 workers were lost (worker-" in said
    assert "fell silent at" in said
    assert "the others make its arrivals" in said
    assert "arrivals of the plan were made by nobody" in said
    assert "fell silent" in run.text("report.html")


def test_a_worker_frozen_for_ten_seconds_leaves_when_it_wakes_and_makes_nothing_twice(many, sandbox):
    crew = many(PEOPLE)
    crew.start(3)
    crew.run_until(10)
    frozen = crew.workers[0]
    os.kill(frozen.pid, signal.SIGSTOP)
    time.sleep(10)
    os.kill(frozen.pid, signal.SIGCONT)
    assert frozen.end(20) == 5, frozen.output
    assert "gave its share away" in frozen.output or "heartbeat from master" in frozen.output
    run = crew.finish()
    assert run.code == 5
    assert "fell silent" in finding(run, "workers")["reason"]
    assert run.json()["run"]["workers_lost"]
    total = sum(row["count"] for row in sandbox.counts()["requests"] if row["endpoint"] != "discovery")
    assert sum(run.counts().values()) == total  # what it had measured before it froze came with its last report
    assert sandbox.counts()["reuse_offences"] == 0


def test_a_worker_that_joins_late_gets_its_share_and_no_arrival_is_missing(many, sandbox):
    crew = many()
    crew.start(2)
    crew.run_until(5)
    late = crew.start_worker()
    crew.run_until(15)
    run = crew.finish()
    assert late.end(20) == 0, late.output
    generator = run.json()["generator"]
    assert "joined at" in finding(run, "workers")["reason"]
    assert finding(run, "workers")["state"] == "holds"
    assert generator["started"] + generator["dropped"] == generator["offered"] == 1680
    assert target_count(sandbox) == run.counts()["service"]


def test_workers_stop_loading_within_five_seconds_when_the_master_is_killed(many, sandbox):
    crew = many()
    crew.start(2)
    crew.run_until(10)
    crew.master.child.kill()
    time.sleep(5)
    then = target_count(sandbox)
    time.sleep(3)
    assert target_count(sandbox) == then
    assert then > 200
    for worker in crew.workers:
        worker.end(20)
        assert "heartbeat from master" in worker.output


def test_sigterm_to_a_worker_ends_it_in_order_and_nothing_that_it_measured_is_lost(many, sandbox):
    crew = many()
    crew.start(3)
    crew.run_until(10)
    leaver = crew.workers[2]
    leaver.child.send_signal(signal.SIGTERM)
    assert leaver.end(20) == 130, leaver.output
    run = crew.finish()
    said = finding(run, "workers")["reason"]
    assert re.search(r"(left|was asked to end) at \d", said), said
    assert run.code == 5
    assert target_count(sandbox) == run.counts()["service"]
    seconds = made_in(run)
    assert all(80 <= seconds[second] <= 100 for second in range(17, 22)), seconds


def test_sigterm_to_the_master_ends_all_in_order_with_a_whole_report(many, sandbox):
    crew = many()
    crew.start(2)
    crew.run_until(10)
    crew.master.child.send_signal(signal.SIGTERM)
    began = time.monotonic()
    run = crew.finish()
    assert time.monotonic() - began < 12
    assert run.code == 130, run.output
    assert "interrupted" in run.json()["partial_because"]
    assert target_count(sandbox) == run.counts()["service"]
    assert [worker.end(20) for worker in crew.workers] == [0, 0]


def test_when_the_last_worker_is_gone_the_run_ends_with_its_report(many):
    crew = many()
    crew.start(1)
    crew.run_until(10)
    os.kill(crew.workers[0].pid, signal.SIGKILL)
    run = crew.finish(40)
    assert run.code == 5, run.output
    assert "The last worker was gone at" in finding(run, "workers")["reason"]
    assert run.json()["steps"][0]["count"] > 100


def test_a_master_whose_workers_do_not_come_gives_up(many):
    crew = many()
    master = crew.start_master(1, "--expect-workers-max-wait", 2)
    assert master.end(30) == 1
    assert "Gave up waiting for workers" in master.output


def run_second(crew):
    """The second that the run is in, at the latest by what the master said."""
    return int(max(crew._seconds(), default=0))


def test_the_slow_last_visits_are_in_the_report(many, sandbox):
    """Locust's master listens for half a second after it told its workers to quit; visits may take longer."""
    sandbox.plant({"delay_ms": 1500})
    short = SERVICE | {"name": "slow", "stages": [{"steady": {"for": "6s"}}], "visit": "4s"}
    crew = many(short, target_of(sandbox))
    crew.start(2)
    run = crew.finish()
    assert run.counts()["service"] == target_count(sandbox)
    assert run.json()["generator"]["offered"] == 180
