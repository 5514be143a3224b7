"""Every request carries a trace ID of its own."""

import re
from datetime import UTC, datetime

import pytest

from authstorm.drive.traced_session import TracedSession, Traces
from authstorm.plan.run_mark import RunMark, mark_of
from tests.auth.fakes import FakeAnswer

MARK = "0123456789abcdef"
FORM = re.compile(rf"00-({MARK}[0-9a-f]{{16}})-([0-9a-f]{{16}})-(0[01])")


class Inside:
    def __init__(self):
        self.sent = []
        self.did = []

    def send(self, method, url, headers, body):
        self.sent.append((method, url, dict(headers), body))
        return FakeAnswer(200)

    def forget(self):
        self.did.append("forget")

    def close(self):
        self.did.append("close")


@pytest.mark.parametrize(("trace", "flags"), [("plain", "00"), ("sampled", "01")])
def test_a_request_goes_out_as_it_was_with_a_well_formed_header_beside(trace, flags):
    inside = Inside()
    session = TracedSession(inside, Traces(RunMark(MARK), trace))
    session.send("POST", "http://127.0.0.1/token", {"Accept": "a"}, b"x")
    ((method, url, headers, body),) = inside.sent
    assert (method, url, headers["Accept"], body) == ("POST", "http://127.0.0.1/token", "a", b"x")
    found = FORM.fullmatch(headers["traceparent"])
    assert found is not None
    assert found[1] == session.last_trace()
    assert found[2] != "0" * 16
    assert found[3] == flags


def test_no_two_requests_of_any_visitors_or_processes_share_an_id():
    seen = set()
    for traces in (Traces(RunMark(MARK), "plain"), Traces(RunMark(MARK), "plain")):
        visitors = [TracedSession(Inside(), traces) for _ in range(3)]
        for visitor in visitors * 50:
            visitor.send("GET", "http://127.0.0.1/")
            seen.add(visitor.last_trace())
    assert len(seen) == 300


def test_the_next_run_of_a_process_has_another_mark():
    mark = RunMark(MARK)
    session = TracedSession(Inside(), Traces(mark, "plain"))
    session.send("GET", "http://127.0.0.1/")
    first, mark.text = session.last_trace(), "f" * 16
    session.send("GET", "http://127.0.0.1/")
    assert (first[:16], session.last_trace()[:16]) == (MARK, "f" * 16)


@pytest.mark.parametrize(
    ("plan", "second", "expected"),
    [
        ("00ff00ff00ff00ff", 1_700_000_000, "00ff00ff6553f100"),
        ("00ff00ff00ff00ff", 1_700_000_000.999999, "00ff00ff6553f100"),
        ("00ff00ff00ff00ff", 1_700_000_001, "00ff00ff6553f101"),
        ("", 1_700_000_000, "000000006553f100"),
    ],
)
def test_a_mark_is_of_the_plan_and_of_the_second_in_which_the_run_began(plan, second, expected):
    assert mark_of(plan, datetime.fromtimestamp(second, UTC)) == expected


def test_what_a_session_forgets_and_closes_is_forgotten_and_closed():
    inside = Inside()
    session = TracedSession(inside, Traces(RunMark(MARK), "plain"))
    assert session.last_trace() == ""
    session.forget()
    session.close()
    assert inside.did == ["forget", "close"]
