"""Whole rehearsals of a JSON login API: refresh tokens that rotate, session cookies, and answers that are mixed up."""

import subprocess
import sys
from pathlib import Path

import pytest
import requests

ACCOUNTS = "username,password\n" + "".join(f'"user ""{n}"" é","user ""{n}"" é"\n' for n in range(80))
BEARER = {
    "login": {
        "path": "/bearer/login",
        "json": {"user": {"name": "{username}", "password": "{password}"}},
        "expect": [201],
        "token": "session.tokens[0]",
        "refresh-token": "session.tokens[1]",
        "lifetime": "session.ttl",
        "user": "who",
    },
    "refresh": {"path": "/bearer/refresh", "json": {"token": "{refresh_token}"}},
    "validate": {"path": "/bearer/me", "user": "users[0].mail"},
    "logout": {"path": "/bearer/logout", "expect": [204]},
}
COOKIE = {
    "login": {"path": "/cookie/login", "json": {"name": "{username}", "password": "{password}"}, "expect": [302]},
    "validate": {"path": "/cookie/me", "user": "session.user"},
    "logout": {"path": "/cookie/logout", "expect": [204]},
}


class Api:
    """The server in a process of its own."""

    def __init__(self):
        script = Path(__file__).with_name("json_api_server.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().strip()

    def seen(self):
        return requests.get(f"{self.url}/seen", timeout=5).json()

    def swap(self, every):
        requests.put(f"{self.url}/swap", json={"every": every}, timeout=5).raise_for_status()


@pytest.fixture
def api():
    server = Api()
    yield server
    server.process.communicate(timeout=10)


@pytest.fixture
def target(api, tmp_path):
    def target(described):
        path = tmp_path / "accounts.csv"
        path.write_text(ACCOUNTS)
        path.chmod(0o600)
        return {"name": "api", "url": api.url, "api": described, "accounts": {"csv": str(path)}}

    return target


def profile(**arrivals):
    return {
        "name": "short",
        "arrivals": {name: f"{rate}/s" for name, rate in arrivals.items()},
        "visit": "300ms",
        "stages": [{"steady": {"for": "4s"}}],
    }


def test_a_bearer_api_is_rehearsed_from_login_to_logout(api, target, rehearse):
    run = rehearse(target(BEARER), profile=profile(login=6, refresh=6, validate=10, session=4))
    made, seen = run.counts(), api.seen()
    assert run.json()["verdicts"]["correct"]["answer"] == "yes", run.output
    assert {row["step"] for row in run.json()["steps"]} >= {"login", "refresh", "validate", "logout"}
    ended = {outcome for row in run.json()["steps"] for outcome, count in row["outcomes"].items() if count}
    assert ended == {"good"}, run.output
    assert "refused" not in seen or seen["refused"] == 0
    assert seen["/bearer/login"] == made["login"] + made["sign-in"]
    assert (seen["/bearer/refresh"], seen["/bearer/me good"]) == (made["refresh"], made["validate"])
    assert "accounts.csv" in run.text("plan.yaml")
    texts = [path.read_text("utf-8") for path in run.folder.iterdir()]
    assert not [text for text in texts if 'user "7" é' in text]  # the passwords


def test_cookie_sessions_belong_to_one_visitor_and_answers_that_are_swapped_are_found(api, target, rehearse):
    api.swap(20)
    run = rehearse(target(COOKIE), profile=profile(validate=15, session=6))
    seen = api.seen()
    assert seen["swapped"] > 3
    assert "cookie of somebody before" not in seen
    assert "/cookie/me dead" not in seen
    assert run.json()["verdicts"]["correct"]["answer"] == "no"
    assert run.code == 8, run.output
    wrong = sum(row["outcomes"].get("wrong", 0) for row in run.json()["steps"] if row["stage"] == "all")
    assert wrong == seen["swapped"]
    assert "wrong-user" in run.text("summary.json")


@pytest.mark.parametrize(
    ("described", "arrivals", "told"),
    [
        (COOKIE, {"refresh": 2}, "api.refresh: is not described, and the scenario refresh needs it"),
        (BEARER, {"service": 2}, "a JSON login API is for people"),
    ],
)
def test_a_call_that_the_profile_needs_is_asked_for_before_anything_is_loaded(
    target, rehearse, described, arrivals, told
):
    run = rehearse(target(described), profile=profile(**arrivals))
    assert run.code == 2
    assert told in run.output


def test_an_api_that_is_not_there_is_told_before_anything_is_loaded(target, rehearse):
    run = rehearse(target(BEARER) | {"url": "http://127.0.0.1:1"}, profile=profile(login=2))
    assert run.code == 6
    assert "no answer from http://127.0.0.1:1/bearer/login (connect-failed)" in run.output
