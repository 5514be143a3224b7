"""Which calls of a JSON login API the scenarios of a profile make: those that are not described cannot be made."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from authstorm.errors import Problem
from authstorm.plan.target import Target


def undescribed(scenarios: Collection[str], target: Target) -> Iterator[Problem]:
    """A problem for each call that a scenario needs and the target's ``api`` does not describe."""
    if target.api is None:
        return
    source, described = f"target {target.name}", {name for name, _ in target.api.calls()}
    if "service" in scenarios:
        wrong = "the profile brings the scenario service, and a JSON login API is for people"
        yield Problem(source, None, "api", wrong, "choose a profile without service")
    for call in ("refresh", "validate"):
        if call in scenarios and call not in described:
            wrong = f"is not described, and the scenario {call} needs it"
            yield Problem(source, None, f"api.{call}", wrong, f"add {call}: {{path: ...}} below api")
