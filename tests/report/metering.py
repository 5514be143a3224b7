"""A rehearsal and a run that is measured, as the metrics are asked for them."""

from pathlib import Path

from authstorm.plan.rehearsal import load_rehearsal
from authstorm.report.measured import Measured
from authstorm.watch.facts import AlertSpan
from authstorm.watch.sample import Sample
from authstorm.watch.verdict import so_far

ROOT = Path(__file__).parents[2]
ALERTS = (
    AlertSpan("login is slow", "critical", 31.0, 33.0, 50.0, "p95 was 900 ms"),
    AlertSpan("login is slow", "critical", 60.0, 62.0, None, "p95 was 800 ms"),
    AlertSpan("shedding", "warning", 33.0, 34.0, 47.0, "8% were shed"),
)


def rehearsal():
    return load_rehearsal("flash-sale", "sandbox", ROOT / "config")


def measured(storm, *, over=True, alerts=ALERTS, plan=None):
    verdict = storm.judged()
    return Measured(
        storm.tally,
        storm.health,
        plan or rehearsal(),
        storm.run,
        storm.plan.started_utc.timestamp(),
        over,
        verdict if over else so_far(verdict),
        alerts,
    )


def sample(**changes):
    """One measured step."""
    fields = {"step": "login", "scenario": "login", "stage": 1, "outcome": "good", "code": "ok", "expected": True}
    times = {"planned_s": 20.0, "sent_s": 20.0, "done_s": 20.02, "size": 100}
    return Sample(**(fields | times | changes))
