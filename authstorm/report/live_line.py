"""One plain line on how the run is going, for a terminal or a log."""

from __future__ import annotations

from collections.abc import Sequence

from authstorm.plan.schedule import Schedule
from authstorm.watch.health import HealthSecond
from authstorm.watch.tally import Tally


def live_line(schedule: Schedule, tally: Tally, health: Sequence[HealthSecond], now_s: float, over_s: int) -> str:
    """Stage, time, and what came of the last ``over_s`` closed seconds: offered, good, worst p95, failures."""
    stage = schedule.stages[schedule.stage_at(now_s)].name
    last = int(now_s) - 1
    first = max(0, last - over_s + 1)
    seconds = max(1, last - first + 1)
    rows = list(tally.second_rows(first, last, seconds))
    good = sum(row.count for row in rows if row.outcome == "good")
    failed = sum(row.count - row.expected for row in rows if row.outcome != "good")
    offered = sum(second.offered for second in health if first <= second.second <= last)
    dropped = sum(second.dropped for second in health if first <= second.second <= last)
    slowest = max(
        (row.latency.p95_ms or row.latency.max_ms or 0.0 for row in rows if row.outcome == "good"), default=0.0
    )
    line = (
        f"{now_s:4.0f} of {schedule.duration_s:.0f} s  {stage:<12} offered {offered / seconds:6.1f}/s  "
        f"good {good / seconds:6.1f}/s  p95 {slowest:5.0f} ms  failed {failed}"
    )
    return line + (f"  dropped {dropped}" if dropped else "")
