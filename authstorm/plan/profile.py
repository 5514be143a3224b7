"""A profile: who comes and when, as it stands in ``config/profiles/*.yaml``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from authstorm.errors import ConfigError, Problem
from authstorm.plan.mistakes import FILE_NAME, KeyedError
from authstorm.plan.retries import AnyRetries
from authstorm.plan.rule_lines import AbortLine, ObjectiveLine
from authstorm.plan.scenario import SCENARIOS, Scenario, check_scenarios
from authstorm.plan.stages import AnyStage, Hold, Mix, Repeat, Replay, Search
from authstorm.plan.strict import Strict, read_model
from authstorm.plan.stuffing import Guesses
from authstorm.plan.units import Arrivals, Duration, Rate
from authstorm.plan.yaml_file import KeyPath, YamlFile, read_yaml

ALL_STAGES = "all"
LONGEST_NAME = 60


class Profile(Strict):
    """Who comes and when. Open by ``arrivals`` (visits per second), closed by ``users`` (visitors that take turns)."""

    name: str = Field(pattern=FILE_NAME)
    about: str = Field("", description="one or two sentences: which incident this rehearses")
    seed: int = Field(0, description="the same seed gives the same arrivals")
    mix: Mix = Field(default_factory=dict, description="shares of the scenarios, in any unit")
    arrivals: Arrivals | None = Field(None, description="the baseline; or a rate for each scenario")
    users: Annotated[int, Field(gt=0)] | None = Field(None, description="the baseline of a closed profile")
    background: dict[Scenario, Rate] = Field(default_factory=dict, description="a second load that no stage changes")
    spacing: Literal["even", "poisson"] = Field("poisson", description="how arrivals follow each other")
    client: Literal["wire", "fast"] = Field("wire", description="our HTTP client, or Locust's fast one")
    think_s: Duration = Field(1.0, alias="think", description="pause between two visits (closed profiles)")
    patience_s: Duration = Field(
        2.0, alias="patience", gt=0, description="an arrival that nobody takes for so long is dropped"
    )
    visit_s: Duration = Field(3.0, alias="visit", gt=0, description="how long a visit may take before visitors run out")
    objectives: list[ObjectiveLine] = Field(default_factory=list, description="what must hold, beside slo.yaml")
    abort: list[AbortLine] = Field(default_factory=list, description="what ends the run early when it is true")
    renewal_jitter_s: Duration | None = Field(
        None,
        alias="renewal-jitter",
        description="clients renew up to so much earlier at random; the target's if left out",
    )
    retries: dict[Scenario, AnyRetries] = Field(
        default_factory=dict, description="what clients of a scenario do after an answer that failed; none if left out"
    )
    stuffing: Guesses = Field(default=Guesses(), description="whom the guessers of the scenario stuffing name")
    stages: list[dict[str, AnyStage]] = Field(min_length=1)

    @property
    def open(self) -> bool:
        """Whether arrivals are planned beforehand, whatever the target does."""
        return self.users is None

    @field_validator("arrivals")
    @classmethod
    def _known_scenarios(cls, arrivals: float | dict[str, float] | None) -> float | dict[str, float] | None:
        check_scenarios(arrivals if isinstance(arrivals, dict) else ())
        return arrivals

    @model_validator(mode="after")
    def _one_model(self) -> Profile:
        if self.arrivals is not None and self.users is not None:
            raise KeyedError("users", "stands beside arrivals: the profile is open or closed, and not both: drop one")
        if self.arrivals is None and self.users is None:
            raise ValueError("needs either arrivals (open: people come whatever happens) or users (closed)")
        if isinstance(self.arrivals, dict) and self.mix:
            raise KeyedError("mix", "has no meaning where arrivals gives each scenario its own rate: drop one")
        if not isinstance(self.arrivals, dict) and not self.mix:
            raise KeyedError(
                "mix",
                f"is missing: say which scenarios come, as mix: {{login: 6, refresh: 3}} ({', '.join(SCENARIOS)})",
            )
        if isinstance(self.arrivals, dict) and not any(self.arrivals.values()):
            raise KeyedError("arrivals", "is 0/s for every scenario: nobody would come")
        if self.background and not self.open:
            raise KeyedError(
                "background",
                "is a rate of arrivals, and the profile is closed: "
                "give the scenario a share of the mix, or make the profile open by arrivals instead of users",
            )
        return self


def read_profile(path: Path, shown_as: str | None = None) -> Profile:
    """Read one profile; ConfigError carries every problem found."""
    file = read_yaml(path, shown_as)
    profile = read_model(file, Profile)
    if problems := _bad_stages(file, profile.stages, ("stages",), profile.open):
        raise ConfigError(sorted(problems, key=lambda problem: problem.line or 0))
    return profile


def _problem(file: YamlFile, path: KeyPath, wrong: str, right: str = "") -> Problem:
    return Problem(file.source, file.line_of(path), ".".join(map(str, path)), wrong, right)


def _bad_stages(file: YamlFile, stages: list[dict[str, AnyStage]], path: KeyPath, is_open: bool) -> list[Problem]:
    """What single fields cannot see: names, mixes, and loads whose unit does not fit the model."""
    problems: list[Problem] = []
    for index, entry in enumerate(stages):
        here: KeyPath = (*path, index)
        if len(entry) != 1:
            problems.append(
                _problem(
                    file, here, f"holds {len(entry)} names", "a stage is one name: - spike: {peak: 10x, hold: 15s}"
                )
            )
            continue
        name, body = next(iter(entry.items()))
        problems += [_problem(file, (*here, name), *words) for words in _bad_name(name, stages[:index])]
        if isinstance(body, Hold) and None not in (body.at, body.start, body.end):
            problems.append(_problem(file, (*here, name, "at"), "has no effect beside from and to", "leave it out"))
        if isinstance(body, Repeat):
            problems += _bad_stages(file, body.stages, (*here, name, "stages"), is_open)
            continue
        if isinstance(body, Search) and (path != ("stages",) or index < len(stages) - 1 or not is_open):
            problems.append(_problem(file, (*here, name), "searches, but is not the last stage of an open profile"))
        if isinstance(body, Replay) and not is_open:
            right = "arrivals instead of users, or steps and waves of users"
            problems.append(_problem(file, (*here, name), "replays arrivals, but the profile is closed", right))
        if isinstance(body, Search) and body.start.value >= body.highest.value:
            problems.append(_problem(file, (*here, name, "to"), "is not above from"))
        if isinstance(body, Search) and body.start.value == 0:
            problems.append(_problem(file, (*here, name, "from"), "is 0", "a search doubles its rate: begin at 1/s"))
        problems += _wrong_units(file, (*here, name), body, is_open)
    return problems


def _bad_name(name: str, before: list[dict[str, AnyStage]]) -> Iterator[tuple[str, str]]:
    """What is wrong with a stage's name, under which its figures stand in every table, and what would be right."""
    if name == ALL_STAGES:
        yield "is what tables call all stages together", "another name"
    if not name.isprintable() or not 0 < len(name.strip()) <= LONGEST_NAME:
        yield "is no name that a table could hold", f"1 to {LONGEST_NAME} letters, digits and spaces"
    if any(name in entry for entry in before):
        yield "stands twice", "give each stage a name of its own, or repeat it by times"


def _wrong_units(file: YamlFile, path: KeyPath, body: AnyStage, is_open: bool) -> list[Problem]:
    """Rates in a closed profile, numbers of users in an open one."""
    foreign = "users" if is_open else "rate"
    right = "write a rate (200/s) or a factor (10x)" if is_open else "write a number of users (300) or a factor (10x)"
    return [
        _problem(
            file,
            (*path, field.alias or name),
            f"is {'a number of users' if is_open else 'a rate'}, but the profile is {'open' if is_open else 'closed'}",
            right,
        )
        for name, field in type(body).model_fields.items()
        if getattr(getattr(body, name), "kind", None) == foreign
    ]
