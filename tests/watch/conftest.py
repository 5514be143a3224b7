"""What several tests of the watch need: samples, schedules, a generator that did well, and the nodes of a run."""

from __future__ import annotations

import locust.log
from locust.env import Environment
from locust.event import Events
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from dataclasses import dataclass, replace
from types import SimpleNamespace
from unittest.mock import Mock

import msgpack
import pytest

from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from authstorm.watch.health import Health, HealthReading, HealthSecond
from authstorm.watch.histogram import Histogram
from authstorm.watch.recorder import Recorder
from authstorm.watch.sample import Sample

CODES = {"good": "ok", "refused": "bad-password", "shed": "rate-limited", "broken": "timeout", "wrong": "not-mine"}


@pytest.fixture
def sample():
    """Makes a sample: done after ``latency_ms`` of waiting, of which half was service."""

    def make(done_s=0.5, outcome="good", latency_ms=20.0, **changes):
        fields = {
            "step": "login",
            "scenario": "visit",
            "stage": 0,
            "outcome": outcome,
            "code": CODES[outcome],
            "expected": outcome == "good",
            "planned_s": done_s - latency_ms / 1000,
            "sent_s": done_s - latency_ms / 2000,
            "done_s": done_s,
            "size": 100,
        }
        return Sample(**(fields | changes))

    return make


@pytest.fixture
def schedule():
    """Ten seconds of warm-up at 10/s, then ten measured ones at 20/s; no arrival falls on the border of a second."""
    curve = Curve((Segment(0, 10, 10, 10), Segment(10, 20, 20, 20)))
    stages = (Stage("warm-up", 0, 10, measured=False), Stage("spike", 10, 20))
    return Schedule(stages, (Stream("visit", curve, phase=0.5),))


@dataclass
class Generator:
    """Builds the health of a run."""

    health: Health

    def second(self, second, *, delays=(), lags=(1.0,), **changes):
        start_delays, loop_lags = Histogram(), Histogram()
        for delay in delays:
            start_delays.add(delay)
        for lag in lags:
            loop_lags.add(lag)
        record = HealthSecond(
            second, "local", 0, 0, 0, max(delays, default=None), max(lags, default=None), max(lags, default=None),
            0.3, 0.4, 40, 50, 5,
        )  # fmt: skip
        self.health.add(HealthReading(replace(record, **changes), start_delays, loop_lags))


@pytest.fixture
def generator(schedule):
    """A generator whose seconds are told one by one."""
    return Generator(Health(schedule.stage_at))


@pytest.fixture
def well(generator):
    """A generator that started all arrivals of the schedule in time."""
    for second in range(20):
        due = 10 if second < 10 else 20
        generator.second(second, offered=due, started=due, delays=[1.0] * due)
    return generator


class Node:
    """One process of a run: its environment, its recorder, and a clock that the test sets."""

    def __init__(self, runner=None):
        self.environment = Environment(events=Events())
        self.environment.runner = runner
        self.now_s = 0.0
        self.arrivals = SimpleNamespace(
            offered=0,
            started=0,
            dropped=0,
            start_delays_ms=[],
            visitors=1,
            visitors_busy=0,
            without_account=0,
            sharing=0,
            exhausted=0,
            by_stage=(),
        )
        self.recorder = Recorder.attach(
            self.environment, clock=lambda: self.now_s, pacing=lambda: self.arrivals, stage_at=lambda _: 0
        )

    def fire(self, event, **details):
        getattr(self.environment.events, event).fire(environment=self.environment, **details)

    def request(self, done_s=0.5, outcome="good", **changes):
        context = {
            "outcome": outcome, "code": "ok", "expected": True, "scenario": "visit", "stage": 0,
            "planned_s": done_s - 0.02, "sent_s": done_s - 0.01, "done_s": done_s,
            "connect_ms": 0.0, "first_ms": 1.0, "clock": "loop",
        }  # fmt: skip
        self.environment.events.request.fire(
            request_type="POST", name="login", response_time=10.0, response_length=99, exception=None,
            context=context | changes, url="/token",
        )  # fmt: skip

    def report(self):
        """What a worker's next report carries, as it comes out of Locust's wire format."""
        data = {}
        self.environment.events.report_to_master.fire(client_id="", data=data)
        return msgpack.loads(msgpack.dumps(data), raw=False, strict_map_key=False)

    def take(self, client_id, data):
        """What a master does with a worker's report."""
        self.environment.events.worker_report.fire(client_id=client_id, data=data)

    def sees(self, **states):
        """What a master knows of its workers now."""
        self.environment.runner.clients = {name: SimpleNamespace(state=state) for name, state in states.items()}

    def end(self):
        self.fire("test_stopping")
        self.fire("test_stop")


@pytest.fixture
def node(monkeypatch):
    """Makes nodes, and closes them; the exceptions that they provoke do not stay in Locust's own flag."""
    monkeypatch.setattr(locust.log, "unhandled_greenlet_exception", False)
    nodes = []

    def make(runner=None):
        nodes.append(Node(runner))
        return nodes[-1]

    yield make
    for each in reversed(nodes):
        each.recorder.close()


@pytest.fixture
def local(node):
    """A single process in which a run has started."""
    runner = Mock(spec=LocalRunner)
    runner.worker_index = 0
    node = node(runner)
    node.fire("test_start")
    return node


@pytest.fixture
def worker(node):
    """Makes workers in which a run has started."""

    def make(index=0):
        runner = Mock(spec=WorkerRunner)
        runner.worker_index = index
        made = node(runner)
        made.fire("test_start")
        return made

    return make


@pytest.fixture
def master(node):
    """A master with two workers, a and b, in which a run has started."""
    runner = Mock(spec=MasterRunner)
    runner.clients, runner.worker_indexes = {}, {"a": 0, "b": 1}
    made = node(runner)
    made.sees(a="running", b="running")
    made.fire("test_start")
    return made
