"""The error tree; each class carries the exit code that its kind of failure ends a run with.

::

    AuthstormError                 1  something inside failed
    ├── ConfigError                2  the plan, the target or an argument is wrong: every problem at once
    │   └── SafetyError            2  the target may not be loaded (host not allowed, rate above the ceiling)
    ├── UnreachableError           6  the target does not answer, before any load was made
    └── SandboxError               1  the bundled authorization server did not start or died

Exit codes that no exception carries (3, 4, 5, 7, 8, 130) are verdicts on a finished run: see ``authstorm.watch``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AuthstormError(Exception):
    """Something failed that the user should read about in one line."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file or an argument, and what would be right.

    ``line`` is 1-based, or None where the source has no lines; ``key`` is the dotted path inside the file.
    """

    source: str
    line: int | None
    key: str
    wrong: str
    right: str = ""

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{place}: {self.key}: {self.wrong}" + (f" ({self.right})" if self.right else "")


class ConfigError(AuthstormError):
    """The configuration cannot work; ``problems`` holds all that was found, in the order of the file."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class SafetyError(ConfigError):
    """The load is refused because of where it would go or how much it would be."""


class UnreachableError(AuthstormError):
    """The target gave no answer when it was asked before the load."""

    exit_code = 6


class SandboxError(AuthstormError):
    """The sandbox process did not become ready, or ended by itself."""
