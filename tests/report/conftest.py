"""A flash sale against a service that sheds, made in a moment and the same each time."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import product
from random import Random

import pytest

from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from authstorm.report.folder import RunFolder
from authstorm.report.plan_facts import PlanFacts
from authstorm.report.writer import Report
from authstorm.watch.facts import RunFacts
from authstorm.watch.health import Health, HealthReading, HealthSecond
from authstorm.watch.histogram import Histogram
from authstorm.watch.sample import Sample
from authstorm.watch.tally import Tally
from authstorm.watch.verdict import Verdict, judge

STAGES = (
    Stage("warm-up", 0, 10, measured=False),
    Stage("baseline", 10, 30),
    Stage("spike", 30, 49),
    Stage("recovery", 49, 69),
)
SHAPE = ((0, 10, 0, 20), (10, 30, 20, 20), (30, 32, 20, 200), (32, 47, 200, 200), (47, 49, 200, 20), (49, 69, 20, 20))
STEPS = {"login": ("authorize", "login", "token"), "refresh": ("refresh",), "validate": ("introspect", "userinfo")}
MIX = {"login": 0.3, "refresh": 0.15, "validate": 0.55}
COST_MS = {"authorize": 1.0, "login": 22.0, "token": 3.0, "refresh": 2.8, "introspect": 0.9, "userinfo": 1.1}
SHED_AFTER_S = 1.2

STARTED = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)


@dataclass
class Storm:
    """One run as it was watched, and what the report is given of it."""

    plan: PlanFacts
    tally: Tally
    health: Health
    run: RunFacts
    samples: list[Sample] = field(default_factory=list)

    def judged(self) -> Verdict:
        return judge(self.tally, self.health, self.plan.schedule, self.run)


def flash_sale_schedule() -> Schedule:
    streams = tuple(
        Stream(
            name, Curve(tuple(Segment(a, b, low * share, high * share) for a, b, low, high in SHAPE)), phase=index / 3
        )
        for index, (name, share) in enumerate(MIX.items())
    )
    return Schedule(STAGES, streams)


def flash_sale_plan(**more) -> PlanFacts:
    facts = {
        "target": "sandbox",
        "target_url": "http://127.0.0.1:8080",
        "profile": "flash-sale",
        "schedule": flash_sale_schedule(),
        "started_utc": STARTED,
        "about": "Doors open. Logins jump tenfold in two seconds, hold, and fall.",
        "seed": 7,
        "host": "storm-1, 2 cores, Linux 6.1",
        "effective": {
            "profile": {"name": "flash-sale", "mix": {"login": 6, "refresh": 3}},
            "target": {"name": "sandbox"},
        },
        "versions": {"authstorm": "0.1.0", "locust": "2.47.0", "python": "3.11.7"},
        "meanings": {"shed-503": "the server said 503: too busy", "timeout": "no answer in time"},
    }
    return PlanFacts(**(facts | more))


def visits(schedule: Schedule) -> Iterator[tuple[float, str]]:
    yield from sorted((moment, stream.scenario) for stream in schedule.streams for moment in stream.arrivals())


def samples_of(schedule: Schedule, draw: Random, cores: float = 1.7) -> Iterator[Sample]:
    """A queue before one server: steps cost what they cost, and whoever would wait too long is turned away."""
    due = [(moment, number, moment, scenario, 0) for number, (moment, scenario) in enumerate(visits(schedule))]
    free_s = 0.0
    while due:
        now_s, number, arrived_s, scenario, at = heappop(due)
        step = STEPS[scenario][at]
        cost_s = COST_MS[step] * draw.lognormvariate(0, 0.35) / 1000 / cores
        wait_s = max(0.0, free_s - now_s)
        outcome, code, expected = "good", "ok", True
        if step == "login" and draw.random() < 0.03:
            outcome, code, expected = "refused", "wrong-password", True
        if wait_s > SHED_AFTER_S * draw.uniform(0.7, 1.3):
            outcome, code, expected, wait_s, cost_s = "shed", "shed-503", False, 0.0, 0.0012
        elif wait_s > 0.8 and draw.random() < 0.02:
            outcome, code, expected, wait_s = "broken", "timeout", False, 5.0
        else:
            free_s = max(free_s, now_s) + cost_s
        done_s = now_s + wait_s + cost_s + 0.0015 * draw.lognormvariate(0, 0.5)
        stage = schedule.stage_at(arrived_s)
        yield Sample(step, scenario, stage, outcome, code, expected, now_s, now_s + 0.0003, done_s, 420)
        if outcome == "good" and at + 1 < len(STEPS[scenario]):
            heappush(due, (done_s, number, arrived_s, scenario, at + 1))


def readings_of(schedule: Schedule, draw: Random, workers: int = 1) -> Iterator[HealthReading]:
    for second, offered in enumerate(sum(each.values()) for each in schedule.offered_each_second()):
        for worker in range(workers):
            share = offered // workers + (worker < offered % workers)
            delays, lags = Histogram(), Histogram()
            for _ in range(share):
                delays.add(draw.lognormvariate(-0.4, 0.6) * (1 + share / 80))
            for _ in range(20):
                lags.add(draw.lognormvariate(-1.2, 0.7) * (1 + share / 60))
            cpu = min(0.97, 0.04 + share / 420 + draw.uniform(0, 0.03))
            p99 = delays.percentile(99)
            record = HealthSecond(second, f"worker-{worker}", share, share, 0, p99, lags.percentile(99), lags.max,
                                  cpu, cpu * 0.6, 40 + share, 600, min(600, share * 2))  # fmt: skip
            yield HealthReading(record, delays, lags)


def watched(plan: PlanFacts, until_s: float | None = None, workers: int = 1, **facts) -> Storm:
    """The storm up to a moment, as tally and health would hold it then."""
    draw = Random(7)
    ended_s = plan.schedule.duration_s if until_s is None else until_s
    samples = [sample for sample in samples_of(plan.schedule, draw) if sample.done_s < ended_s + (until_s is None) * 10]
    health = Health(plan.schedule.stage_at)
    for reading in readings_of(plan.schedule, draw, workers):
        if reading.second.second < ended_s:
            health.add(reading)
    return Storm(plan, Tally.of(samples), health, RunFacts(ended_s=ended_s, workers=workers, **facts), samples)


@pytest.fixture(scope="session")
def storm() -> Storm:
    return watched(flash_sale_plan())


@pytest.fixture(scope="session")
def half_storm() -> Storm:
    return watched(flash_sale_plan(), until_s=40.0)


@pytest.fixture
def written(storm, tmp_path):
    """A complete run in its folder: (folder path, what it tells)."""
    return write(storm, tmp_path)


def write(storm, tmp_path, redact=str, complete=True, verdict=True):
    folder = RunFolder.create(tmp_path, storm.plan.started_utc, storm.plan.target, storm.plan.profile)
    report = Report(folder, storm.plan, redact)
    judged = storm.judged() if verdict else None
    return folder.path, report.write(storm.tally, storm.health, judged, storm.run, complete=complete)


@pytest.fixture
def write_storm(tmp_path):
    """Write any storm; see ``write``."""
    return lambda storm, **more: write(storm, tmp_path, **more)


@pytest.fixture(scope="session")
def make_storm():
    """Make a storm of another plan; see ``watched`` and ``flash_sale_plan``."""

    def make(until_s=None, workers=1, facts=None, **plan):
        return watched(flash_sale_plan(**plan), until_s, workers, **(facts or {}))

    return make


@pytest.fixture(scope="session")
def rows_of():
    """Rows of a CSV text as mappings."""
    return lambda text: list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="session")
def ten_minutes():
    """Eight steps with three outcomes each in every second of ten minutes, watched by three workers."""
    schedule = Schedule(
        tuple(Stage(f"stage-{index}", index * 60, index * 60 + 60) for index in range(10)),
        (Stream("login", Curve((Segment(0, 600, 40, 40),)), phase=0.5),),
    )
    plan = flash_sale_plan(schedule=schedule)
    samples = []
    for second, number, outcome in product(range(600), range(8), ("good", "shed", "broken")):
        began, took = second + 0.1, (number + 1) * 0.01237
        names = (f"step-{number}", "login", second // 60, outcome, f"{outcome}-code", outcome == "good")
        samples.append(Sample(*names, began, began, began + took, 100))
    health = Health(schedule.stage_at)
    for reading in readings_of(schedule, Random(1), workers=3):
        health.add(reading)
    return Storm(plan, Tally.of(samples), health, RunFacts(ended_s=600.0, workers=3), samples)
