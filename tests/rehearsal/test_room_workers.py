"""A room whose runs are made by workers: what is chosen on its page, all of them do, or say why they cannot."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Sandbox, target_of
from .many import ROOT, free_port, target_count
from .room_process import Room

QUICK = {  # every arrival is exactly one request
    "name": "quick",
    "arrivals": {"service": "40/s"},
    "stages": [{"warm-up": {"for": "1s", "measured": False}}, {"steady": {"for": "3s"}}],
}
SLOW = QUICK | {"name": "slow", "stages": [{"warm-up": {"for": "1s", "measured": False}}, {"steady": {"for": "60s"}}]}
TOKEN = {"AUTHSTORM_TOKEN": "a token of this test that is long enough"}


@pytest.fixture
def sandbox():
    server = Sandbox()
    yield server
    server.close()


@pytest.fixture
def started():
    """Processes that are ended after the test, the last one first."""
    processes = []
    yield processes
    for process in reversed(processes):
        if isinstance(process, Room):
            process.close()
        elif process.poll() is None:
            process.kill()
            process.wait(10)


def master_on(port, *options):
    address = ("--master-bind-host", "127.0.0.1", "--master-bind-port", port)
    return (*options, *address, "--expect-workers-max-wait", "30")


def start_worker(port, environ, config, output, **plan):
    """A worker as on another machine: its own files and secrets, and whatever plan stands on its command line."""
    locustfile = plan.get("locustfile", ROOT / "locustfile.py")
    command = [Path(sys.executable).parent / "locust", "-f", locustfile, "--worker", "--master-port", port,
               "--config-dir", config, "--target", plan["target"], "--spike-profile", plan["profile"]]  # fmt: skip
    with output.open("w") as file:
        return subprocess.Popen(
            list(map(str, command)),
            cwd=config,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | TOKEN | dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def counted(room, run):
    """How many requests for a token the report of a run knows of."""
    rows = (line.split(",") for line in (room.reports / run / "requests.csv").read_text().splitlines())
    return sum(int(row[2]) for row in rows if row[1] == "service")


def test_runs_over_processes_follow_each_other_and_none_of_their_arrivals_is_lost(tmp_path, sandbox, started):
    port = free_port()
    room = Room(
        tmp_path, [target_of(sandbox), target_of(sandbox, name="second")], (QUICK, SLOW), profile="quick",
        options=master_on(port, "--processes", "2", "--master-port", port), environ=sandbox.environ | TOKEN,
    )  # fmt: skip
    started.append(room)
    room.wait_until_open()
    last = ""
    for target, seed in (("sandbox", "5"), ("second", "6")):
        before = target_count(sandbox)
        assert room.start(profile="quick", target=target, seed=seed).status_code == 200
        state = room.wait_for_verdict(other_than=last)
        last = state["run"]["id"]
        summary = room.summaries()[last]
        assert (summary["run"]["target"], summary["run"]["seed"]) == (target, int(seed))
        assert summary["complete"]
        assert [worker["name"] for worker in state["run"]["workers"]] == ["worker-0", "worker-1"]
        totals = state["run"]["totals"]
        assert totals["offered"] == sum(state["facts"]["planned"])
        assert totals["started"] + totals["dropped"] == totals["offered"]
        assert target_count(sandbox) - before == totals["started"]
        assert summary["exit_code"] in {0, 5}  # 5 where this machine was too busy
    before = target_count(sandbox)
    assert room.start(profile="slow").status_code == 200
    room.wait_for(lambda state: len(state["points"]) >= 2)
    assert room.stop().status_code == 200
    state = room.wait_for_verdict(other_than=last)
    assert state["verdict"]["exit_code"] == 130
    assert counted(room, state["run"]["id"]) == target_count(sandbox) - before
    assert room.listening() == {"127.0.0.1"}
    hidden = (*sandbox.environ.values(), *TOKEN.values())
    shown = room.get("/logs").text + room.get("/").text + room.output.read_text() + str(room.state())
    assert not [value for value in hidden if value in shown]


def test_a_worker_that_cannot_says_why_and_one_that_is_lost_is_done_without_in_that_run_and_the_next(
    tmp_path, sandbox, started
):
    port = free_port()
    known = target_of(sandbox)
    alone = {"KNOWN_TO_THE_MASTER_ALONE": sandbox.environ["SANDBOX_CLIENT_SECRET"]}
    other = known | {"name": "other", "client": known["client"] | {"secret": {"env": "KNOWN_TO_THE_MASTER_ALONE"}}}
    room = Room(
        tmp_path / "master", [known, other], (QUICK, SLOW), profile="quick",
        options=master_on(port, "--master", "--expect-workers", "1"), environ=sandbox.environ | TOKEN | alone,
    )  # fmt: skip
    started.append(room)
    room.wait_until_open()
    config = tmp_path / "worker"
    for kind in ("targets", "profiles"):
        shutil.copytree(tmp_path / "master" / kind, config / kind)
    slow = config / "profiles" / "slow.yaml"
    slow.write_text(json.dumps(SLOW | {"arrivals": {"service": "80/s"}}))

    def join(name, **plan):
        started.append(start_worker(port, sandbox.environ, config, tmp_path / name, **plan))

    join("first", target="sandbox", profile="quick")
    before = target_count(sandbox)
    for choice, why in (
        ({"target": "other"}, "set KNOWN_TO_THE_MASTER_ALONE"),
        ({"profile": "slow"}, "the same files"),
    ):
        answer = room.start(**choice)
        assert answer.status_code == 409
        assert answer.json()["why"].startswith("workers: worker-0: ")
        assert why in answer.json()["why"]
        assert room.state()["phase"] == "idle"
    assert target_count(sandbox) == before
    assert not room.summaries()
    slow.write_bytes((tmp_path / "master" / "profiles" / "slow.yaml").read_bytes())
    assert room.start(profile="slow", target="sandbox", seed="9").status_code == 200
    room.wait_for(lambda state: len(state["points"]) >= 2)
    join("late", target="sandbox", profile="quick")  # another plan than the room's by now, as its command line has it
    room.wait_for(lambda state: [worker["name"] for worker in state["run"]["workers"]] == ["worker-0", "worker-1"])
    first = started[-2]
    first.kill()
    first.wait(10)
    room.wait_for(lambda state: state["run"]["lost"] == ["worker-0"])
    room.stop()
    state = room.wait_for_verdict()
    assert state["verdict"]["exit_code"] == 130
    unknown = target_count(sandbox) - before - counted(room, state["run"]["id"])
    assert 0 <= unknown <= 80  # what the lost one measured in its last two seconds
    assert "Worker-0 fell silent at" in str(room.summaries()[state["run"]["id"]]["validity"])

    before, lost_in = target_count(sandbox), state["run"]["id"]
    assert room.start(profile="quick", target="sandbox", seed="10").status_code == 200
    state = room.wait_for_verdict(other_than=lost_in)
    totals = state["run"]["totals"]
    assert [worker["name"] for worker in state["run"]["workers"]] == ["worker-1"]
    assert state["run"]["lost"] == []
    assert totals["started"] + totals["dropped"] == totals["offered"] == sum(state["facts"]["planned"])
    assert target_count(sandbox) - before == totals["started"] == counted(room, state["run"]["id"])
    assert room.summaries()[state["run"]["id"]]["complete"]
