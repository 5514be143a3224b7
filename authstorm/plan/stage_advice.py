"""What there is to say about single stages: whether they are long enough, and what follows a spike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from authstorm.plan.piece_of_advice import Advice, listed
from authstorm.plan.rehearsal import Rehearsal
from authstorm.plan.schedule import Schedule
from authstorm.plan.stages import AnyStage, Repeat, Spike, numbered, plain
from authstorm.plan.units import show_duration

LEAST_RECOVERY_S: Final = 10.0


def recovery(plan: Rehearsal) -> Iterator[Advice]:
    """A spike shows how a service recovers only where a measured stage follows it."""
    spikes = frozenset(name for name, body in _written(plan.profile.stages) if isinstance(body, Spike))
    after = list(_times_after(plan.schedule, spikes))
    without = [name for name, left_s in after if not left_s]
    short = [f"{name} ({show_duration(round(left_s, 3))})" for name, left_s in after if 0 < left_s < LEAST_RECOVERY_S]
    right = "a stage after it, as - recovery: {for: 20s}"
    if without:
        sentence = f"No measured stage follows {listed(without)}: nothing will show whether the service recovers."
        yield Advice("no-recovery", sentence, right)
    if short:
        sentence = f"Less than {LEAST_RECOVERY_S:g} s are measured after {listed(short)}: too short to recover in."
        yield Advice("short-recovery", sentence, right)


def short_stages(plan: Rehearsal) -> Iterator[Advice]:
    """What is shorter than a second cannot be told from its neighbours, for everything is counted by the second."""
    written = {plain(name) for name, _ in _written(plan.profile.stages)}
    short = [
        f"{stage.name} ({show_duration(round(stage.end_s - stage.start_s, 3))})"
        for stage in plan.schedule.stages
        if stage.end_s - stage.start_s < 1 and plain(stage.name) in written
    ]
    if short:
        sentence = f"Results are counted by the second, and these stages are shorter: {listed(short)}."
        yield Advice("short-stage", sentence, "stages of at least 1s, better 10s")


def _written(stages: Sequence[dict[str, AnyStage]], rounds: tuple[int, ...] = ()) -> Iterator[tuple[str, AnyStage]]:
    """Every stage of the profile with the name that it has in the schedule; the levels of a stair count as one."""
    for entry in stages:
        for name, body in entry.items():
            if isinstance(body, Repeat):
                for number in range(1, body.times + 1):
                    yield from _written(body.stages, (*rounds, number))
            else:
                yield numbered(name, rounds), body


def _times_after(schedule: Schedule, spikes: frozenset[str]) -> Iterator[tuple[str, float]]:
    """For each spike, the measured seconds between its end and the next spike."""
    spike, left_s = "", 0.0
    for stage in schedule.stages:
        if stage.name in spikes:
            if spike:
                yield spike, left_s
            spike, left_s = stage.name, 0.0
        elif stage.measured:
            left_s += stage.end_s - stage.start_s
    if spike:
        yield spike, left_s
