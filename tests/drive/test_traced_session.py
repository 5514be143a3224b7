"""Every request carries a trace ID of its own."""

import re

import pytest

from authstorm.drive.traced_session import TracedSession, Traces
from tests.auth.fakes import FakeAnswer

PLAN = "0123456789abcdef"
FORM = re.compile(rf"00-({PLAN}[0-9a-f]{{16}})-([0-9a-f]{{16}})-(0[01])")


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
    session = TracedSession(inside, Traces(PLAN, trace))
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
    for traces in (Traces(PLAN, "plain"), Traces(PLAN, "plain")):
        visitors = [TracedSession(Inside(), traces) for _ in range(3)]
        for visitor in visitors * 50:
            visitor.send("GET", "http://127.0.0.1/")
            seen.add(visitor.trace)
    assert len(seen) == 300


def test_what_a_session_forgets_and_closes_is_forgotten_and_closed():
    inside = Inside()
    session = TracedSession(inside, Traces(PLAN, "plain"))
    assert session.last_trace() == ""
    session.forget()
    session.close()
    assert inside.did == ["forget", "close"]
