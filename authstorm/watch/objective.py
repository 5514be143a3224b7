"""The objectives that hold for every run unless others are given: few steps broken, and everything works at all."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from authstorm.plan.schedule import Schedule
from authstorm.watch.finding import Objective
from authstorm.watch.tally import Tally

BROKEN_LIMIT: Final = 0.01
"""Share of broken steps (0..1) that a target must stay below."""
FAILED_LIMIT: Final = 0.05
"""Share of steps (0..1) that may fail in any way: a target that sends away every twentieth visitor does not hold."""


def default_objectives(tally: Tally, schedule: Schedule) -> tuple[Objective, ...]:
    """Judge the objectives that need no configuration, over the measured stages."""
    measured = measured_stages(schedule)
    return (
        broken_below(tally, measured, BROKEN_LIMIT),
        failed_below(tally, measured, FAILED_LIMIT),
        steps_succeed(tally, measured),
        scenarios_succeed(tally, schedule, measured),
    )


def measured_stages(schedule: Schedule) -> frozenset[int]:
    """Indices of the stages that count."""
    return frozenset(index for index, stage in enumerate(schedule.stages) if stage.measured)


def broken_below(tally: Tally, stages: Collection[int], limit: float) -> Objective:
    """Less than a share (0..1) of all steps may be broken."""
    line = f"broken < {limit * 100:g}% in measured stages"
    total = tally.total(stages)
    if not total.count:
        return Objective(
            line, met=False, value="no data", reason="No step was measured, so nothing shows that few are broken."
        )
    share = total.share("broken")
    reason = f"{total.broken:,} of {total.count:,} steps were broken ({share:.2%}); it must be less than {limit:.2%}."
    return Objective(line, met=share < limit, value=f"{share:.2%}", reason=reason)


def failed_below(tally: Tally, stages: Collection[int], limit: float) -> Objective:
    """Less than a share (0..1) of all steps may end otherwise than their scenario asked, shed ones included."""
    line = f"failed < {limit * 100:g}% in measured stages"
    total = tally.total(stages)
    if not total.count:
        return Objective(
            line, met=False, value="no data", reason="No step was measured, so nothing shows that few failed."
        )
    share = total.failed / total.count
    parts = ", ".join(f"{total.share(name):.2%} {name}" for name in ("refused", "shed", "broken", "wrong"))
    reason = (
        f"{total.failed:,} of {total.count:,} steps failed ({share:.2%}; {parts}); it must be less than {limit:.2%}."
    )
    return Objective(line, met=share < limit, value=f"{share:.2%}", reason=reason)


def steps_succeed(tally: Tally, stages: Collection[int]) -> Objective:
    """Every step that was tried ended at least once as its scenario asked."""
    rows = tally.step_rows(stages)
    never = [row.step for row in rows if row.failed == row.count]
    return _all_succeed("step", [row.step for row in rows], never)


def scenarios_succeed(tally: Tally, schedule: Schedule, stages: Collection[int]) -> Objective:
    """Every scenario that was planned had at least one step that ended as it asked."""
    planned = sorted(_planned_scenarios(schedule, stages))
    succeeded = {row.scenario for row in tally.code_rows() if row.stage in stages and row.failed < row.count}
    return _all_succeed("scenario", planned, [scenario for scenario in planned if scenario not in succeeded])


def _planned_scenarios(schedule: Schedule, stages: Collection[int]) -> set[str]:
    if schedule.model != "open":
        return {stream.scenario for stream in schedule.streams}
    seconds = enumerate(schedule.offered_each_second())
    return {
        scenario for second, offered in seconds if schedule.stage_at(second + 0.5) in stages for scenario in offered
    }


def _all_succeed(noun: str, names: Collection[str], never: Collection[str]) -> Objective:
    line = f"every {noun} succeeds at least once in measured stages"
    if not names:
        return Objective(
            line, met=False, value="no data", reason=f"No {noun} was measured, so nothing shows that it works."
        )
    value = f"{len(names) - len(never)} of {len(names)}"
    if never:
        return Objective(line, met=False, value=value, reason=f"Never ended as asked: {', '.join(never)}.")
    return Objective(
        line, met=True, value=value, reason=f"Each {noun} ended at least once as asked: {', '.join(names)}."
    )
