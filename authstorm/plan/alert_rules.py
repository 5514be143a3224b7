"""When somebody is to be told: the rules of ``config/alerts.yaml``, each with how long and how grave."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from authstorm.plan.strict import KIND, Strict
from authstorm.plan.units import Duration, Share

Severity = Literal["critical", "warning", "info"]
Outcome = Literal["good", "refused", "shed", "broken", "wrong"]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
RULE_NAME: Final = r"^[a-z0-9][a-z0-9-]*$"
LONGEST_S: Final = 600.0
"""The longest that a rule may look back."""


def _whole(seconds: float) -> float:
    """Windows are judged by whole seconds; what is between them would be cut off unsaid."""
    if seconds != int(seconds):
        raise ValueError(f"is judged by whole seconds: write {int(seconds)}s or {int(seconds) + 1}s")
    return seconds


Window = Annotated[Duration, Field(ge=1, le=LONGEST_S), AfterValidator(_whole)]


class Selection(Strict):
    """Which steps count; what is left out does not narrow."""

    steps: list[str] = Field(default_factory=list, description="names of steps; login also means login: form")
    outcomes: list[Outcome] = Field(default_factory=list)
    codes: list[str] = Field(default_factory=list, description="stable codes, as in docs/outcomes.md")
    expected: bool | None = Field(None, description="false: only those that the scenario did not ask for")


class AnyRule(Strict):
    """What every rule has, whatever it looks at."""

    about: str = Field("", description="a sentence for whoever is woken")
    severity: Severity = "warning"
    for_s: Duration = Field(0.0, alias="for", le=LONGEST_S, description="so long it must be bad before it fires")
    keep_s: Duration = Field(3.0, alias="keep", le=LONGEST_S, description="so long it must be well before it resolves")
    cool_down_s: Duration = Field(10.0, alias="cool-down", description="after it resolved it does not fire for so long")
    hysteresis: Share = Field(0.1, lt=1, description="well is what stays below the limit by this share of it")
    silenced_by: list[str] = Field(
        default_factory=list, alias="silenced-by", description="rules whose firing explains this one"
    )
    abort: bool = Field(False, description="end the run when it fires; critical rules alone")

    @model_validator(mode="after")
    def _grave_enough(self) -> AnyRule:
        if self.abort and self.severity != "critical":
            raise ValueError("abort ends the run: that is for severity: critical alone")
        return self

    @property
    def looks_back_s(self) -> float:
        """The longest window that it is judged by."""
        return getattr(self, "over_s", 1.0)


class Burn(AnyRule):
    """The error budget goes too fast, in a long window and in a short one (bad is failed, or slower than allowed)."""

    when: Literal["burn"]
    objective: Share = Field(description="the share of steps that must be good and in time, as 99%")
    slower_s: Duration | None = Field(None, alias="slower-than", gt=0, description="a good step above it is bad too")
    factor: float = Field(gt=0, description="so many times faster than the budget allows, as 14.4")
    long_s: Window = Field(alias="long")
    short_s: Window = Field(alias="short")
    min_bad: Count = Field(10, alias="min-bad")
    min_total: Count = Field(50, alias="min-total")
    steps: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _reachable(self) -> Burn:
        if self.objective >= 1:
            raise ValueError("objective: 100% leaves no budget to burn: write a share below it, as 99%")
        if self.factor * (1 - self.objective) >= 1:
            most = 1 / (1 - self.objective)
            raise ValueError(f"factor: the budget burns at {most:.3g} when all steps are bad, which is not above it")
        if self.short_s >= self.long_s:
            raise ValueError("short: is to be shorter than long")
        return self

    @property
    def looks_back_s(self) -> float:
        """The longest window that it is judged by."""
        return self.long_s


class Latency(AnyRule):
    """Good steps are too slow."""

    when: Literal["latency"]
    percentile: Literal["p50", "p95", "p99"] = "p95"
    above_s: Duration = Field(alias="above", gt=0)
    over_s: Window = Field(10.0, alias="over")
    min_total: Count = Field(20, alias="min-total")
    steps: list[str] = Field(default_factory=list)


class Goodput(AnyRule):
    """Of what comes, much less ends well than did before."""

    when: Literal["goodput"]
    drop: Share = Field(gt=0, lt=1)
    over_s: Window = Field(5.0, alias="over")
    against_s: Window = Field(30.0, alias="against", description="the time before it that it is compared with")
    min_total: Count = Field(20, alias="min-total", description="good steps before, at least")

    @model_validator(mode="after")
    def _comparable(self) -> Goodput:
        if self.against_s < self.over_s:
            raise ValueError("against: is to be as long as over, or longer: it would never be enough to compare with")
        return self


class ShareOf(AnyRule):
    """Too large a part of some steps."""

    when: Literal["share"]
    of: Selection = Field(description="what is counted ...")
    among: list[str] = Field(default_factory=list, description="... among all of these steps (all steps when left out)")
    above: Share = Field(lt=1)
    over_s: Window = Field(5.0, alias="over")
    min_total: Count = Field(20, alias="min-total")

    @model_validator(mode="after")
    def _among_them(self) -> ShareOf:
        among = {*self.among, *(step.partition(":")[0] for step in self.among)}
        if among and self.of.steps and not any({step, step.partition(":")[0]} & among for step in self.of.steps):
            raise ValueError("of: none of its steps is among those of among, so that nothing would ever be counted")
        return self


class CountOf(AnyRule):
    """So many of some steps."""

    when: Literal["count"]
    of: Selection
    at_least: Count = Field(1, alias="at-least")
    over_s: Window = Field(10.0, alias="over")


class Identity(AnyRule):
    """One account is refused again and again; it is named by its number, never by its name."""

    when: Literal["identity"]
    at_least: Annotated[Count, Field(ge=2)] = Field(10, alias="at-least", description="refusals of one account")
    over_s: Window = Field(30.0, alias="over")
    steps: list[str] = Field(default_factory=list)


class Absence(AnyRule):
    """Nothing is served for whole seconds, though steps are due: no answers at all, or nothing but errors."""

    when: Literal["absence"]
    min_due: Count = Field(10, alias="min-due", description="so many must have been due meanwhile")

    @property
    def looks_back_s(self) -> float:
        """How far it looks for the steps that were due; at a low rate they take a while to come."""
        return 30.0


class Generator(AnyRule):
    """The generator does not keep up, so that what it measures cannot be trusted."""

    when: Literal["generator"]
    start_delay_s: Duration = Field(0.25, alias="start-delay", gt=0, description="p99 of how late arrivals begin")
    loop_lag_s: Duration = Field(0.5, alias="loop-lag", gt=0, description="the latest that its event loop came round")
    dropped: Share = Field(0.01, description="arrivals that nobody could take")
    over_s: Window = Field(5.0, alias="over")


class Workers(AnyRule):
    """A worker was lost, and its part of the load with it, which the others take over within seconds."""

    when: Literal["worker-lost"]
    over_s: Window = Field(20.0, alias="over", description="so long it is told of a worker that it went away")

    @model_validator(mode="after")
    def _in_time(self) -> Workers:
        if self.for_s > self.over_s:
            raise ValueError("for: is longer than over, so that it would never fire")
        return self


class Unknown(AnyRule):
    """What has no kind that we know, so that the error names those there are."""

    when: Literal[
        "burn", "latency", "goodput", "share", "count", "identity", "absence", "generator", "worker-lost"
    ]  # fmt: skip


KINDS: Final[dict[str, type[AnyRule]]] = {
    "burn": Burn, "latency": Latency, "goodput": Goodput, "share": ShareOf, "count": CountOf, "identity": Identity,
    "absence": Absence, "generator": Generator, "worker-lost": Workers,
}  # fmt: skip


def _kind_of(body: Any) -> str:
    when = body.get("when") if isinstance(body, dict) else getattr(body, "when", None)
    return KIND + (when if isinstance(when, str) and when in KINDS else "unknown")


AlertRule = Annotated[
    Annotated[Burn, Tag(KIND + "burn")]
    | Annotated[Latency, Tag(KIND + "latency")]
    | Annotated[Goodput, Tag(KIND + "goodput")]
    | Annotated[ShareOf, Tag(KIND + "share")]
    | Annotated[CountOf, Tag(KIND + "count")]
    | Annotated[Identity, Tag(KIND + "identity")]
    | Annotated[Absence, Tag(KIND + "absence")]
    | Annotated[Generator, Tag(KIND + "generator")]
    | Annotated[Workers, Tag(KIND + "worker-lost")]
    | Annotated[Unknown, Tag(KIND + "unknown")],
    Discriminator(_kind_of),
]
