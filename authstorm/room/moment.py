"""What the Storm page is told of one moment, as plain values: pure, so that a test can say what stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from authstorm.plan.choice import Choice
from authstorm.report.facts import Summary, VerdictPart
from authstorm.report.live_view import live_view
from authstorm.report.measured import Measured
from authstorm.report.told import verdicts
from authstorm.report.words import exit_meaning
from authstorm.watch.facts import AlertSpan
from authstorm.watch.health import HealthSecond
from authstorm.watch.verdict import Verdict

MOST_ALERTS: Final = 12
NOTHING_YET: Final = VerdictPart("unknown", ("Nothing to judge by yet.",))
_ASKED: Final = (
    "Is the run valid?",
    "Does the target meet its objectives?",
    "Is every answer correct?",
)


def chosen(choice: Choice) -> dict[str, Any]:
    """What the lists of the page show as chosen."""
    seed = "" if choice.seed is None else str(choice.seed)
    return {"profile": choice.profile, "target": choice.target, "seed": seed, "scale": f"{choice.scale:g}"}


def run_facts(measured: Measured, folder: str) -> dict[str, Any]:
    """What stays the same for the whole run; ``planned`` are the arrivals that the plan has in each second."""
    plan, schedule = measured.rehearsal, measured.rehearsal.schedule
    is_open = schedule.model == "open"
    return {
        "id": folder,
        "profile": plan.profile.name,
        "target": plan.target.name,
        "url": plan.target.url,
        "seed": plan.profile.seed,
        "scale": plan.scale,
        "about": plan.profile.about,
        "duration_s": schedule.duration_s,
        "stages": [
            {"name": stage.name, "start_s": stage.start_s, "end_s": stage.end_s, "measured": stage.measured}
            for stage in schedule.stages
        ],
        "planned": [sum(second.values()) for second in schedule.offered_each_second()] if is_open else [],
    }


def going(measured: Measured) -> dict[str, Any]:
    """The figures of a run now: rates of its newest closed seconds, alerts, workers."""
    now_s = measured.facts.ended_s
    view = live_view(measured.tally, measured.health.each_second(), now_s)
    offered, started, dropped = measured.health.arrivals()
    return {
        "now_s": round(now_s, 1),
        "stage": measured.rehearsal.schedule.stage_at(now_s),
        "over_s": view.over_s,
        "offered": view.offered_per_s,
        "started": view.started_per_s,
        "good": view.good_per_s,
        "p95_ms": view.p95_ms,
        "failed": view.failed,
        "visitors": view.visitors,
        "busy": view.visitors_busy,
        "outcomes": dict(view.outcomes),
        "steps": [
            {
                "name": step.name,
                "all": step.per_s,
                "good": step.good_per_s,
                "p95_ms": step.p95_ms,
                "failed": step.failed,
            }
            for step in view.steps
        ],
        "totals": {"offered": offered, "started": started, "dropped": dropped},
        "alerts": [_alert(alert) for alert in newest_first(measured.alerts)],
        "workers": [_worker(second) for second in measured.health.newest()],
        "lost": list(measured.facts.workers_lost),
    }


def judged(verdict: Verdict | None, summary: Summary | None) -> dict[str, Any]:
    """The three answers so far, or at the end with the sentence that stands above the report."""
    if summary is not None:
        told = summary.verdicts
        parts = (told.valid, told.objectives, told.correct)
    elif verdict is None:
        parts = (NOTHING_YET,) * 3
    else:
        told = verdicts(verdict)
        parts = (told.valid, told.objectives if verdict.objectives else NOTHING_YET, told.correct)
    return {
        "over": summary is not None,
        "headline": summary.headline if summary is not None else "",
        "exit_code": summary.exit_code if summary is not None else None,
        "exit_meaning": exit_meaning(summary.exit_code) if summary and summary.exit_code is not None else "",
        "parts": [
            {"asked": asked, "answer": part.answer, "reasons": list(part.reasons)}
            for asked, part in zip(_ASKED, parts, strict=True)
        ],
    }


def newest_first(alerts: Sequence[AlertSpan]) -> list[AlertSpan]:
    """Those that fire before those that are over, as many as a page has room for."""
    return sorted(alerts, key=lambda alert: (alert.resolved_s is not None, -alert.fired_s))[:MOST_ALERTS]


def _alert(alert: AlertSpan) -> Mapping[str, Any]:
    return {
        "rule": alert.rule,
        "severity": alert.severity,
        "fired_s": alert.fired_s,
        "resolved_s": alert.resolved_s,
        "sentence": alert.sentence,
    }


def _worker(second: HealthSecond) -> Mapping[str, Any]:
    return {
        "name": second.worker,
        "second": second.second,
        "cpu": second.cpu_share,
        "machine": second.machine_cpu_share,
        "lag_ms": second.loop_lag_max_ms,
        "delay_ms": second.start_delay_p99_ms,
        "visitors": second.visitors,
        "busy": second.visitors_busy,
        "files": second.open_files,
        "dropped": second.dropped,
    }
