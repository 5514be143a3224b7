"""Locust's request event with a short way: all listeners are told the same, and Locust counts what it always does."""

import locust.log
from locust.env import Environment
from locust.event import Events
from locust.exception import StopUser

import logging
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from authstorm.drive.request_event import StepError, request_event

GOOD = ("login", "login", 1, "good", "ok", True, 1.0, 1.25, 1.5, 700, 1)
BAD = ("login", "login", 1, "broken", "timeout", False, 1.0, 1.25, 2.25, 0, 2)
ANSWER = SimpleNamespace(began_at=11.0, connected_at=11.125, sent_at=11.25, first_byte_at=11.4375, clock="kernel")
EPOCH = 1_000_000.0


@pytest.fixture
def environment():
    environment = Environment(events=Events())
    environment.create_local_runner()
    yield environment
    environment.runner.quit()


def tell(environment, fields, evidence=None, account=None):
    request_event(environment).tell(fields, ANSWER, "POST", "http://127.0.0.1/token", EPOCH, evidence, account)


class Hearing:
    def __init__(self):
        self.heard = []

    def hear_step(self, fields, evidence, account):
        self.heard.append((fields, evidence, account))

    def __call__(self, **event):
        pytest.fail("who hears the short way is not told twice")


def test_a_listener_is_told_in_locusts_own_words(environment):
    told = []
    environment.events.request.add_listener(lambda **event: told.append(event))
    tell(environment, BAD, {"identity": "anna"}, 7)
    (event,) = told
    context, exception = event.pop("context"), event.pop("exception")
    assert event == {
        "request_type": "POST", "name": "login", "response_time": 1000.0, "response_length": 0, "response": None,
        "start_time": EPOCH + 1.25, "url": "http://127.0.0.1/token",
    }  # fmt: skip
    assert isinstance(exception, StepError)
    assert str(exception) == "broken: timeout"
    assert context == {
        "outcome": "broken", "code": "timeout", "expected": False, "scenario": "login", "stage": 1, "planned_s": 1.0,
        "sent_s": 1.25, "done_s": 2.25, "connect_ms": 125.0, "first_ms": 187.5, "clock": "kernel", "attempt": 2,
        "evidence": {"identity": "anna"}, "account": 7,
    }  # fmt: skip


def test_a_step_as_it_should_be_has_no_exception_and_names_nobody(environment):
    told = []
    environment.events.request.add_listener(lambda **event: told.append(event))
    tell(environment, GOOD)
    assert told[0]["exception"] is None
    assert not {"evidence", "account"} & told[0]["context"].keys()


def test_who_hears_is_told_by_position(environment):
    hearing = Hearing()
    environment.events.request.add_listener(hearing)
    tell(environment, GOOD)
    tell(environment, BAD, {"identity": "anna"}, 7)
    assert hearing.heard == [(GOOD, None, None), (BAD, {"identity": "anna"}, 7)]


def test_locust_counts_each_step_once(environment):
    tell(environment, GOOD)
    tell(environment, BAD)
    row = environment.stats.get("login", "POST")
    assert (row.num_requests, row.num_failures, row.total_response_time) == (2, 1, 1250.0)
    assert environment.stats.total.num_requests == 2
    assert [str(error.error) for error in environment.stats.errors.values()] == ["broken: timeout"]


def test_without_a_runner_nobody_counts():
    environment = Environment(events=Events())
    tell(environment, GOOD)
    assert environment.stats.total.num_requests == 0


def test_all_visitors_share_one(environment):
    assert request_event(environment) is request_event(environment)


def test_who_stops_to_listen_is_told_no_more(environment):
    hearing, told = Hearing(), []
    event = environment.events.request
    listener = event.add_listener(lambda **event: told.append(event))
    event.add_listener(hearing)
    tell(environment, GOOD)
    event.remove_listener(listener)
    event.remove_listener(hearing)
    tell(environment, GOOD)
    assert (len(told), len(hearing.heard)) == (1, 1)


@pytest.mark.parametrize("way", ["keywords", "short"])
def test_a_listener_that_fails_is_told_in_the_log_and_costs_the_others_nothing(environment, way, caplog, monkeypatch):
    monkeypatch.setattr(locust.log, "unhandled_greenlet_exception", False)
    hearing, told = Hearing(), []

    def fail(*_, **__):
        raise ValueError("no room")

    event = environment.events.request
    event.add_listener(type("Deaf", (), {"hear_step": fail})() if way == "short" else fail)
    event.add_listener(hearing)
    event.add_listener(lambda **event: told.append(event))
    with caplog.at_level(logging.ERROR):
        tell(environment, GOOD)
    assert "no room" in caplog.text
    assert locust.log.unhandled_greenlet_exception
    assert (len(told), len(hearing.heard), environment.stats.total.num_requests) == (1, 1, 1)


@pytest.mark.parametrize("way", ["keywords", "short"])
def test_a_listener_may_stop_the_user(environment, way):
    def stop(*_, **__):
        raise StopUser

    environment.events.request.add_listener(type("Stopper", (), {"hear_step": stop})() if way == "short" else stop)
    with pytest.raises(StopUser):
        tell(environment, GOOD)


def test_a_stand_in_that_has_every_attribute_is_told_by_keywords(environment):
    listener = MagicMock()
    environment.events.request.add_listener(listener)
    tell(environment, GOOD)
    assert listener.call_args.kwargs["name"] == "login"
