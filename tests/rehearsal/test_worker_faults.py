"""Three faults and a latecomer in one run: what befalls workers in the middle of a spike, and what the report says."""

import os
import re
import signal
import threading
from types import SimpleNamespace

import pytest

from .conftest import Sandbox, target_of
from .many import Many, finding, made_in

pytestmark = pytest.mark.real
FAULTS = {  # each arrival of "service" is one request; those of "refresh" are made by people who are signed in
    "name": "faults",
    "arrivals": {"service": "20/s", "refresh": "6/s"},
    "spacing": "even",
    "visit": "2s",
    "seed": 5,
    "stages": [
        {"warm-up": {"for": "1s", "from": "0/s", "measured": False}},
        {"baseline": {"for": "1s"}},
        {"spike": {"peak": "3x", "rise": "1s", "hold": "22s", "fall": "1s"}},
    ],
}
PEAK_PER_S, WORKERS = 60, 5
FALLS_AT_S = 25  # the end of the spike's hold
KILLED_S, ASKED_S, FROZEN_S, FROZEN_FOR_S = 4, 12, 13, 10
MISSING_AT_MOST_S = 5.0


@pytest.fixture(scope="module")
def befallen(tmp_path_factory):
    """One run of five workers: one is killed, one is asked to end, one stands still for ten seconds, one comes late."""
    sandbox = Sandbox()
    crew = Many(tmp_path_factory.mktemp("faults"), target_of(sandbox), FAULTS, sandbox.environ)
    try:
        crew.start(WORKERS)
        killed, asked, frozen, *_ = crew.workers
        killed_s = crew.run_until(KILLED_S)
        os.kill(killed.pid, signal.SIGKILL)
        crew.run_until(ASKED_S)
        asked.child.send_signal(signal.SIGTERM)
        late = crew.start_worker()
        frozen_s = crew.run_until(FROZEN_S)
        os.kill(frozen.pid, signal.SIGSTOP)
        threading.Timer(FROZEN_FOR_S, os.kill, (frozen.pid, signal.SIGCONT)).start()
        run = crew.finish()
        seen = sandbox.counts()
        services = sum(row["count"] for row in seen["requests"] if row["grant"] == "client_credentials")
        yield SimpleNamespace(
            run=run, asked=asked, frozen=frozen, late=late, killed_s=killed_s, frozen_s=frozen_s,
            services=services, reused=seen["reuse_offences"], says=finding(run, "workers")["reason"],
        )  # fmt: skip
    finally:
        crew.close()
        sandbox.close()


def is_at_the_peak(run, from_s, to_s):
    """Whether the whole plan was made in each of these seconds."""
    seconds = made_in(run, "service")
    at_peak = [seconds[second] for second in range(round(from_s), round(to_s))]
    return len(at_peak) >= 2 and all(0.9 * PEAK_PER_S <= count <= 1.1 * PEAK_PER_S for count in at_peak)


def test_the_load_is_back_to_plan_within_five_seconds_of_kill_9(befallen):
    run, killed_s = befallen.run, befallen.killed_s
    hole = range(round(killed_s), round(killed_s + MISSING_AT_MOST_S))
    seconds = made_in(run, "service")
    assert any(seconds[second] <= 0.85 * PEAK_PER_S for second in hole), seconds
    assert is_at_the_peak(run, killed_s + MISSING_AT_MOST_S, ASKED_S), seconds


def test_the_load_is_back_to_plan_within_five_seconds_of_a_worker_that_stands_still(befallen):
    back_s = befallen.frozen_s + MISSING_AT_MOST_S
    assert is_at_the_peak(befallen.run, back_s, FALLS_AT_S), made_in(befallen.run, "service")


def test_no_second_has_more_than_the_plan(befallen):
    seconds = made_in(befallen.run, "service")
    assert max(seconds.values()) <= 1.1 * PEAK_PER_S, seconds


def test_the_report_tells_of_each_worker_when_it_went_and_from_when_on_others_made_its_arrivals(befallen):
    assert "3 of 6 workers were lost (worker-" in befallen.says
    silent = re.findall(r"fell silent at ([\d.]+) s: from ([\d.]+) s on the others make its arrivals", befallen.says)
    assert len(silent) == 2
    for (noticed_s, from_s), happened_s in zip(silent, (befallen.killed_s, befallen.frozen_s), strict=True):
        assert float(noticed_s) - happened_s < 3.5
        assert float(from_s) - happened_s < MISSING_AT_MOST_S
    asked = r"(left|was asked to end) at 1[23]\.\d s: from 1[34]\.\d s on the others make its arrivals"
    assert re.search(asked, befallen.says), befallen.says
    assert "fell silent at" in befallen.run.text("report.html")
    assert befallen.run.code == 5
    assert finding(befallen.run, "workers")["state"] == "fails"


def test_what_nobody_made_is_counted_to_the_one_and_what_the_killed_one_measured_last_is_all_that_is_lost(befallen):
    generator, run = befallen.run.json()["generator"], befallen.run
    missing = int(re.search(r"([\d,]+) arrivals of the plan were made by nobody", befallen.says)[1].replace(",", ""))
    assert generator["started"] + generator["dropped"] == generator["offered"]
    planned = re.search(r"in all, ([\d\u202f,]+) arrivals", run.output)[1]
    assert generator["offered"] + missing == int(re.sub(r"\D", "", planned))
    unknown = befallen.services - run.counts()["service"]
    assert 0 <= unknown <= 2 * PEAK_PER_S / WORKERS  # of the killed worker's last two seconds
    assert missing <= 1.3 * PEAK_PER_S * (2 * MISSING_AT_MOST_S + 2) / WORKERS


def test_a_worker_that_stood_still_makes_nothing_more_when_it_wakes_and_leaves(befallen):
    assert befallen.frozen.end(20) == 5, befallen.frozen.output
    assert "gave its share away" in befallen.frozen.output or "heartbeat from master" in befallen.frozen.output


def test_the_accounts_of_lost_workers_are_not_used_twice(befallen):
    assert befallen.run.counts()["refresh"] > 200
    assert befallen.reused == 0
    assert befallen.run.json()["verdicts"]["correct"]["answer"] == "yes"


def test_a_worker_that_is_asked_to_end_does_so_in_order(befallen):
    assert befallen.asked.end(20) == 130, befallen.asked.output


def test_a_worker_that_joins_late_takes_its_share(befallen):
    assert befallen.late.end(20) == 0, befallen.late.output
    assert re.search(r"joined at [\d.]+ s and makes its share from [\d.]+ s on", befallen.says)
