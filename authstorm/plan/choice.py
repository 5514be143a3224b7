"""What a rehearsal is asked for: profile, target, seed and scale, and the lists that people choose them from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Final

from authstorm.errors import ConfigError, Problem
from authstorm.plan.rehearsal import Rehearsal, load_rehearsal, names_in
from authstorm.plan.strict import nearest

OWN_SEED: Final = ""
NEW_SEED: Final = "new"
"""In a list of seeds: the profile's own, and one that is drawn."""
HIGHEST_SEED: Final = 2**31
_SCALES: Final = ("0.1", "0.25", "0.5", "1", "2", "5")


@dataclass(frozen=True, slots=True)
class Choice:
    """Profile and target by name (or path); ``seed`` None is the profile's own; ``scale`` multiplies every rate."""

    profile: str
    target: str
    seed: int | None = None
    scale: float = 1.0
    client: str | None = None

    def load(self, config: Path) -> Rehearsal:
        """Read the files anew; ConfigError has every problem."""
        return load_rehearsal(
            self.profile, self.target, config, scale=self.scale, seed=self.seed, client=self.client
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Menu:
    """The lists of a page; the first choice, which the command line made, is in them whatever it is."""

    profiles: Sequence[str]
    targets: Sequence[str]
    seeds: Sequence[str]
    scales: Sequence[str]
    first: Choice

    @classmethod
    def of(cls, config: Path, first: Choice) -> Menu:
        """Look what files there are now."""
        return cls(
            _with(first.profile, names_in(config / "profiles")),
            _with(first.target, names_in(config / "targets")),
            _with(OWN_SEED if first.seed is None else str(first.seed), [OWN_SEED, NEW_SEED, *map(str, range(1, 10))]),
            _with(f"{first.scale:g}", _SCALES),
            first,
        )

    def read(self, form: Mapping[str, str], draw: Callable[[], int]) -> Choice:
        """What was chosen; what was not keeps the first choice. ConfigError for all that is on no list.

        Nothing but names is taken: a path in a form could lead to any file. ``draw`` gives a new seed.
        """
        problems: list[Problem] = []
        profile = _one_of("profile", form.get("profile", self.first.profile), self.profiles, problems)
        target = _one_of("target", form.get("target", self.first.target), self.targets, problems)
        scale = _scale(form.get("scale", f"{self.first.scale:g}"), problems)
        seed = self.first.seed if "seed" not in form else _seed(form["seed"].strip(), draw, problems)
        if problems:
            raise ConfigError(problems)
        return replace(self.first, profile=profile, target=target, seed=seed, scale=scale)


def _with(first: str, others: Sequence[str]) -> Sequence[str]:
    return others if first in others else (first, *others)


def _one_of(key: str, given: str, allowed: Sequence[str], problems: list[Problem]) -> str:
    if given not in allowed:
        problems.append(Problem("choice", None, key, f"{given!r} is not on the list", nearest(given, list(allowed))))
    return given


def _seed(given: str, draw: Callable[[], int], problems: list[Problem]) -> int | None:
    if given in {OWN_SEED, NEW_SEED}:
        return draw() if given == NEW_SEED else None
    if given.isascii() and given.isdecimal() and int(given[:12]) < HIGHEST_SEED:
        return int(given)
    right = f"leave it empty for the profile's own, or write a whole number below {HIGHEST_SEED}"
    problems.append(Problem("choice", None, "seed", f"{given[:20]!r} is no seed", right))
    return None


def _scale(given: str, problems: list[Problem]) -> float:
    try:
        scale = float(given)
    except ValueError:
        scale = 0.0
    if not 0 < scale < inf:
        problems.append(Problem("choice", None, "scale", f"{given[:20]!r} is no factor above 0", "0.1 is a tenth"))
    return scale
