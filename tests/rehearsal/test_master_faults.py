"""What befalls the master, the target and people who take turns, and what is reported; the runs go side by side."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from .conftest import Sandbox, target_of
from .many import SERVICE, Many, finding, made_in, target_count

pytestmark = pytest.mark.real
STEADY = SERVICE | {"name": "steady", "stages": [{"steady": {"for": "40s"}}]}
GONE = STEADY | {"name": "gone", "abort": ["broken > 50% for 2s"]}
SLOW = STEADY | {"name": "slow", "stages": [{"steady": {"for": "6s"}}], "visit": "4s"}
TURNS = {
    "name": "turns",
    "users": 24,
    "mix": {"validate": 1, "service": 1},
    "think": "500ms",
    "stages": [{"steady": {"for": "40s"}}],
}


def master_killed(crew, sandbox):
    crew.run_until(4)
    crew.master.child.kill()
    time.sleep(5)
    after_5_s = target_count(sandbox)
    codes = [worker.end(20) for worker in crew.workers]
    return SimpleNamespace(
        after_5_s=after_5_s, at_the_end=target_count(sandbox), codes=codes, run=crew.finish(),
        said=[worker.output for worker in crew.workers],
    )  # fmt: skip


def target_gone(crew, sandbox):
    crew.run_until(4)
    sandbox.process.kill()
    run = crew.finish(40)
    return SimpleNamespace(run=run, codes=[worker.end(20) for worker in crew.workers])


def turns_taken_over(crew, _sandbox):
    """People who take turns: one of their workers is killed, and later the master is asked to end."""
    crew.run_until(4)
    os.kill(crew.workers[0].pid, signal.SIGKILL)
    killed_s = crew.second()
    crew.run_until(killed_s + 9)
    began = time.monotonic()
    crew.master.child.send_signal(signal.SIGTERM)
    run = crew.finish()
    took_s = time.monotonic() - began
    return SimpleNamespace(run=run, took_s=took_s, killed_s=killed_s, code=crew.workers[1].end(20))


def nobody_left(crew, _sandbox):
    crew.run_until(4)
    os.kill(crew.workers[0].pid, signal.SIGKILL)
    return SimpleNamespace(run=crew.finish(40))


def slow_to_the_end(crew, sandbox):
    sandbox.plant({"delay_ms": 1500})
    return SimpleNamespace(run=crew.finish(), seen=target_count(sandbox))


FATES = {  # by profile, workers, and what happens
    "master killed": (STEADY, 2, master_killed),
    "target gone": (GONE, 2, target_gone),
    "turns": (TURNS, 2, turns_taken_over),
    "nobody left": (STEADY, 1, nobody_left),
    "slow": (SLOW, 2, slow_to_the_end),
}


@pytest.fixture(scope="module")
def fates(tmp_path_factory):
    """What became of each run."""

    def befall(name):
        profile, workers, happens = FATES[name]
        sandbox = Sandbox()
        crew = Many(tmp_path_factory.mktemp(name.replace(" ", "-")), target_of(sandbox), profile, sandbox.environ)
        try:
            crew.start(workers)
            return happens(crew, sandbox)
        finally:
            crew.close()
            sandbox.close()

    with ThreadPoolExecutor(len(FATES)) as pool:
        return dict(zip(FATES, pool.map(befall, FATES), strict=True))


def test_workers_stop_loading_within_five_seconds_when_the_master_is_killed(fates):
    fate = fates["master killed"]
    assert fate.at_the_end == fate.after_5_s > 100
    assert fate.codes == [5, 5]
    assert all("heartbeat from master" in said for said in fate.said)


def test_a_killed_master_leaves_a_report_that_says_it_is_partial(fates):
    run = fates["master killed"].run
    assert run.code == -signal.SIGKILL
    summary = run.json()
    assert summary["complete"] is False
    assert summary["exit_code"] is None
    assert summary["partial_because"]
    assert summary["headline"].startswith("Only a part of a run")


def test_an_abort_rule_ends_a_run_whose_target_is_gone(fates):
    run = fates["target gone"].run
    assert run.code == 4, run.output
    summary = run.json()
    assert summary["run"]["elapsed_s"] < 14
    assert summary["partial_because"].endswith("by the rule “broken > 50% for 2s”")
    assert summary["run"]["workers_lost"] == []
    assert fates["target gone"].codes == [0, 0]
    assert {"report.html", "junit.xml", "timeline.csv", "locust.html"} <= {path.name for path in run.folder.iterdir()}


def test_the_visitors_of_a_lost_worker_are_made_up_for_where_people_take_turns(fates):
    fate = fates["turns"]
    seconds = made_in(fate.run)
    back = [seconds[second] for second in range(round(fate.killed_s) + 5, round(fate.killed_s) + 8)]
    before = [seconds[second] for second in (2, 3)]
    assert min(back) >= 0.8 * max(before) > 20, seconds
    assert "fell silent at" in finding(fate.run, "workers")["reason"]


def test_a_master_that_is_asked_to_end_leaves_a_whole_report(fates):
    fate = fates["turns"]
    assert fate.took_s < 12
    assert fate.run.code == 130, fate.run.output
    assert "interrupted" in fate.run.json()["partial_because"]
    assert set(fate.run.json()["exit_codes"]) >= {130, 5}
    assert fate.code == 0


def test_when_the_last_worker_is_gone_the_run_ends_with_its_report(fates):
    run = fates["nobody left"].run
    assert run.code == 5, run.output
    assert "The last worker was gone at" in finding(run, "workers")["reason"]
    assert run.counts()["service"] > 100


def test_the_slow_last_visits_are_in_the_report(fates):
    """Locust's master listens for half a second after it told its workers to quit; visits may take longer."""
    run = fates["slow"].run
    assert run.json()["generator"]["offered"] == 180
    assert run.counts()["service"] == fates["slow"].seen > 150


def test_a_master_whose_workers_do_not_come_gives_up(many):
    crew = many()
    master = crew.start_master(1, "--expect-workers-max-wait", 2)
    assert master.end(30) == 1
    assert "Gave up waiting for workers" in master.output
