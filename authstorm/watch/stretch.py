"""Stretches of a run, in whole seconds: where a rule is judged, and the windows in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

from authstorm.plan.rule import Rule
from authstorm.plan.schedule import Schedule, Stage
from authstorm.plan.stages import stage_matches

MOST_WINDOWS = 10
"""So many windows begin within the length of one, at most: a later one would show nothing new."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The seconds ``first`` to ``last``, both included; empty when ``last`` is before ``first``."""

    first: int
    last: int

    @property
    def seconds(self) -> int:
        """How many they are."""
        return max(0, self.last - self.first + 1)

    def windows(self, width_s: int, step_s: int | None = None) -> Iterator[Stretch]:
        """The windows of a width that lie inside, one every ``step_s``, or as many as show anything new."""
        for first in range(self.first, self.last - width_s + 2, step_s or max(1, width_s // MOST_WINDOWS)):
            yield Stretch(first, first + width_s - 1)

    def __str__(self) -> str:
        """The moments between which it lies."""
        return f"{self.first} to {self.last + 1} s"


def measured_stages(schedule: Schedule) -> frozenset[int]:
    """Indices of the stages that count."""
    return frozenset(index for index, stage in enumerate(schedule.stages) if stage.measured)


def stages_named(schedule: Schedule, names: tuple[str, ...]) -> frozenset[int]:
    """Indices of the stages that a rule names, measured or not; of the measured ones when it names none."""
    if not names:
        return measured_stages(schedule)
    return frozenset(
        index for index, stage in enumerate(schedule.stages) if any(stage_matches(name, stage.name) for name in names)
    )


def seconds_in(schedule: Schedule, stages: frozenset[int], ended_s: float) -> float:
    """How long these stages took, as far as the run came."""
    parts = (schedule.stages[index] for index in stages)
    return sum(max(0.0, min(stage.end_s, ended_s) - stage.start_s) for stage in parts)


def stretches(rule: Rule, schedule: Schedule, ended_s: float) -> list[Stretch]:
    """Where a rule is judged second by second; stages that follow each other are one stretch."""
    if rule.deadline is not None:
        after = [stage for stage in schedule.stages if stage_matches(rule.deadline.after, stage.name)]
        begins = [(stage.end_s, stage.end_s + rule.deadline.by_s) for stage in after]
        spans = [
            (end_s if rule.for_s else by_s, schedule.stages[schedule.stage_at(by_s)].end_s) for end_s, by_s in begins
        ]
    else:
        spans = _joined([schedule.stages[index] for index in sorted(stages_named(schedule, rule.stages))])
    return [Stretch(ceil(start_s - 1e-9), floor(min(end_s, ended_s) + 1e-9) - 1) for start_s, end_s in spans]


def _joined(stages: list[Stage]) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []
    for stage in stages:
        if spans and spans[-1][1] == stage.start_s:
            spans[-1] = (spans[-1][0], stage.end_s)
        else:
            spans.append((stage.start_s, stage.end_s))
    return spans
