"""Alerts in whole runs: an outage at a known second fires, resolves, and is told once."""

import json
import shutil
import time

import pytest
import yaml

from authstorm.drive.opening import WORKERS_START_IN_S
from tests.receivers import published_rules
from tests.receivers.http_receiver import receiving

from .conftest import ROOT, target_of
from .many import over_processes

STAGES = [{"warm-up": {"for": "1s", "measured": False}}, {"calm": {"for": "14s"}}]
CALM = {"name": "calm", "seed": 5, "visit": "1s", "arrivals": {"login": "25/s", "validate": "25/s"}, "stages": STAGES}
OUT_FOR_S = 3.5
OUT = {"outage": "500", "endpoints": ["token", "introspect"], "from_s": 3.4, "for_s": OUT_FOR_S}
PROCESSES = [
    pytest.param(1, 0.0, 3, id="one process"),
    pytest.param(3, WORKERS_START_IN_S, 4, id="three workers"),
]


@pytest.fixture
def watched(rehearse, sandbox, tmp_path):
    """A run whose configuration has the shipped alerts, with faults from its start; counted from ``planted_s`` on."""
    shutil.copy(ROOT / "config/alerts.yaml", tmp_path)

    def run(*faults, options=(), **changes):
        def plant(child):
            read = line = child.stdout.readline()
            while line and not line.startswith("report:"):  # written a few ms after the clock was set
                line = child.stdout.readline()
                read += line
            started_s = time.time()
            sandbox.plant(*faults)
            run.planted_s = sandbox.planted()["planted_s"] - started_s
            return read

        return rehearse(
            target_of(sandbox), profile=CALM | changes, environ=sandbox.environ, options=options, stop=plant
        )

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
def test_an_outage_fires_within_seconds_and_resolves_and_is_told_once(
    watched, tmp_path, workers, begins_in_s, within_s
):
    """Nothing fires before it, nor by what it explains while it lasts and afterwards."""
    with receiving(published_rules.webhook) as hook, (tmp_path / "alerts.yaml").open("a") as file:
        file.write(yaml.safe_dump({"receivers": {"hook": {"kind": "webhook", "url": hook.url, "only": ["critical"]}}}))
        file.flush()
        run = watched(OUT, options=over_processes(workers))
    heard = [(alert["labels"]["alertname"], alert["status"]) for body in hook.bodies for alert in body["alerts"]]
    assert sorted(pair for pair in heard if pair[0] == "target-down") == [
        ("target-down", "firing"),
        ("target-down", "resolved"),
    ]
    assert hook.broken == []
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
    assert [each["state"] for each in shown["deliveries"]] == ["firing", "resolved"]
    assert all(each["after_s"] < 3 for each in shown["deliveries"]), shown


def test_an_alert_can_end_the_run_and_its_receivers_hear_of_both(watched, tmp_path, sandbox):
    """The hook has the alert while it fires; one that is not there is in the report, without its secret."""
    path = tmp_path / "alerts.yaml"
    rules = path.read_text("utf-8").replace("    # abort: true  ", "    abort: true  ")
    secret = "http://127.0.0.1:1/services/T0VERYSECRET"
    sandbox.environ["DEAD_URL"] = secret
    with receiving(published_rules.webhook) as hook:
        hook_at = {"kind": "webhook", "url": hook.url}
        receivers = {"hook": hook_at, "dead": {"kind": "slack", "url": {"env": "DEAD_URL"}}}
        path.write_text(rules + yaml.safe_dump({"last-call": "1s", "receivers": receivers}), "utf-8")
        run = watched(OUT | {"from_s": 0, "for_s": 60})
        assert run.code == 4, run.output
        assert "by the rule “the alert target-down”" in run.json()["partial_because"]
        assert run.json()["run"]["elapsed_s"] < 15
        assert hook.broken == []
        assert [body["status"] for body in hook.bodies] == ["firing", "resolved"]
    (down,) = [alert for alert in run.json()["alerts"] if alert["rule"] == "target-down"]
    fates = {(each["receiver"], each["state"]): each for each in down["deliveries"]}
    assert fates["hook", "firing"]["after_s"] < 3
    assert (fates["dead", "firing"]["after_s"], fates["dead", "firing"]["tries"] > 0) == (None, True)
    by_name = {receiver["name"]: receiver for receiver in run.json()["receivers"]}
    assert by_name["dead"]["undelivered"] == 3  # how the run ended, too
    assert by_name["dead"]["why"].startswith("no-connection")
    assert "dead was not told 3 of 3 notices: no-connection" in " ".join(run.output.split())
    assert "dead, firing: not delivered" in run.text("report.html")
    assert "Who was told" in run.text("summary.md")
    for place in ("report.html", "summary.json", "summary.md", "alerts.jsonl", "plan.yaml"):
        assert "T0VERYSECRET" not in run.text(place)
    assert "T0VERYSECRET" not in run.output
