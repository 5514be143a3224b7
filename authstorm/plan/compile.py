"""A profile compiled to its schedule: stages in seconds, and one curve a scenario."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, pi, sin
from pathlib import Path
from random import Random

from authstorm.errors import ConfigError, Problem
from authstorm.plan.profile import Profile
from authstorm.plan.replay_file import read_counts
from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from authstorm.plan.search import SearchPlan
from authstorm.plan.stages import AnyStage, Hold, Mix, Repeat, Replay, Search, Spike, Steps, Wave, numbered
from authstorm.plan.units import Amount

LONGEST_S = 7 * 24 * 3600.0
MOST_PIECES = 100_000
HIGHEST = 1e6
"""Limits of a plan: seconds, stretches of time, arrivals a second (or users); beyond them lies a slip of the pen."""
WAVE_PIECES = 48
"""Straight pieces to a period of a wave; its area is exact, its rate within 0.3 % of the sine."""


def compile_profile(profile: Profile, folder: Path = Path(), scale: float = 1.0) -> Schedule:
    """Turn a profile into its schedule; ``scale`` multiplies every rate and every number of users.

    ``folder`` is where a replay's CSV is looked for. ConfigError when that file cannot be read, and for a plan that
    is beyond all measure.
    """
    builder = _Builder(profile, folder, Random(profile.seed), scale=scale)  # noqa: S311 - reproducible, not secret
    builder.add_all(profile.stages)
    builder.check_names()
    model = "open" if profile.open else "closed"
    also = builder.search.shares if builder.search else {}
    schedule = Schedule(tuple(builder.stages), _streams(profile, builder.pieces, also, scale), model, builder.search)
    peak = sum(stream.curve.peak for stream in schedule.streams)
    if not max(peak, builder.search.highest if builder.search else 0) <= HIGHEST:
        raise builder.refusal("stages", f"a load of {peak:.3g} is beyond all measure", f"{HIGHEST:g} at most")
    return schedule


def _streams(profile: Profile, pieces: list[tuple[Segment, Mix]], also: Mix, scale: float) -> tuple[Stream, ...]:
    """One stream a scenario, with phases spread so that even streams do not fall on the same moments."""
    names = sorted({name for _, mix in pieces for name in mix} | set(also) | set(profile.background))
    curves = {name: tuple(_share_of(name, segment, mix, profile, scale) for segment, mix in pieces) for name in names}
    return tuple(
        Stream(
            name, Curve(curves[name]), index / len(names), profile.open and profile.spacing == "poisson", profile.seed
        )
        for index, name in enumerate(names)
    )


def _share_of(name: str, segment: Segment, mix: Mix, profile: Profile, scale: float) -> Segment:
    share = mix.get(name, 0.0) / sum(mix.values()) * scale
    extra = profile.background.get(name, 0.0) * scale
    return Segment(segment.start_s, segment.end_s, segment.from_rate * share + extra, segment.to_rate * share + extra)


@dataclass(slots=True)
class _Builder:
    """Walks the stages in order and lays their segments end to end."""

    profile: Profile
    folder: Path
    random: Random
    stages: list[Stage] = field(default_factory=list)
    pieces: list[tuple[Segment, Mix]] = field(default_factory=list)
    scale: float = 1.0
    search: SearchPlan | None = None
    now_s: float = 0.0
    rounds: tuple[int, ...] = ()
    peak_jitter: float = 1.0
    hold_jitter: float = 1.0

    @property
    def base(self) -> float:
        if isinstance(self.profile.arrivals, dict):
            return sum(self.profile.arrivals.values())
        return float(self.profile.arrivals if self.profile.arrivals is not None else self.profile.users or 0)

    def refusal(self, key: str, wrong: str, right: str = "") -> ConfigError:
        """What to raise for a plan that cannot work."""
        return ConfigError([Problem(f"profile {self.profile.name}", None, key, wrong, right)])

    def add_all(self, stages: list[dict[str, AnyStage]]) -> None:
        for entry in stages:
            for name, body in entry.items():
                self.add(name, body)

    def check_names(self) -> None:
        """ConfigError for stages that would have one name: their figures stand under it."""
        twice = [name for name, count in Counter(stage.name for stage in self.stages).items() if count > 1]
        if twice:
            right = "give each stage a name of its own, or repeat it by times"
            raise self.refusal("stages", f"two stages have the name {twice[0]!r}", right)

    def add(self, name: str, body: AnyStage) -> None:
        match body:
            case Hold():
                level = self.level(body.at)
                start, end = self.level(body.start, level), self.level(body.end, level)
                self.stage(name, body, [(body.for_s, start, end)])
            case Spike():
                top = self.level(body.peak) * self.peak_jitter
                hold_s = body.hold_s * self.hold_jitter
                self.stage(
                    name, body, [(body.rise_s, self.base, top), (hold_s, top, top), (body.fall_s, top, self.base)]
                )
            case Steps():
                self.add_steps(name, body)
            case Wave():
                self.stage(name, body, self.wave(name, body))
            case Replay():
                self.stage(name, body, [(body.every_s, rate, rate) for rate in self.replay(name, body)])
            case Search():
                self.add_search(name, body)
            case Repeat():
                self.add_rounds(name, body)

    def level(self, amount: Amount | None, default: float | None = None) -> float:
        """An amount as a rate or a number of users."""
        if amount is None:
            return self.base if default is None else default
        return amount.value * self.base if amount.kind == "factor" else amount.value

    def stage(
        self, name: str, body: Hold | Spike | Steps | Wave | Replay | Search, parts: list[tuple[float, float, float]]
    ) -> None:
        """Append one stage that is made of (seconds, from, to) parts."""
        start = self.now_s
        name, mix = numbered(name, self.rounds), self.mix_of(body)
        for seconds, begin, end in parts:
            if seconds > 0:
                self.pieces.append((Segment(self.now_s, self.now_s + seconds, begin, end), mix))
                self.now_s += seconds
        self.stages.append(Stage(name, start, self.now_s, body.measured))
        self.check_size(name)

    def check_size(self, name: str, more: float = 0) -> None:
        """ConfigError when the plan is too long, or has (with ``more`` to come) too many pieces."""
        if self.now_s > LONGEST_S:
            raise self.refusal(f"stages.{name}", f"ends after {self.now_s / 3600:.3g} h", "a run is 7 days at most")
        if len(self.stages) + len(self.pieces) + more > MOST_PIECES:
            raise self.refusal(f"stages.{name}", "makes too many stages or pieces", f"{MOST_PIECES} at most")

    def mix_of(self, body: Hold | Spike | Steps | Wave | Replay | Search) -> Mix:
        """The shares of a stage."""
        arrivals = self.profile.arrivals
        return body.mix or self.profile.mix or (arrivals if isinstance(arrivals, dict) else {})

    def add_search(self, name: str, body: Search) -> None:
        """A stage with the background alone, which makes room for the longest search that there can be."""
        mix = self.mix_of(body)
        shares = {scenario: share / sum(mix.values()) for scenario, share in mix.items()}
        lowest, highest = self.level(body.start) * self.scale, self.level(body.highest) * self.scale
        if not 0 < lowest < highest:
            raise self.refusal(f"stages.{name}", f"searches from {lowest:g}/s to {highest:g}/s", "from 1/s upwards")
        self.search = SearchPlan(self.now_s, shares, lowest, highest, body.probe_s, body.precision, body.rule)
        self.stage(name, body, [(self.search.longest_s, 0.0, 0.0)])

    def add_steps(self, name: str, body: Steps) -> None:
        start, by, until = self.level(body.start), self.level(body.by), self.level(body.until)
        if until < start or (by == 0 and until > start):
            wrong = f"climbs from {start:g} by {by:g} and never comes to {until:g}"
            raise self.refusal(f"stages.{name}", wrong, "until above from, and by above 0")
        levels = ceil((until - start) / by + 1 - 1e-9) if until > start else 1
        self.check_size(name, levels)
        outer = self.rounds
        for number in range(levels):
            level = min(start + number * by, until)
            self.rounds = (*outer, number + 1)
            self.stage(name, body, [(body.every_s, level, level)])
        self.rounds = outer

    def wave(self, name: str, body: Wave) -> list[tuple[float, float, float]]:
        self.check_size(name, body.for_s / body.period_s * WAVE_PIECES)
        pieces = max(1, ceil(body.for_s / body.period_s * WAVE_PIECES))
        step_s = body.for_s / pieces
        mean, swing = self.level(body.mean), self.level(body.swing)
        heights = [max(0.0, mean + swing * sin(2 * pi * n * step_s / body.period_s)) for n in range(pieces + 1)]
        return [(step_s, low, high) for low, high in pairwise(heights)]

    def replay(self, name: str, body: Replay) -> list[float]:
        """Rates from a CSV of counts."""
        counts = read_counts(self.folder / body.csv, f"stages.{name}.csv")
        return [count * body.scale / body.every_s for count in counts]

    def add_rounds(self, name: str, body: Repeat) -> None:
        jitter, outer = body.jitter, (self.rounds, self.peak_jitter, self.hold_jitter)
        rounds, peak, hold = outer
        for number in range(1, body.times + 1):
            self.rounds = (*rounds, number)
            self.peak_jitter = peak + peak * self.random.uniform(-jitter.peak, jitter.peak)
            self.hold_jitter = hold + hold * self.random.uniform(-jitter.hold, jitter.hold)
            if wait_s := self.random.uniform(0, jitter.start_s):
                self.stage(f"{name} pause", Hold.model_validate({"for": "1s"}), [(wait_s, self.base, self.base)])
            self.add_all(body.stages)
            self.rounds, self.peak_jitter, self.hold_jitter = outer
