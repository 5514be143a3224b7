"""One plain line on how the run is going, for a pipe or a log."""

from __future__ import annotations

from authstorm.plan.schedule import Schedule
from authstorm.report.live_view import LiveView


def live_line(schedule: Schedule, view: LiveView) -> str:
    """Stage, time, and what came of the newest closed seconds: offered, good, worst p95, failures."""
    stage = schedule.stages[schedule.stage_at(view.now_s)].name
    p95_ms = f"{view.p95_ms:5.0f}" if view.p95_ms is not None else "    -"
    line = (
        f"{view.now_s:4.0f} of {schedule.duration_s:.0f} s  {stage:<12} offered {view.offered_per_s:6.1f}/s  "
        f"good {view.good_per_s:6.1f}/s  p95 {p95_ms} ms  failed {view.failed}"
    )
    return line + (f"  dropped {view.dropped}" if view.dropped else "")
