"""A run as the room sees it: half a storm, with what the report would tell of it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from authstorm.report.folder import RunFolder
from authstorm.report.measured import Measured
from authstorm.report.plan_facts import PlanFacts
from authstorm.report.writer import Report
from authstorm.watch.facts import AlertSpan, RunFacts
from authstorm.watch.health import Health, HealthReading, HealthSecond
from authstorm.watch.histogram import Histogram
from authstorm.watch.sample import Sample
from authstorm.watch.tally import Tally
from authstorm.watch.verdict import judge

SCHEDULE = Schedule(
    (Stage("calm", 0, 5), Stage("spike", 5, 10)),
    (Stream("login", Curve((Segment(0, 5, 10, 10), Segment(5, 10, 40, 40))), phase=0.5),),
)
OVER = AlertSpan("shedding", "warning", 1.0, 2.0, 4.0, "12% were shed; 5% is the limit")
FIRING = AlertSpan("slow", "critical", 6.0, 7.0, None, "900 ms; 500 ms is the limit")


def samples():
    """Ten good logins of 20 ms a second, and in second 7 a shed and an expected refusal."""
    for second in range(8):
        for number in range(10):
            began = second + number / 20
            yield Sample("login", "login", int(second >= 5), "good", "ok", True, began, began, began + 0.02, 100)
    for outcome, code, expected in (("shed", "shed-503", False), ("refused", "wrong-password", True)):
        yield Sample("login", "login", 1, outcome, code, expected, 7.5, 7.5, 7.6, 100)


def health():
    """Two workers, of which the second one is late and drops."""
    kept = Health(SCHEDULE.stage_at)
    for second in range(8):
        for worker, cpu, dropped in (("worker-0", 0.2, 0), ("worker-1", 0.9, 1)):
            record = HealthSecond(second, worker, 5, 5 - dropped, dropped, 2.0, 1.0, 60.0, cpu, cpu / 2, 40, 30, 3)
            kept.add(HealthReading(record, Histogram(), Histogram()))
    return kept


@pytest.fixture
def measured():
    """Eight of ten seconds."""
    rehearsal = SimpleNamespace(
        schedule=SCHEDULE,
        scale=0.5,
        profile=SimpleNamespace(name="storm", seed=7, about="A <b>storm</b>."),
        target=SimpleNamespace(name="sandbox", url="http://127.0.0.1:9080"),
    )
    facts = RunFacts(ended_s=8.0, workers=2, workers_lost=("worker-2",))
    tally = Tally.of(samples())
    verdict = judge(tally, health(), SCHEDULE, facts)
    return Measured(tally, health(), rehearsal, facts, 0.0, False, verdict, (OVER, FIRING))


@pytest.fixture
def leave_run(tmp_path, measured):
    """Leave a run's folder; gives its name."""

    def leave(minute=0):
        started = datetime(2026, 11, 23, 20, minute, tzinfo=UTC)
        folder = RunFolder.create(tmp_path, started, "sandbox", "storm")
        plan = PlanFacts(
            target="sandbox", target_url="", profile="storm", schedule=SCHEDULE, started_utc=started, seed=7
        )
        report = Report(folder, plan, str)
        report.write(measured.tally, measured.health, measured.verdict, measured.facts, complete=True)
        return folder.path.name

    return leave
