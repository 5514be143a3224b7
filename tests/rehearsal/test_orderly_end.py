"""A run that is stopped ends in order, soon, and leaves a whole report that says it is partial."""

import signal
import time

import pytest

from .conftest import PROFILE, target_of

LONG = PROFILE | {"name": "long", "stages": [{"steady": {"for": "60s"}}]}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_within_ten_seconds_with_a_partial_report(rehearse, sandbox, number):
    asked = []

    def stop(child):
        read = read_until(child, " of 60 s")
        asked.append(time.monotonic())
        child.send_signal(number)
        return read

    run = rehearse(target_of(sandbox), profile=LONG, environ=sandbox.environ, stop=stop)
    assert time.monotonic() - asked[0] < 10
    assert run.code == 130, run.output
    summary = run.json()
    assert summary["complete"] is False
    assert "interrupted" in summary["partial_because"]
    assert summary["exit_code"] == 130
    assert "interrupted" in run.text("report.html")
    assert sum(run.counts().values()) == sum(
        row["count"] for row in sandbox.counts()["requests"] if row["endpoint"] != "discovery"
    )


def test_a_killed_run_leaves_what_it_measured(rehearse, sandbox):
    def stop(child):
        read = read_until(child, " of 60 s")
        time.sleep(1.5)
        child.kill()
        return read

    run = rehearse(target_of(sandbox), profile=LONG, environ=sandbox.environ, stop=stop)
    assert run.code == -signal.SIGKILL
    assert run.json()["complete"] is False
    assert sum(row["count"] for row in run.json()["steps"]) > 50
    assert run.text("timeline.csv").count("\n") > 10


def read_until(child, words):
    read = ""
    while words not in read:
        line = child.stdout.readline()
        assert line, read
        read += line
    return read
