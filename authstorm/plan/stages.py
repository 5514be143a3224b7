"""The stages that a profile may hold, each a small model; which kind a stage is follows from the keys it has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from authstorm.plan.rule_lines import SearchLine
from authstorm.plan.scenario import Scenario
from authstorm.plan.strict import KIND, Strict
from authstorm.plan.units import Duration, Load, Share

_ROUNDS = re.compile(r" \d+(\.\d+)*$")

Mix = dict[Scenario, Annotated[float, Field(gt=0, allow_inf_nan=False)]]
StageMix = Annotated[Mix, Field(min_length=1)]


class Hold(Strict):
    """A constant load, or a straight line from one to another: ``{for: 20s}``, ``{for: 10s, from: 0/s}``."""

    for_s: Duration = Field(alias="for", gt=0, description="how long")
    at: Load | None = Field(None, description="the load all through; the baseline when left out")
    start: Load | None = Field(None, alias="from", description="the load at the beginning of a ramp")
    end: Load | None = Field(None, alias="to", description="the load at the end of a ramp")
    mix: StageMix | None = Field(None, description="shares of the scenarios in this stage alone")
    measured: bool = Field(True, description="false: judged and summed apart, as a warm-up")


class Spike(Strict):
    """From the baseline up to a peak, there for a while, and back."""

    peak: Load = Field(description="the top, as a rate (200/s), a factor on the baseline (10x) or users")
    rise_s: Duration = Field(0.0, alias="rise", ge=0)
    hold_s: Duration = Field(alias="hold", gt=0)
    fall_s: Duration = Field(0.0, alias="fall", ge=0)
    mix: StageMix | None = None
    measured: bool = True


class Steps(Strict):
    """A stair: each level is a stage of its own, named ``<name> 1``, ``<name> 2`` ..."""

    start: Load = Field(alias="from")
    by: Load
    every_s: Duration = Field(alias="every", gt=0)
    until: Load
    mix: StageMix | None = None
    measured: bool = True


class Wave(Strict):
    """A sine around a mean: day and night in minutes."""

    mean: Load
    swing: Load
    period_s: Duration = Field(alias="period", gt=0)
    for_s: Duration = Field(alias="for", gt=0)
    mix: StageMix | None = None
    measured: bool = True


class Replay(Strict):
    """Arrivals as they once were: a CSV of counts, one row a minute (or as ``every`` says)."""

    csv: str = Field(description="path, relative to the profile; the last column of each row is the count")
    every_s: Duration = Field(60.0, alias="every", gt=0)
    scale: float = Field(1.0, gt=0)
    mix: StageMix | None = None
    measured: bool = True


class Search(Strict):
    """Looks for the highest rate at which a rule still holds; the last stage of an open profile."""

    start: Load = Field(alias="from")
    highest: Load = Field(alias="to")
    probe_s: Duration = Field(alias="probe", ge=3, description="how long each rate is tried")
    precision: Share = Field(0.05, ge=0.001, lt=1, description="how narrow what is left must be")
    rule: SearchLine
    mix: StageMix | None = None
    measured: bool = True


class Jitter(Strict):
    """How far the rounds of a repeat may differ, drawn from the profile's seed."""

    start_s: Duration = Field(0.0, alias="start", description="each round begins up to this much later")
    peak: Share = Field(0.0, le=1, description="peaks differ by up to this share")
    hold: Share = Field(0.0, le=1, description="holds differ by up to this share")


class Repeat(Strict):
    """Stages over and over: the names inside get the round's number behind them."""

    times: int = Field(ge=1, le=1000)
    stages: list[dict[str, AnyStage]] = Field(min_length=1)
    jitter: Jitter = Jitter()


KINDS: dict[str, type[Strict]] = {
    "spike": Spike, "steps": Steps, "wave": Wave, "replay": Replay, "search": Search, "repeat": Repeat, "hold": Hold,
}  # fmt: skip


def numbered(name: str, rounds: Sequence[int]) -> str:
    """A stage's name with the numbers of its rounds, the outermost first: ``burst``, ``burst 2``, ``burst 2.1``."""
    return f"{name} {'.'.join(map(str, rounds))}" if rounds else name


def plain(name: str) -> str:
    """The name without the numbers of rounds."""
    return _ROUNDS.sub("", name)


def stage_matches(asked: str, name: str) -> bool:
    """Whether a stage is the one that a rule names; ``burst`` names every round of it, ``burst 1`` and ``burst 2``."""
    return asked in {name, plain(name)}


def _kind_of(body: Any) -> str:
    """The kind whose keys fit best, so that one misspelt key does not change the kind."""
    if isinstance(body, Strict):
        return KIND + next(name for name, kind in KINDS.items() if type(body) is kind)
    keys = set(body) if isinstance(body, dict) else set()

    def fit(kind: type[Strict]) -> int:
        return len(keys & {field.alias or name for name, field in kind.model_fields.items()})

    return KIND + max(reversed(KINDS), key=lambda name: fit(KINDS[name]))


AnyStage = Annotated[
    Annotated[Spike, Tag(KIND + "spike")]
    | Annotated[Steps, Tag(KIND + "steps")]
    | Annotated[Wave, Tag(KIND + "wave")]
    | Annotated[Replay, Tag(KIND + "replay")]
    | Annotated[Search, Tag(KIND + "search")]
    | Annotated[Repeat, Tag(KIND + "repeat")]
    | Annotated[Hold, Tag(KIND + "hold")],
    Discriminator(_kind_of),
]
Repeat.model_rebuild()
