"""The line of a problem that showed only when a file was worked with, and not when it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from authstorm.errors import Problem
from authstorm.plan.yaml_file import KeyPath, YamlFile, read_yaml


def key_path(key: str) -> KeyPath:
    """The path of a dotted key: ``services.1.secret`` leads through a list."""
    return tuple(int(part) if part.isdecimal() else part for part in key.split("."))


def located(problems: Sequence[Problem], files: Mapping[str, Path]) -> list[Problem]:
    """The problems with file and line, where their source is one of those that ``files`` names."""
    return [_located(problem, files.get(problem.source)) for problem in problems]


def _located(problem: Problem, path: Path | None) -> Problem:
    if path is None or problem.line is not None:
        return problem
    file = read_yaml(path)
    return replace(problem, source=file.source, line=_line_of(file, problem.key))


def _line_of(file: YamlFile, key: str) -> int | None:
    """The line of a dotted key; a stage is called by its name alone, wherever among the stages it stands."""
    section, _, name = key.partition(".")
    stages = (line for path, line in file.lines.items() if section == "stages" and path[-1:] == (name,))
    return next(stages, None) or file.line_of(key_path(key))
