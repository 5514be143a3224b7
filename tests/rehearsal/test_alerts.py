"""Alerts in whole runs: an outage at a known second fires, resolves, and is told once."""

import json
import shutil
import time

import pytest

from authstorm.drive.opening import WORKERS_START_IN_S

from .conftest import ROOT, Sandbox, target_of
from .many import processes

STAGES = [{"warm-up": {"for": "1s", "measured": False}}, {"calm": {"for": "14s"}}]
CALM = {"name": "calm", "seed": 5, "visit": "1s", "arrivals": {"login": "25/s", "validate": "25/s"}, "stages": STAGES}
OUT_FOR_S = 3.5
OUT = {"outage": "500", "endpoints": ["token", "introspect"], "from_s": 3.4, "for_s": OUT_FOR_S}
PROCESSES = [
    pytest.param(0, 0.0, 3, id="one process"),
    pytest.param(3, WORKERS_START_IN_S, 4, id="three workers"),
]


@pytest.fixture
def server():
    server = Sandbox()
    yield server
    server.close()


@pytest.fixture
def watched(rehearse, server, tmp_path):
    """A run whose configuration has the shipped alerts, with faults from its start; counted from ``planted_s`` on."""
    shutil.copy(ROOT / "config/alerts.yaml", tmp_path)

    def run(*faults, options=(), **changes):
        def plant(child):
            read = line = child.stdout.readline()
            while line and not line.startswith("report:"):  # written a few ms after the clock was set
                line = child.stdout.readline()
                read += line
            started_s = time.time()
            server.plant(*faults)
            run.planted_s = server.planted()["planted_s"] - started_s
            return read

        return rehearse(target_of(server), profile=CALM | changes, environ=server.environ, options=options, stop=plant)

    return run


def changes(run):
    """The changes of each rule that concern the target, as they were written down."""
    told = [json.loads(line) for line in run.text("alerts.jsonl").splitlines()]
    return [
        change
        for change in told
        if change["state"] in {"firing", "resolved"} and change["rule"] != "generator-unhealthy"
    ]


@pytest.mark.parametrize(("workers", "begins_in_s", "within_s"), PROCESSES)
def test_an_outage_fires_within_seconds_and_resolves_and_is_told_once(watched, workers, begins_in_s, within_s):
    """Nothing fires before it, nor by what it explains while it lasts and afterwards."""
    run = watched(OUT, options=processes(workers) if workers else ())
    began_s = watched.planted_s + OUT["from_s"] - begins_in_s
    told = changes(run)
    assert [(change["rule"], change["state"]) for change in told] == [
        ("target-down", "firing"),
        ("target-down", "resolved"),
    ], told
    fired, resolved = told
    assert fired["bad_since_s"] == pytest.approx(began_s, abs=1)
    assert fired["at_s"] - fired["bad_since_s"] <= within_s
    assert resolved["at_s"] - (began_s + OUT_FOR_S) <= 10
    assert sum("target-down" in line for line in run.output.splitlines() if "alert " in line) == 2, run.output
    (shown,) = [alert for alert in run.json()["alerts"] if alert["rule"] != "generator-unhealthy"]
    assert shown["fired_s"] == pytest.approx(fired["at_s"], abs=0.01)


def test_an_alert_can_end_the_run(watched, tmp_path):
    path = tmp_path / "alerts.yaml"
    path.write_text(path.read_text("utf-8").replace("    # abort: true  ", "    abort: true  "), "utf-8")
    run = watched(OUT | {"from_s": 0, "for_s": 60})
    assert run.code == 4, run.output
    assert "by the rule “the alert target-down”" in run.json()["partial_because"]
    assert run.json()["run"]["elapsed_s"] < 15
