"""The storm in a plan: the stage whose load stands out, and what its arrivals ask of the target."""

from __future__ import annotations

from typing import Final

from authstorm.plan.expectation import is_goodput
from authstorm.plan.schedule import Schedule
from authstorm.watch.tally import Tally

STORM: Final = 1.5
"""A stage whose load peaks at this multiple of what was before it is a storm."""
LEAST_VISITS: Final = 20
"""From so many visits on a stage tells how many good steps one makes."""


def storm_of(schedule: Schedule) -> int | None:
    """The measured stage whose load stands out highest from what was measured before it; None without one.

    Something must follow it, or nobody could see a recovery.
    """
    peaks = [_peak(schedule, index) for index in range(len(schedule.stages))]
    best: tuple[float, int] | None = None
    for index in range(1, len(schedule.stages) - 1):
        before = [peaks[each] for each in range(index) if schedule.stages[each].measured]
        stands_out = bool(before) and peaks[index] >= STORM * min(before) and peaks[index] > peaks[index + 1]
        if schedule.stages[index].measured and stands_out and (best is None or peaks[index] > best[0]):
            best = peaks[index], index
    return best[1] if best else None


def asked_each_second(tally: Tally, schedule: Schedule) -> list[float] | None:
    """How many good steps the planned arrivals of each second make when all goes well; None in a closed model.

    What a visit makes follows from the run itself: the good steps of each scenario over its arrivals, in the stage in
    which that was most.
    """
    if schedule.model != "open":
        return None
    offered = schedule.offered_by_stage()
    good: dict[tuple[str, int], int] = {}
    for row in tally.code_rows():
        if row.outcome == "good" and is_goodput(row.step):
            good[row.scenario, row.stage] = good.get((row.scenario, row.stage), 0) + row.count
    each = {
        stream.scenario: max(
            (good.get((stream.scenario, index), 0) / stage[stream.scenario]
             for index, stage in enumerate(offered) if stage.get(stream.scenario, 0) >= LEAST_VISITS),
            default=0.0 if stream.scenario == "stuffing" else 1.0,
        )
        for stream in schedule.streams
    }  # fmt: skip
    return [sum(count * each[name] for name, count in second.items()) for second in schedule.offered_each_second()]


def _peak(schedule: Schedule, index: int) -> float:
    """The highest load inside a stage, from its middle and from the corners of the curves in it."""
    stage = schedule.stages[index]
    corners = {stage.start_s, (stage.start_s + stage.end_s) / 2, stage.end_s - 1e-6}
    for stream in schedule.streams:
        corners |= {s.start_s for s in stream.curve.segments if stage.start_s <= s.start_s < stage.end_s}
        corners |= {s.end_s - 1e-6 for s in stream.curve.segments if stage.start_s < s.end_s <= stage.end_s}
    return max(sum(stream.curve.rate_at(time_s) for stream in schedule.streams) for time_s in corners)
