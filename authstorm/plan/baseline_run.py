"""A finished run that others are held against: what its ``summary.json`` tells of steps and stages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from authstorm.errors import ConfigError, Problem
from authstorm.plan.expectation import is_goodput
from authstorm.plan.rule import GOODPUT, LATENCIES, Rule
from authstorm.plan.strict import nearest

FOLDER: Final = "baselines"
"""Where named baseline runs stand, inside the folder of reports."""
ALL: Final = "all"
"""The summary's word for all measured stages together."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class StepFacts(_Part):
    """One step in one stage, or in all measured ones."""

    step: str
    stage: str
    count: int
    outcomes: dict[str, int]
    failed: int
    success: dict[str, float | None]


class StageFacts(_Part):
    """One stage and its goodput."""

    name: str
    start_s: float
    end_s: float
    measured: bool
    good: int


class Summary(_Part):
    """The parts of a summary that rules refer to."""

    complete: bool
    steps: list[StepFacts] = Field(min_length=1)
    stages: list[StageFacts]


@dataclass(frozen=True, slots=True)
class BaselineRun:
    """One baseline run, by the name that rules use."""

    name: str
    summary: Summary

    def value(self, rule: Rule) -> float | None:
        """What a rule's metric was there, in the rule's unit and stages; None where that run cannot tell."""
        if rule.metric == GOODPUT:
            return self._goodput(rule.stages)
        stages = rule.stages or (ALL,)
        rows = [row for row in self.summary.steps if row.stage in stages and rule.step in {"", row.step}]
        if rule.metric in LATENCIES:
            return rows[0].success.get(latency_key(rule.metric)) if len(rows) == 1 else None
        count = sum(row.count for row in rows)
        if not count:
            return None
        return sum(row.failed if rule.metric == "failed" else row.outcomes[rule.metric] for row in rows) / count

    def _goodput(self, names: tuple[str, ...]) -> float | None:
        stages = [stage for stage in self.summary.stages if (stage.name in names if names else stage.measured)]
        seconds, there = sum(stage.end_s - stage.start_s for stage in stages), {stage.name for stage in stages}
        aside = sum(
            row.outcomes["good"] for row in self.summary.steps if row.stage in there and not is_goodput(row.step)
        )
        return (sum(stage.good for stage in stages) - aside) / seconds if seconds else None


def latency_key(metric: str) -> str:
    """The name of a latency in rows and summaries: ``p99.9`` is ``p999_ms``."""
    return f"{metric.replace('.', '')}_ms"


def read_runs(names: Iterable[str], reports: Path) -> dict[str, BaselineRun]:
    """Every run that rules refer to; ConfigError names all that cannot be used.

    A name is a folder in ``<reports>/baselines``; with a slash in it, it is the path of a run's folder.
    """
    runs: dict[str, BaselineRun] = {}
    problems: list[Problem] = []
    for name in names:
        path = (Path(name) if "/" in name else reports / FOLDER / name) / "summary.json"
        try:
            runs[name] = BaselineRun(name, _read(path))
        except (OSError, ValueError) as error:
            problems.append(Problem(str(path), None, f"run:{name}", *_refusal(error, name, path.parent.parent)))
    if problems:
        raise ConfigError(problems)
    return runs


def _read(path: Path) -> Summary:
    found: Any = json.loads(path.read_text("utf-8"))
    summary = Summary.model_validate(found)
    if not summary.complete:
        raise ValueError("is only a part of a run")
    return summary


def _refusal(error: Exception, name: str, folder: Path) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        known = sorted(path.parent.name for path in folder.glob("*/summary.json"))
        right = nearest(name, known) if known else f"copy a run's folder there: cp -rL reports/latest {folder / name}"
        return "there is no such run", right
    if isinstance(error, ValidationError):
        return "is no summary of a run", "a summary.json as a finished run leaves it"
    return (f"cannot be read: {error}", "") if isinstance(error, OSError) else (str(error), "name a run that was whole")
