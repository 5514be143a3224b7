"""Everything a run was asked for, in one frozen object: profile, target, schedule and visitors."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from authstorm.errors import ConfigError, Problem, SafetyError
from authstorm.plan.account_file import exposures
from authstorm.plan.calls_needed import undescribed
from authstorm.plan.census import whole_load
from authstorm.plan.compile import compile_profile
from authstorm.plan.expectation import step_names
from authstorm.plan.places import located
from authstorm.plan.profile import Profile, read_profile
from authstorm.plan.promises import Known, Promises, make_promises, stages_elsewhere
from authstorm.plan.scenario import SCENARIOS, WITHOUT_ACCOUNT
from authstorm.plan.schedule import Schedule
from authstorm.plan.secrets import Secret
from authstorm.plan.strict import nearest
from authstorm.plan.target import Target, read_target
from authstorm.plan.visitors import Pool, plan_pool


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The whole plan of a run; ``warnings`` are things that work, but perhaps not as meant.

    ``people`` is how many accounts the plan wants, one for every visitor but services and guessers; where the target
    has fewer, the pool may have been cut to those.
    """

    profile: Profile
    target: Target
    schedule: Schedule
    pool: Pool
    scale: float
    warnings: tuple[str, ...]
    promises: Promises = field(default_factory=Promises)
    people: int = 0

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios that come at all, in alphabetical order."""
        return tuple(stream.scenario for stream in self.schedule.streams)

    def effective(self) -> dict[str, Any]:
        """The configuration as it was used, as plain values; secrets are there by name only, as in the files."""
        return {
            "profile": self.profile.model_dump(mode="json", by_alias=True, exclude_none=True),
            "target": self.target.model_dump(
                mode="json", by_alias=True, exclude_none=True, exclude=set(self.target.idle_keys)
            ),
            "scale": self.scale,
            "stages": [
                {"name": s.name, "start_s": round(s.start_s, 3), "end_s": round(s.end_s, 3), "measured": s.measured}
                for s in self.schedule.stages
            ],
            "visitors": self.pool.peak,
            "objectives": [rule.line for rule in self.promises.objectives],
            "abort": [rule.line for rule in self.promises.abort],
            "plan_hash": self.hash,
        }

    def at(self, target: Target) -> Rehearsal:
        """The same plan against the same target at another address."""
        return replace(self, target=target)

    @property
    def hash(self) -> str:
        """Short name of the plan: nodes of one run must agree on it."""
        there = self.target.model_dump(mode="json", exclude={"url", "issuer"})  # a sandbox may have taken another port
        asked = self.profile.model_dump(mode="json", exclude={"objectives", "abort"})  # these the master judges alone
        # the schedule, since a profile may replay a file of counts
        text = json.dumps([asked, there, self.scale, repr(self.schedule)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def load_rehearsal(  # noqa: PLR0913 - what the command line may say, each by name
    profile: str,
    target: str,
    config: Path,
    *,
    scale: float = 1.0,
    seed: int | None = None,
    client: str | None = None,
) -> Rehearsal:
    """Read profile and target by name (or path) and check that they fit together; ConfigError has every problem.

    ``seed`` and ``client`` replace the profile's own.
    """
    problems: list[Problem] = []
    profile_path, target_path = config / "profiles", config / "targets"
    read_one = _read(profile_path, profile, "--spike-profile", read_profile, problems)
    read_two = _read(target_path, target, "--target", read_target, problems)
    if read_one is None or read_two is None:
        raise ConfigError(problems)
    changes = {name: value for name, value in {"seed": seed, "client": client}.items() if value is not None}
    asked = read_one.model_copy(update=changes)
    path = _path(profile_path, profile)
    try:
        schedule = compile_profile(asked, path.parent, scale)
        if over := _over_ceiling(schedule, read_two):
            raise SafetyError([over])
        plan = _fit(asked, _with_jitter(read_two, asked), schedule, scale)
    except ConfigError as error:
        files = {f"profile {asked.name}": path, f"target {read_two.name}": _path(target_path, target)}
        raise type(error)(located(error.problems, files)) from error
    promises = make_promises(asked, path, schedule, config, _known(plan, profile_path))
    misnamed = (*_misnamed(asked.name, path), *_misnamed(read_two.name, _path(target_path, target)))
    return replace(plan, promises=promises, warnings=(*plan.warnings, *misnamed, *promises.notes))


def _misnamed(name: str, path: Path) -> Iterator[str]:
    """A copy that still has the name of its model: its reports would be taken for the other's."""
    if path.stem != name:
        yield f"{path} has the name {name!r}, under which its reports stand: name it {path.stem!r}"


def _with_jitter(target: Target, profile: Profile) -> Target:
    """The target with the jitter that the profile's clients have."""
    if profile.renewal_jitter_s is None:
        return target
    renewal = target.renewal.model_copy(update={"jitter_s": profile.renewal_jitter_s})
    return target.model_copy(update={"renewal": renewal})


def _known(plan: Rehearsal, profiles: Path) -> Known:
    """The names that rules may use."""
    search = plan.schedule.search
    beside = [name for name, rate in plan.profile.background.items() if rate]
    searched = [*search.shares, *beside] if search else []
    return Known(
        step_names(plan.scenarios, plan.target),
        step_names(searched, plan.target),
        tuple(stage.name for stage in plan.schedule.stages),
        step_names(SCENARIOS, plan.target) | {"introspect", "userinfo", "validate", "verify", "jwks"},
        lambda: stages_elsewhere(profiles),
    )


def _fit(profile: Profile, target: Target, schedule: Schedule, scale: float) -> Rehearsal:
    """Plan the visitors within the accounts that there are; ConfigError where the target lacks what they need."""
    if missing := list(undescribed([stream.scenario for stream in schedule.streams], target)):
        raise ConfigError(missing)
    wanted = plan_pool(schedule, profile.visit_s)
    people = sum(count for name, count in wanted.peak.items() if name not in WITHOUT_ACCOUNT)
    others = sum(wanted.peak.values()) - people
    accounts = target.accounts.count
    exposed = tuple(exposures(target.accounts))
    if not any(wanted.peak.values()):
        wrong = "no scenario of the mix gets a whole user"
        raise ConfigError([Problem(f"profile {profile.name}", None, "users", wrong, "ask for more users")])
    if people <= accounts:
        return Rehearsal(profile, target, schedule, wanted, scale, exposed, people=people)
    if target.accounts.when_exhausted == "recycle":
        warning = f"{people} visitors share the {accounts} accounts of target {target.name}: when-exhausted is recycle"
        return Rehearsal(profile, target, schedule, wanted, scale, (*exposed, warning), people=people)
    if target.accounts.when_exhausted == "fail" or not profile.open:
        wrong = f"{accounts} accounts are too few for {people} users, for two visitors never share one"
        raise ConfigError([Problem(f"target {target.name}", None, "accounts.count", wrong)])
    pool = plan_pool(schedule, profile.visit_s, accounts + others)
    return Rehearsal(profile, target, schedule, pool, scale, exposed, people=people)


def _over_ceiling(schedule: Schedule, target: Target) -> Problem | None:
    """The problem of a peak above what the target allows."""
    load = whole_load(schedule)
    peak = load.peak
    if (search := schedule.search) is not None:  # beside which the background goes on
        peak = max(peak, search.highest + load.rate_at(search.start_s))
    if schedule.model == "closed" or target.ceiling is None or peak <= target.ceiling + 1e-6:
        return None
    right = f"choose another profile, raise the ceiling, or run with SCALE={target.ceiling / peak:.2g} (--spike-scale)"
    return Problem(
        f"target {target.name}", None, "ceiling", f"the peak of {peak:g}/s is above {target.ceiling:g}/s", right
    )


def resolve_secrets(target: Target, environ: Mapping[str, str] = os.environ) -> dict[str, Secret]:
    """Every secret of the target by its ``key``, each asked for once; ConfigError names all that are missing."""
    found: dict[str, Secret] = {}
    problems: list[Problem] = []
    for key, name in target.secrets():
        if name.key in found:
            continue
        try:
            found[name.key] = name.resolve(environ)
        except KeyError as error:
            wrong = f"the secret {name.place} is not {'set' if name.env else 'there'}"
            problems.append(Problem(f"target {target.name}", None, key, wrong, str(error.args[0])))
    if problems:
        raise ConfigError(problems)
    return found


def names_in(folder: Path) -> list[str]:
    """The names of the YAML files in a folder, sorted."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def _path(folder: Path, name: str) -> Path:
    return Path(name) if name.endswith((".yaml", ".yml")) else folder / f"{name}.yaml"


def _read(folder: Path, name: str, option: str, read: Any, problems: list[Problem]) -> Any:
    """One file of a folder by name; its problems are added to the list and None returned."""
    path = _path(folder, name)
    if not path.exists():
        known = names_in(folder)
        problems.append(Problem(option, None, name, f"there is no {path}", nearest(name, known) if known else ""))
        return None
    try:
        return read(path)
    except ConfigError as error:
        problems.extend(error.problems)
        return None
