"""What must hold in every run, as it stands in ``config/slo.yaml``, joined with what a profile says itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pydantic import Field

from authstorm.plan.rule import Rule
from authstorm.plan.rule_lines import AbortLine, ObjectiveLine
from authstorm.plan.rule_reader import read_rule
from authstorm.plan.stages import stage_matches
from authstorm.plan.strict import Strict, read_model
from authstorm.plan.yaml_file import read_yaml

FILE: Final = "slo.yaml"
DEFAULTS: Final = ("broken < 1%", "failed < 5%")
"""What holds where there is no such file: a target that sends away every twentieth visitor does not hold either."""


class Slo(Strict):
    """Objectives and abort rules of all profiles."""

    objectives: list[ObjectiveLine] = Field(
        default_factory=lambda: [read_rule(line) for line in DEFAULTS], description="what must hold"
    )
    abort: list[AbortLine] = Field(default_factory=list, description="what ends a run early when it is true")


def read_slo(config: Path) -> Slo:
    """The file of a configuration folder; the defaults where there is none. ConfigError carries every problem."""
    path = config / FILE
    return read_model(read_yaml(path), Slo) if path.exists() else Slo()


def joined(general: Sequence[Rule], own: Sequence[Rule]) -> tuple[Rule, ...]:
    """A profile's own rules behind those of all profiles.

    Who speaks of a metric of a step speaks for it wholly: a general rule on the same two gives way.
    """
    spoken_of = {_subject(rule) for rule in own}
    return (*(rule for rule in general if _subject(rule) not in spoken_of), *own)


def is_known_stage(asked: str, names: Iterable[str]) -> bool:
    """Whether any stage is the one that a rule names."""
    return any(stage_matches(asked, name) for name in names)


def is_known_step(asked: str, names: Iterable[str]) -> bool:
    """Whether a step, or a part of one (``login: form``), is among the names."""
    return not asked or asked.split(": ", maxsplit=1)[0] in names


def _subject(rule: Rule) -> tuple[str, str, float]:
    return rule.step, rule.metric, rule.content_ms
