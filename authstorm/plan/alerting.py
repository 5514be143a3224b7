"""``config/alerts.yaml`` as a whole: what is watched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from authstorm.errors import ConfigError, Problem
from authstorm.plan.alert_rules import RULE_NAME, AlertRule
from authstorm.plan.strict import Strict, nearest, read_model
from authstorm.plan.yaml_file import YamlFile, read_yaml

FILE: Final = "alerts.yaml"
Name = Annotated[str, Field(pattern=RULE_NAME, max_length=60)]


class Alerting(Strict):
    """Rules by name; there may be none."""

    rules: dict[Name, AlertRule] = Field(default_factory=dict)


NO_ALERTS: Final = Alerting()


def read_alerting(path: Path, shown_as: str | None = None) -> Alerting:
    """Read the file; ConfigError carries every problem found."""
    file = read_yaml(path, shown_as)
    alerting = read_model(file, Alerting)
    problems = [*_unknown_silencers(file, alerting), *_circles(file, alerting)]
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line or 0))
    return alerting


def _unknown_silencers(file: YamlFile, alerting: Alerting) -> Iterator[Problem]:
    for name, rule in alerting.rules.items():
        for index, other in enumerate(rule.silenced_by):
            if other not in alerting.rules or other == name:
                line = file.line_of(("rules", name, "silenced-by", index))
                wrong = "is the rule itself" if other == name else f"{other!r} is no rule"
                right = nearest(other, [each for each in alerting.rules if each != name])
                yield Problem(file.source, line, f"rules.{name}.silenced-by", wrong, right)


def _circles(file: YamlFile, alerting: Alerting) -> Iterator[Problem]:
    """Rules that silence each other in a circle would both stay silent."""
    for name in alerting.rules:
        seen: set[str] = set()
        ahead = list(alerting.rules[name].silenced_by)
        while ahead:
            other = ahead.pop()
            if other in alerting.rules and other not in seen and other != name:
                seen.add(other)
                ahead += alerting.rules[other].silenced_by
            elif other == name and name not in alerting.rules[name].silenced_by:
                line = file.line_of(("rules", name, "silenced-by"))
                yield Problem(file.source, line, f"rules.{name}.silenced-by", "leads back to the rule itself")
                break
