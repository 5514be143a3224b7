"""The control endpoint: who may use it, and what it counts."""

from __future__ import annotations

import json
import statistics
import time

import pytest

from authstorm.sandbox.control import refuse
from tests.sandbox.running import Browser, user


@pytest.mark.parametrize(
    ("gloss", "headers"),
    [
        ("a name that was pointed here", {"Host": "rebound.example"}),
        ("such a name with our port", {"Host": "rebound.example:9080"}),
        ("an address of the network", {"Host": "192.168.1.5:9080"}),
        ("a name that begins like ours", {"Host": "localhost.example"}),
        ("a page", {"Origin": "https://example.test"}),
        ("our own page", {"Origin": "http://127.0.0.1:9080"}),
        ("a sandboxed page", {"Origin": "null"}),
    ],
)
@pytest.mark.parametrize("what", ["faults", "counts", "log"])
def test_control_is_refused_to_browsers_and_foreign_names(sandbox, gloss, headers, what):
    assert sandbox.control("GET", what, headers=headers).status_code == 403


def test_a_refused_request_changes_nothing(sandbox):
    answer = sandbox.control("PUT", "faults", [{"outage": "503"}], headers={"Origin": "null"})
    assert answer.status_code == 403
    assert sandbox.control("GET", "faults").json() == {"faults": []}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9080", "localhost:9080", "[::1]:9080", "127.8.8.8"])
def test_control_is_open_to_programs_on_this_machine(host):
    assert refuse({"host": host}, "127.0.0.1:40000") is None


@pytest.mark.parametrize("peer", ["192.168.1.5:40000", "[fe80::1]:40000", "10.0.0.1:40000", ""])
def test_control_is_refused_to_other_machines(peer):
    answer = refuse({"host": "localhost"}, peer)
    assert answer is not None
    assert answer.status == 403


def test_an_unknown_control_is_404_and_a_wrong_method_405(sandbox):
    assert sandbox.control("GET", "fault").status_code == 404
    assert sandbox.control("POST", "counts").headers["Allow"] == "GET, DELETE"


def test_counts_are_what_was_asked_to_the_single_request(sandbox):
    before = sandbox.control("DELETE", "counts").json()
    tokens = [sandbox.log_in(number) for number in (81, 82, 82)]
    sandbox.refresh(tokens[0])
    sandbox.token("password", username=user(83), password="wrong")
    sandbox.token("magic")
    sandbox.introspect(tokens[0]["access_token"])
    sandbox.userinfo("garbage")
    browser = Browser(sandbox, "storm")
    browser.submit(browser.open(), 84)
    counts = sandbox.counts()
    rows = {(row["endpoint"], row["grant"], row["status"]): row["count"] for row in counts["requests"]}
    assert rows == {
        ("token", "password", 200): 3,
        ("token", "refresh_token", 200): 1,
        ("token", "password", 400): 1,
        ("token", "other", 400): 1,
        ("introspect", "", 200): 1,
        ("userinfo", "", 401): 1,
        ("authorize", "", 200): 1,
        ("authorize", "", 302): 1,
    }
    assert counts["total"] == sum(rows.values()) == 10
    assert (counts["users"], counts["clients"], counts["in_flight"]) == (3, 2, 0)
    assert counts["since_s"] > before["since_s"]


def test_the_log_holds_the_time_that_a_request_took_inside(sandbox, faults):
    sandbox.token("client_credentials")
    faults({"delay_ms": 60, "endpoints": ["jwks"]})
    since_s = time.time()
    for _ in range(5):
        sandbox.http.get(f"{sandbox.url}/jwks", timeout=10)
    until_s = time.time()
    entries = sandbox.control("GET", f"log?since={since_s}").text.splitlines()
    seen = [json.loads(entry) for entry in entries]
    assert [(entry["endpoint"], entry["status"]) for entry in seen] == 5 * [("jwks", 200)]
    assert 0.06 <= statistics.median(entry["duration_s"] for entry in seen) < 0.5
    assert all(since_s <= entry["start_s"] <= until_s - entry["duration_s"] for entry in seen)


def test_without_log_times_there_is_no_log(brief):
    assert brief.control("GET", "log").status_code == 404


def test_a_bad_since_is_refused(sandbox):
    assert sandbox.control("GET", "log?since=yesterday").status_code == 400


def test_control_tells_whether_the_sandbox_ends_with_a_run(sandbox):
    assert sandbox.control("GET", "run").json() == {"with_parent": True}
