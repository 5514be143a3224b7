"""A server that now and then gives somebody the answer that belongs to somebody else is found out, and no other is."""

import pytest
import yaml

from .conftest import Sandbox, target_of
from .many import over_processes

MANY = 50_000
ONE_IN = 10_000
RUNS = 10


def profile(rate_per_s, seconds, seed=11):
    stages = [{"warm-up": {"for": "1s", "measured": False}}, {"calm": {"for": f"{seconds}s"}}]
    share = rate_per_s / 4
    arrivals = {"login": f"{share}/s", "validate": f"{share * 2}/s", "refresh": f"{share}/s"}
    return {"name": "calm", "seed": seed, "visit": "1s", "arrivals": arrivals, "stages": stages}


@pytest.fixture(scope="module")
def server():
    server = Sandbox()
    yield server
    server.close()


def wrong_in(run):
    return sum(row["outcomes"].get("wrong", 0) for row in run.json()["steps"] if row["stage"] == "all")


def is_told(run):
    plan_hash = yaml.safe_load(run.text("plan.yaml"))["plan_hash"]
    mark = run.json()["run"]["run_mark"]
    assert mark.startswith(plan_hash[:8])
    assert mark in run.text("report.html")
    wrongs = run.json()["wrongs"]
    assert all(len(wrong["trace"]) == 32 and wrong["trace"].startswith(mark) for wrong in wrongs)
    assert all(wrong["trace"] in run.text("report.html") for wrong in wrongs)
    return "wrong answer: " in run.output and wrongs and f"(trace {wrongs[0]['trace']})" in run.output


def test_swapped_answers_make_the_run_not_correct_and_their_evidence_is_told(rehearse, server):
    server.plant({"swap_one_in": 25})
    run = rehearse(target_of(server), profile=profile(60, 4), environ=server.environ)
    assert run.code == 8, run.output
    assert wrong_in(run) >= 3
    assert is_told(run)


def test_what_workers_found_wrong_is_told_in_the_masters_report(rehearse, server):
    server.plant({"swap_one_in": 25})
    workers = over_processes(2)
    run = rehearse(target_of(server), profile=profile(60, 5), environ=server.environ, options=workers)
    assert run.code == 8, run.output
    assert is_told(run)
    of_workers = {wrong["trace"][16:24] for wrong in run.json()["wrongs"]}
    assert len(of_workers) == 2


def test_answers_of_their_own_are_never_called_wrong(rehearse, server):
    server.plant()
    run = rehearse(target_of(server), profile=profile(60, 4), environ=server.environ)
    assert run.code in {0, 5}, run.output
    assert wrong_in(run) == 0


def test_tokens_are_verified_here_by_the_servers_keys_which_all_visitors_share(rehearse, server):
    server.plant()
    target = target_of(server) | {"validation": {"by": "jwks"}}
    run = rehearse(target, profile=profile(60, 4), environ=server.environ)
    assert run.code in {0, 5}, run.output
    assert wrong_in(run) == 0
    made = run.counts()
    assert made["verify"] > 50
    assert made["jwks"] == 1
    assert "introspect" not in made


@pytest.mark.long
def test_one_swap_in_ten_thousand_is_found_in_fifty_thousand_steps(rehearse, server):
    server.plant({"swap_one_in": ONE_IN})
    run = rehearse(target_of(server), profile=profile(800, MANY / 800), environ=server.environ)
    assert sum(run.counts().values()) >= MANY
    assert run.code == 8, run.output
    assert is_told(run)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(RUNS))
def test_ten_clean_runs_know_no_wrong_answer(rehearse, server, seed):
    server.plant()
    run = rehearse(target_of(server), profile=profile(400, 5, seed), environ=server.environ)
    assert run.code in {0, 5}, run.output
    assert wrong_in(run) == 0
