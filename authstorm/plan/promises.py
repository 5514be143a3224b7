"""What a run promises: the rules that apply to it, once every step and stage in them is known to exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from authstorm.errors import ConfigError, Problem
from authstorm.plan.profile import Profile
from authstorm.plan.rule import Rule
from authstorm.plan.schedule import Schedule
from authstorm.plan.slo import FILE, is_known_stage, is_known_step, joined, read_slo
from authstorm.plan.stages import Search, plain, stage_matches
from authstorm.plan.strict import nearest
from authstorm.plan.yaml_file import KeyPath, read_yaml


@dataclass(frozen=True, slots=True)
class Promises:
    """The rules of one run; ``own`` are the profile's objectives alone.

    ``notes`` are sentences on lines that do not apply to it.
    """

    objectives: tuple[Rule, ...] = ()
    abort: tuple[Rule, ...] = ()
    own: tuple[Rule, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[str, ...]:
        """The baseline runs that are referred to, each once."""
        return tuple(dict.fromkeys(rule.run for rule in (*self.objectives, *self.abort) if rule.run))


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a rule may use: those of this run, all steps there are, and ``elsewhere`` others' stages.

    ``searched`` are the steps that the probes of a search make, with the background beside them.
    """

    steps: frozenset[str]
    searched: frozenset[str]
    stages: tuple[str, ...]
    all_steps: frozenset[str]
    elsewhere: Callable[[], Iterable[str]]


def make_promises(profile: Profile, path: Path, schedule: Schedule, config: Path, steps: Known) -> Promises:
    """Join ``slo.yaml`` with what the profile (read from ``path``) says; ConfigError names every unknown word.

    A profile speaks of itself, so that each name must exist in it. ``slo.yaml`` speaks of all profiles: a line on
    a step or a stage that only others have does not apply, and is noted.
    """
    slo_path = config / FILE
    slo = read_slo(config)
    notes: list[str] = []
    problems: list[Problem] = []
    general: dict[str, list[Rule]] = {"objectives": [], "abort": []}
    for key, rules in (("objectives", slo.objectives), ("abort", slo.abort)):
        for index, rule in enumerate(rules):
            missing = list(_missing(rule, schedule, steps))
            wrong = list(_wrong_anywhere(rule, steps)) if missing else []
            if wrong:
                problems += [_problem(slo_path, (key, index), *each) for each in wrong]
            elif missing:
                notes.append(f"“{rule.line}” in {slo_path} does not apply: {missing[0][0]}")
            else:
                general[key].append(rule)
    for key, rules in (("objectives", profile.objectives), ("abort", profile.abort)):
        for index, rule in enumerate(rules):
            problems += [_problem(path, (key, index), *each) for each in _missing(rule, schedule, steps)]
    for key_path, rule in _searched(profile):
        probed = replace(steps, steps=steps.searched)
        problems += [_problem(path, key_path, *each) for each in _missing(rule, schedule, probed)]
    if problems:
        raise ConfigError(problems)
    objectives = joined(general["objectives"], profile.objectives)
    abort = joined(general["abort"], profile.abort)
    return Promises(objectives, abort, tuple(profile.objectives), tuple(notes))


def _searched(profile: Profile) -> Iterator[tuple[KeyPath, Rule]]:
    """The rule of each search, and where it stands."""
    for index, entry in enumerate(profile.stages):
        for name, body in entry.items():
            if isinstance(body, Search):
                yield ("stages", index, name, "rule"), body.rule


def _missing(rule: Rule, schedule: Schedule, known: Known) -> Iterator[tuple[str, str]]:
    """What a rule names and this run has not: what is wrong and what would be right."""
    if not is_known_step(rule.step, known.steps):
        yield f"no visit makes the step {rule.step!r}", nearest(rule.step, sorted(known.steps))
    for name in rule.named_stages:
        if not is_known_stage(name, known.stages):
            yield f"there is no stage {name!r}", nearest(name, _plain(known.stages))
    if rule.deadline is not None and is_known_stage(rule.deadline.after, known.stages):
        ends = [stage.end_s for stage in schedule.stages if stage_matches(rule.deadline.after, stage.name)]
        if max(ends) + rule.deadline.by_s >= schedule.duration_s:
            left_s = schedule.duration_s - max(ends)
            wrong = f"{rule.deadline.by_s:g}s after {rule.deadline.after!r} the run is over"
            yield wrong, f"less than {left_s:g}s, or a longer stage behind it" if left_s else "put a stage behind it"


def _wrong_anywhere(rule: Rule, known: Known) -> Iterator[tuple[str, str]]:
    """Names that no profile has: slips of the pen."""
    if not is_known_step(rule.step, known.all_steps):
        yield f"no visit makes the step {rule.step!r}", nearest(rule.step, sorted(known.all_steps))
    missing = [name for name in rule.named_stages if not is_known_stage(name, known.stages)]
    if missing:
        everywhere = list(dict.fromkeys((*known.stages, *known.elsewhere())))
        for name in missing:
            if not is_known_stage(name, everywhere):
                yield f"no profile has a stage {name!r}", nearest(name, _plain(everywhere))


def _plain(stages: Iterable[str]) -> list[str]:
    """The names without the numbers of rounds, each once: a rule may use either."""
    return list(dict.fromkeys(map(plain, stages)))


def stages_elsewhere(profiles: Path) -> Iterator[str]:
    """The names of all stages in a folder of profiles, as written; what cannot be read has none."""
    for path in sorted(profiles.glob("*.yaml")):
        try:
            data = read_yaml(path).data
        except ConfigError:
            continue  # it is told of when that profile is run
        yield from _stage_names(data.get("stages") if isinstance(data, dict) else None)


def _stage_names(stages: object) -> Iterator[str]:
    for entry in stages if isinstance(stages, list) else ():
        for name, body in entry.items() if isinstance(entry, dict) else ():
            yield str(name)
            yield from _stage_names(body.get("stages") if isinstance(body, dict) else None)


def _problem(path: Path, key: KeyPath, wrong: str, right: str) -> Problem:
    line = read_yaml(path).line_of(key) if path.exists() else None
    return Problem(str(path), line, ".".join(map(str, key)), wrong, right)
