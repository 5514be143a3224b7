"""A rehearsal from the command line to the folder it leaves."""

import re

import yaml

from authstorm.plan.compile import compile_profile
from authstorm.plan.profile import Profile

from .conftest import PROFILE, Sandbox, target_of

FILES = {
    "report.html", "summary.json", "summary.md", "junit.xml", "requests.csv", "failures.csv", "timeline.csv",
    "plan.yaml", "locust.html",
}  # fmt: skip


def planned():
    schedule = compile_profile(Profile.model_validate(PROFILE))
    return {stream.scenario: stream.total for stream in schedule.streams}


def test_a_clean_run_passes_and_leaves_its_whole_folder(rehearse, sandbox):
    stages = [{"warm-up": {"for": "4s", "from": "0/s", "measured": False}}, {"steady": {"for": "6s"}}]
    run = rehearse(target_of(sandbox), profile=PROFILE | {"stages": stages}, environ=sandbox.environ)
    assert run.code == 0, run.output
    assert {path.name for path in run.folder.iterdir()} >= FILES
    assert run.json()["exit_code"] == 0
    assert run.json()["complete"] is True
    assert "exit code 0: passed" in run.output
    assert yaml.safe_load(run.text("plan.yaml"))["profile"]["name"] == "short"


def test_every_planned_arrival_is_made_and_the_target_saw_the_same(rehearse, sandbox):
    run = rehearse(target_of(sandbox), environ=sandbox.environ)
    assert run.json()["verdicts"]["objectives"]["answer"] == "yes", run.output
    plan, made = planned(), run.counts()
    assert made["service"] == plan["service"]
    assert made["login"] == plan["login"] + plan["session"]
    assert made["introspect"] == plan["validate"] + 3 * plan["session"]
    assert made["refresh"] >= plan["refresh"] + plan["session"]
    seen = {(row["endpoint"], row["grant"]): row["count"] for row in sandbox.counts()["requests"]}
    assert seen["token", "password"] == made["login"] + made["sign-in"]
    assert seen["token", "refresh_token"] == made["refresh"]
    assert seen["token", "client_credentials"] == made["service"]
    assert seen["introspect", ""] == made["introspect"]
    assert seen["revoke", ""] == made["revoke"]


def test_no_old_refresh_token_is_presented_and_each_visitor_is_somebody_else(rehearse, sandbox):
    run = rehearse(target_of(sandbox), environ=sandbox.environ)
    assert run.json()["verdicts"]["objectives"]["answer"] == "yes", run.output
    counts = sandbox.counts()
    assert counts["reuse_offences"] == 0
    visitors = sum(
        count for name, count in yaml.safe_load(run.text("plan.yaml"))["visitors"].items() if name != "service"
    )
    assert visitors > 20
    assert counts["users"] >= visitors - 5  # a visitor whom no arrival reached did not come
    assert run.json()["run"]["target"] == "sandbox"


def test_tokens_are_renewed_before_they_expire(rehearse):
    server = Sandbox("--access-ttl", "6")
    try:
        calm = {"name": "calm", "arrivals": {"validate": "4/s"}, "visit": "2s", "stages": [{"steady": {"for": "11s"}}]}
        run = rehearse(target_of(server), profile=calm, environ=server.environ)
        assert run.json()["verdicts"]["objectives"]["answer"] == "yes", run.output
        assert run.counts()["refresh"] >= 8  # eight visitors, each renewing every 4.8 s
        assert run.json()["codes"] == []  # no validation met an expired token
        assert server.counts()["reuse_offences"] == 0
    finally:
        server.close()


def test_a_visitor_whose_refresh_token_died_signs_in_again(rehearse):
    server = Sandbox("--refresh-ttl", "2", "--access-ttl", "1")
    try:
        rare = {"name": "rare", "arrivals": {"refresh": "2/s"}, "visit": "10s", "stages": [{"steady": {"for": "8s"}}]}
        target = target_of(server, renewal={"lead": "0s", "lifetime": "1h"})
        run = rehearse(target, profile=rare, environ=server.environ)
        signed_in = run.counts()["sign-in"]
        visitors = yaml.safe_load(run.text("plan.yaml"))["visitors"]["refresh"]
        assert run.counts().get("refresh", 0) > 0
        assert signed_in >= visitors
    finally:
        server.close()


def test_a_target_that_breaks_fails_its_objectives_with_exit_3(rehearse, sandbox):
    sandbox.plant({"error_share": 0.3, "seed": 1})
    run = rehearse(target_of(sandbox), environ=sandbox.environ)
    assert run.code == 3, run.output
    assert run.json()["verdicts"]["objectives"]["answer"] == "no"
    assert "server-error" in run.text("failures.csv")


def test_the_final_csv_holds_every_request(rehearse, sandbox):
    run = rehearse(target_of(sandbox), environ=sandbox.environ)
    total = sum(row["count"] for row in sandbox.counts()["requests"] if row["endpoint"] != "discovery")
    assert sum(run.counts().values()) == total
    timeline = run.text("timeline.csv").splitlines()
    column = timeline[0].split(",").index("count")
    assert (
        sum(int(line.split(",")[column]) for line in timeline[1:] if re.search(r"good|refused|shed|broken|wrong", line))
        == total
    )
