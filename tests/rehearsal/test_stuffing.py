"""Whole runs with guesses at passwords in them: refused beside good users, locking them out, or let in."""

import json

import pytest

from .conftest import Sandbox, target_of
from .many import over_processes

ARRIVALS = {"login": "20/s", "validate": "10/s", "stuffing": "20/s"}
STAGES = [{"warm-up": {"for": "1s", "measured": False}}, {"peak": {"for": "7s"}}]
STUFFED = {
    "name": "stuffed", "seed": 5, "visit": "1s", "arrivals": ARRIVALS, "stages": STAGES,
    "stuffing": {"known": "60%", "accounts": 6},
}  # fmt: skip
RULES = {
    "identity-refused": {"when": "identity", "steps": ["guess"], "at-least": 6, "over": "30s"},
    "good-users-refused": {
        "when": "count", "of": {"steps": ["login"], "outcomes": ["refused"], "expected": False}, "at-least": 5,
    },
}  # fmt: skip


@pytest.fixture
def stuffed(rehearse, tmp_path):
    """A run with guesses against a sandbox with faults; gives the run, and what the sandbox tells after it."""
    servers = []

    def run(*faults, options=(), **changes):
        server = Sandbox()
        servers.append(server)
        server.plant(*faults)
        (tmp_path / "alerts.yaml").write_text(json.dumps({"rules": RULES}))
        target = target_of(server, **changes)
        return rehearse(target, profile=STUFFED, environ=server.environ, options=options), server

    yield run
    for server in servers:
        server.close()


def fired(run):
    changes = [json.loads(line) for line in run.text("alerts.jsonl").splitlines()]
    return {change["rule"]: change["sentence"] for change in changes if change["state"] == "firing"}


def peak(run):
    (row,) = [row for row in run.json()["guessing"] if row["stage"] == "peak"]
    return row


def locked_out(run, server):
    """What the report and the sandbox itself say of right passwords that were refused."""
    (fault,) = server.faults()
    return sum(row["locked_out"] for row in run.json()["guessing"]), fault["hits"]


def names_nobody(run):
    """No file of the run holds the name of an account; but for the pattern in the plan, and a picture of the page."""
    texts = [run.text(name) for name in ("alerts.jsonl", "summary.json", "timeline.csv", "requests.csv", "summary.md")]
    return all("@example.test" not in text for text in texts)


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.long)])
def test_guesses_lock_good_users_out_which_is_told_beside_the_guesses_and_raises_alerts(stuffed, workers):
    run, server = stuffed({"lockout_after": 3}, options=over_processes(workers) if workers else ())
    told, really = locked_out(run, server)
    assert told == really > 5, run.output
    row = peak(run)
    assert row["guesses"] == row["refused"] > 80
    assert row["let_in"] == 0
    assert row["good_share"] < 1
    assert set(fired(run)) == set(RULES)
    assert "Account " in fired(run)["identity-refused"]
    assert names_nobody(run)
    (guess,) = [step for step in run.json()["steps"] if (step["step"], step["stage"]) == ("guess", "peak")]
    assert (guess["failed"], guess["expected"]) == (0, guess["count"])


@pytest.mark.long
def test_where_nothing_locks_good_users_lose_nothing_and_a_refused_guess_is_no_failure(stuffed):
    run, _ = stuffed()
    assert run.code == 0, run.output
    row = peak(run)
    assert (row["let_in"], row["locked_out"], row["good_share"]) == (0, 0, 1.0)
    assert row["p99_ms"] is not None
    assert set(fired(run)) == {"identity-refused"}


@pytest.mark.long
def test_a_wrong_password_that_is_let_in_makes_the_run_not_correct(stuffed):
    run, server = stuffed({"open_one_in": 20})
    (fault,) = server.faults()
    assert run.code == 8, run.output
    assert sum(row["let_in"] for row in run.json()["guessing"]) == fault["hits"] > 2
    assert run.json()["wrongs"][0]["code"] == "wrong-password-accepted"


@pytest.mark.long
def test_through_a_login_page_guesses_are_judged_alike(stuffed):
    client = {"id": "storm-public", "auth": "none"}
    run, server = stuffed({"lockout_after": 3}, client=client, login={"by": "code"})
    told, really = locked_out(run, server)
    assert told == really > 5, run.output
    row = peak(run)
    assert (row["refused"], row["let_in"]) == (row["guesses"], 0)
    assert "ended as login-rejected" in run.output  # of a good user who is locked out: guesses are not told
