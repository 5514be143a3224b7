"""The storm in a plan: the stage whose load stands out, and what its arrivals ask of the target."""

from __future__ import annotations

from math import inf
from typing import Final

from authstorm.plan.census import whole_load
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
    load = whole_load(schedule)
    peaks = [load.highest(stage.start_s, stage.end_s) for stage in schedule.stages]
    best: tuple[float, int] | None = None
    least = inf
    for index in range(1, len(schedule.stages) - 1):
        if schedule.stages[index - 1].measured:
            least = min(least, peaks[index - 1])
        stands_out = peaks[index] >= STORM * least and peaks[index] > peaks[index + 1]
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
