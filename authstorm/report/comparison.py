"""Two runs held side by side: every figure with its direction, and whether the difference is more than noise.

Pure: two summaries in, a comparison out. What a difference may be by chance comes from the noise that each run wrote
down about itself (``authstorm.watch.noise``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, sqrt
from typing import Final, Literal

from authstorm.plan.expectation import is_sign_in
from authstorm.report.facts import ALL_STAGES, Step, StepNoise, Summary

Judgement = Literal["better", "worse", "same", "unclear"]
Figure = Literal["good a second", "failed", "p50", "p95", "p99"]

ERRORS: Final = 4.0
"""A difference counts beyond this many standard errors of the difference: so wide, because a run has many figures."""

LATENCY_FLOOR: Final = 0.05
"""A smaller part of a latency than this never counts ..."""
LATENCY_FLOOR_MS: Final = 1.0
"""... nor a smaller difference in ms."""
RATE_FLOOR: Final = 0.02
"""A smaller part of a rate than this never counts."""
SHARE_FLOOR: Final = 0.002
"""A smaller difference of two shares (0..1) than this never counts."""
FEWEST: Final[Mapping[Figure, int]] = {"p50": 20, "p95": 200, "p99": 1000}
"""Good steps that both runs need for a percentile: with fewer than ten above it, its noise cannot be told either."""
RARE: Final = 3.0
"""What happened in none of n steps may yet happen in 3 of n (the rule of three)."""

EVERY: Final = "all steps"
"""The step of what is told of all steps together."""

STRAINS: Final = frozenset({"loop-lag", "generator-cpu", "machine-cpu"})
"""Rules of validity whose warning says that latencies may be the generator's own."""

HIGHER_IS_BETTER: Final = frozenset({"good a second"})
LATENCIES: Final[tuple[Figure, ...]] = ("p50", "p95", "p99")
_WORST_FIRST: Final = ("worse", "better", "unclear", "same")


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of one step in one stage of both runs; ``noise`` is the difference that chance explains.

    Latencies in ms, rates per second, shares 0 to 1. None where a run has too few steps to tell.
    """

    step: str
    stage: str
    figure: Figure
    a: float | None
    b: float | None
    noise: float | None
    judgement: Judgement

    @property
    def change(self) -> float | None:
        """How much B is above A, as a part of A; None where there is nothing to divide by."""
        return None if self.a is None or self.b is None or not self.a else (self.b - self.a) / self.a


@dataclass(frozen=True, slots=True)
class Comparison:
    """B held against A.

    ``notes`` say what else differs, ``doubts`` why nothing is proven, ``strains`` why latencies are not.
    """

    a: Summary
    b: Summary
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]
    strains: tuple[str, ...] = ()

    @property
    def worse(self) -> tuple[Difference, ...]:
        """What got worse by more than noise, the gravest first."""
        found = (each for each in self.differences if each.judgement == "worse")
        return tuple(sorted(found, key=lambda each: -abs(each.change if each.change is not None else inf)))

    @property
    def better(self) -> tuple[Difference, ...]:
        """What got better by more than noise."""
        return tuple(each for each in self.differences if each.judgement == "better")

    @property
    def shown(self) -> tuple[Difference, ...]:
        """All of them, what got worse first."""
        return tuple(sorted(self.differences, key=lambda each: _WORST_FIRST.index(each.judgement)))


def compare(a: Summary, b: Summary) -> Comparison:
    """Hold run B against run A; ask ``hindrances`` before whether that makes sense."""
    strains = tuple(_strains(a, b))
    differences = (_untold(each) if strains else each for each in _differences(a, b))
    return Comparison(a, b, tuple(differences), tuple(_notes(a, b)), tuple(_doubts(a, b)), strains)


def hindrances(a: Summary, b: Summary) -> list[str]:
    """Why the two cannot be compared at all: they did not rehearse the same storm."""
    if a.run.profile != b.run.profile:
        return [f"A ran the profile {a.run.profile}, B ran {b.run.profile}"]
    if a.run.model != b.run.model:
        return [f"A has the model {a.run.model}, B {b.run.model}"]
    plans = [[(stage.name, stage.start_s, stage.end_s, stage.measured) for stage in each.stages] for each in (a, b)]
    if plans[0] != plans[1]:
        return [f"the stages of {a.run.profile} are not the same in both"]
    return [
        f"in {ours.name}, A was offered {ours.offered:,} arrivals and B {theirs.offered:,}"
        for ours, theirs in zip(a.stages, b.stages, strict=True)
        if a.complete and b.complete and _apart(ours.offered, theirs.offered)
    ]


def _apart(ours: int | None, theirs: int | None) -> bool:
    if ours is None or theirs is None:
        return False
    return abs(ours - theirs) > max(5, 0.05 * max(ours, theirs), 4 * sqrt(max(ours, theirs)))


def _differences(a: Summary, b: Summary) -> Iterator[Difference]:
    rows = {(row.step, row.stage): row for row in b.steps}
    measured = {ALL_STAGES, *(stage.name for stage in a.stages if stage.measured)}
    for row in a.steps:
        other = rows.get((row.step, row.stage))
        if row.stage not in measured:
            continue
        duration_s = _duration_s(a, row.stage)
        if other is None:
            yield _vanished(row, duration_s)
        else:
            yield _goodput(row, other, duration_s, _strays(a, b, row))
            yield _failed(row, other)
            yield from (_latency(figure, row, other) for figure in LATENCIES)
    for stage in dict.fromkeys(row.stage for row in a.steps if row.stage in measured):
        yield from _together(a, b, stage)


def _together(a: Summary, b: Summary, stage: str) -> Iterator[Difference]:
    """All steps of a stage as one: what is too little to be told of any of them may be told of them all."""
    rows = [[row for row in each.steps if row.stage == stage] for each in (a, b)]
    asked = [[row for row in each if not is_sign_in(row.step)] for each in rows]
    if all(asked):
        ours, theirs = map(_sum, asked)
        yield _goodput(ours, theirs, _duration_s(a, stage), _strays(a, b, ours))
    if all(rows):
        yield _failed(*map(_sum, rows))


def _sum(rows: Sequence[Step]) -> Step:
    """Some steps of a stage as one. What befalls one befalls others, so their noise is added up, not averaged out."""
    count = sum(row.count for row in rows)
    return replace(
        rows[0],
        step=EVERY,
        count=count,
        outcomes={outcome: sum(row.outcomes[outcome] for row in rows) for outcome in rows[0].outcomes},
        failed=sum(row.failed for row in rows),
        noise=StepNoise(
            good_share=_summed([row.noise.good_share for row in rows], rows, count),
            failed_share=_summed([row.noise.failed_share for row in rows], rows, count),
        ),
    )


def _summed(errors: Sequence[float | None], rows: Sequence[Step], count: int) -> float | None:
    """The error of a share of all, from those of its parts; a part too rare to have one counts for nothing."""
    known = [error * row.count for error, row in zip(errors, rows, strict=True) if error is not None]
    return sum(known) / count if known else None


def _vanished(row: Step, duration_s: float) -> Difference:
    """A step that B never came to."""
    good = row.outcomes["good"] / duration_s
    return Difference(
        row.step, row.stage, "good a second", good, 0.0, RATE_FLOOR * good, "worse" if good else "unclear"
    )


def _duration_s(summary: Summary, name: str) -> float:
    stages = (stage for stage in summary.stages if (stage.measured if name == ALL_STAGES else stage.name == name))
    return sum(stage.end_s - stage.start_s for stage in stages)


def _goodput(a: Step, b: Step, duration_s: float, by_chance: float) -> Difference:
    good = [row.outcomes["good"] / duration_s for row in (a, b)]
    errors = [_rate_error(row, duration_s, by_chance) for row in (a, b)]
    return _judged(a, "good a second", good, errors, floor=RATE_FLOOR * max(good))


def _rate_error(row: Step, duration_s: float, by_chance: float) -> float | None:
    if row.noise.good_share is None:
        return None
    return sqrt((row.noise.good_share * row.count) ** 2 + by_chance) / duration_s


def _strays(a: Summary, b: Summary, row: Step) -> float:
    """The variance of a count that comes from elsewhere: every visit that another step lost never came to this one.

    Where other arrivals were drawn (another seed, a closed model), they differ as well.
    """
    lost = [
        sum(other.count - other.outcomes["good"] for other in each.steps if other.stage == row.stage) for each in (a, b)
    ]
    same_arrivals = a.run.model == "open" and a.run.seed == b.run.seed
    return max(lost) + (0.0 if same_arrivals else row.count)


def _failed(a: Step, b: Step) -> Difference:
    """Where one run has no failure at all, those of the other are no habit of both that comes and goes in clusters.

    Then each counts for itself, as a coin that falls: an outage of some seconds would else explain itself as noise.
    """
    shares = [row.failed / row.count if row.count else None for row in (a, b)]
    fewest = min(a.count, b.count)
    floor = max(SHARE_FLOOR, RARE / fewest if fewest else 1.0)
    errors = [a.noise.failed_share, b.noise.failed_share]
    if None not in errors and not (a.failed and b.failed):
        pooled = (a.failed + b.failed) / (a.count + b.count)
        errors = [sqrt(pooled * (1 - pooled) / row.count) for row in (a, b)]
    return _judged(a, "failed", shares, errors, floor)


def _latency(figure: Figure, a: Step, b: Step) -> Difference:
    name = f"{figure}_ms"
    values: list[float | None] = [getattr(row.success, name) for row in (a, b)]
    floor = max(LATENCY_FLOOR_MS, LATENCY_FLOOR * (values[0] or 0.0))
    enough = min(a.success.count, b.success.count) >= FEWEST[figure]
    return _judged(a, figure, values, [getattr(row.noise, name) if enough else None for row in (a, b)], floor)


def _judged(
    row: Step, figure: Figure, values: Sequence[float | None], errors: Sequence[float | None], floor: float
) -> Difference:
    a, b = values
    known = [error for error in errors if error is not None]
    noise = max(floor, ERRORS * sqrt(sum(error**2 for error in known))) if len(known) == len(errors) else None
    return Difference(row.step, row.stage, figure, a, b, noise, judgement(figure, a, b, noise))


def judgement(figure: str, a: float | None, b: float | None, noise: float | None) -> Judgement:
    """Whether B is better or worse than A by more than the noise; the figure's name tells its direction."""
    if a is None or b is None or noise is None:
        return "unclear"
    if abs(b - a) <= noise:
        return "same"
    return "better" if (b > a) == (figure in HIGHER_IS_BETTER) else "worse"


def _untold(each: Difference) -> Difference:
    """A latency of which nothing can be said, since a generator or its machine was out of breath."""
    return replace(each, judgement="unclear") if each.figure in LATENCIES else each


def _strains(a: Summary, b: Summary) -> Iterator[str]:
    for name, each in (("A", a), ("B", b)):
        for rule in each.validity:
            if rule.name in STRAINS and rule.state == "warns":
                yield f"In {name}, latencies cannot be compared. {rule.reason}"


def _notes(a: Summary, b: Summary) -> Iterator[str]:
    for name in ("target", "target_url", "seed", "workers", "host"):
        ours, theirs = getattr(a.run, name), getattr(b.run, name)
        if ours != theirs:
            yield f"{name.replace('_', ' ')}: {ours} in A, {theirs} in B"
    for name in sorted({*a.versions, *b.versions}):
        ours, theirs = a.versions.get(name, "none"), b.versions.get(name, "none")
        if ours != theirs:
            yield f"{name}: {ours} in A, {theirs} in B"
    for name, missing in (("A", _names(b) - _names(a)), ("B", _names(a) - _names(b))):
        if missing:
            yield f"only {'B' if name == 'A' else 'A'} has the steps {', '.join(sorted(missing))}"


def _doubts(a: Summary, b: Summary) -> Iterator[str]:
    for name, each in (("A", a), ("B", b)):
        if not each.complete:
            yield f"{name} is only a part of a run: {each.partial_because}."
        elif each.verdicts.valid.answer != "yes":
            yield f"{name} is not valid: {each.verdicts.valid.reasons[0]}"


def _names(summary: Summary) -> set[str]:
    return {row.step for row in summary.steps}
