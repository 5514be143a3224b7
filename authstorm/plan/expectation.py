"""What a plan is expected to make of its target: steps by stage, and when tokens are renewed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Final

from authstorm.plan.census import arrivals_by_stage
from authstorm.plan.json_api import JsonApi
from authstorm.plan.target import Target

if TYPE_CHECKING:
    from authstorm.plan.rehearsal import Rehearsal

LARGEST_SHARE: Final = 0.2
"""Renewal lead and jitter each take at most so much of a lifetime, as in authstorm.auth.renewal."""
GUESS: Final = "guess"
"""The step of the scenario stuffing."""
SIGN_IN_FIRST: Final = frozenset({"refresh", "validate"})
"""Scenarios whose visitors sign in once, outside of any arrival, before their first visit."""
DRAWS: Final = 40
"""Moments in a second, and draws of the jitter, that stand for all."""
MOST_SPANS: Final = 3600
"""Spans of time in which the renewals of a plan are told apart."""
LEAST_ROUND_S: Final = 1.0
"""Rounds that follow each other faster are counted as one a second."""


def steps_of(scenario: str, target: Target) -> dict[str, int]:
    """The steps that one visit makes when all goes well, and how often."""
    if scenario == "stuffing":  # in at the door it does not come
        return dict.fromkeys([GUESS] if target.api is not None else target.login.parts(GUESS)[:2], 1)
    if target.api is not None:
        return _api_steps(scenario, target.api, target.session.validations)
    checked = {"introspection": "introspect", "userinfo": "userinfo", "url": "validate", "jwks": "verify"}[
        target.validation.by
    ]
    if scenario == "validate":
        return {checked: 1}
    if scenario == "session":
        validations = {checked: target.session.validations} if target.session.validations else {}
        return {**dict.fromkeys(target.login.parts("login"), 1), **validations, "refresh": 1, "revoke": 1}
    return dict.fromkeys(target.login.parts("login"), 1) if scenario == "login" else {scenario: 1}


def steps_of_an_arrival(plan: Rehearsal, second: int) -> float:
    """Goodput that one arrival makes on average when all goes well, by the rates in the middle of a second."""
    moment_s = min(second + 0.5, plan.schedule.duration_s - 1e-6)
    rates = {stream.scenario: stream.curve.rate_at(moment_s) for stream in plan.schedule.streams}
    arrivals = sum(rates.values())
    steps = sum(rate * _goodput_of(name, plan.target) for name, rate in rates.items())
    return steps / arrivals if arrivals else 1.0


def _goodput_of(scenario: str, target: Target) -> int:
    return sum(times for step, times in steps_of(scenario, target).items() if is_goodput(step))


def _api_steps(scenario: str, api: JsonApi, validations: int) -> dict[str, int]:
    """The same for a JSON login API, which need not have every call."""
    if scenario != "session":
        return {scenario: 1}
    described = {name for name, _ in api.calls()}
    wanted = {"login": 1, "validate": validations, "refresh": 1, "logout": 1}
    return {name: times for name, times in wanted.items() if name in described and times}


def step_names(scenarios: Iterable[str], target: Target) -> frozenset[str]:
    """Every step that visits of these scenarios can make, also those that only some of them come to."""
    names = {step for scenario in scenarios for step in steps_of(scenario, target)}
    if not SIGN_IN_FIRST.isdisjoint(scenarios):
        names |= {"sign-in", "refresh"}
    return frozenset(names)


def is_sign_in(step: str) -> bool:
    """Whether a step, or a part of one (``sign-in: code``), comes before a visitor's arrivals, and not of one."""
    return step.split(": ", maxsplit=1)[0] == "sign-in"


def is_goodput(step: str) -> bool:
    """Whether a good step counts as goodput: no sign-in that comes before any arrival, and no page before a guess."""
    return not is_sign_in(step) and step.split(": ", maxsplit=1)[0] != GUESS


def lifetime_s(target: Target) -> float:
    """How long access tokens live, as far as can be known beforehand."""
    return target.sandbox.access_ttl_s if target.sandbox else target.renewal.lifetime_s


def renewal_after_s(target: Target, draw: float = 1.0) -> float:
    """How old tokens are when their visitor renews them: the lifetime less the lead and a draw (0..1) of the jitter."""
    life_s, widest_s = lifetime_s(target), lifetime_s(target) * LARGEST_SHARE
    return life_s - min(target.renewal.lead_s, widest_s) - draw * min(target.renewal.jitter_s, widest_s)


def steps_by_stage(plan: Rehearsal) -> Iterator[tuple[str, dict[str, float]]]:
    """Each measured stage's name and how often each step is made in it; in a closed model how often at most."""
    schedule = plan.schedule
    visits: Iterable[Mapping[str, float]] = (
        _closed_visits(plan) if schedule.model == "closed" else arrivals_by_stage(schedule)
    )
    for stage, made in zip(schedule.stages, visits, strict=True):
        if not stage.measured or (schedule.search is not None and stage is schedule.stages[-1]):
            continue  # what a search makes follows from what it finds
        steps: dict[str, float] = {}
        for scenario, count in made.items():
            for step, times in steps_of(scenario, plan.target).items():
                steps[step] = steps.get(step, 0.0) + count * times
        yield stage.name, steps


def _closed_visits(plan: Rehearsal) -> Iterator[dict[str, float]]:
    """Users times the stage, over the pause between two visits: nobody comes more often. Without a pause: unknown."""
    due_s = renewal_after_s(plan.target)
    pauses = {name: due_s if name == "refresh" else plan.profile.think_s for name in plan.scenarios}
    for stage in plan.schedule.stages:
        yield {
            stream.scenario: (stream.curve.area_until(stage.end_s) - stream.curve.area_until(stage.start_s)) / pause_s
            for stream in plan.schedule.streams
            if (pause_s := pauses[stream.scenario]) > 0
        }


def sign_ins_each_second(plan: Rehearsal) -> list[int]:
    """How many visitors sign in outside of any arrival in each second, as the pool grows; [] where nobody does."""
    there, counts = dict.fromkeys(SIGN_IN_FIRST.intersection(plan.scenarios), 0), []
    for users in plan.pool.each_second if there else ():
        counts.append(sum(max(0, users[name] - before) for name, before in there.items()))
        there = {name: users[name] for name in there}
    return counts


def renewals_each_second(plan: Rehearsal) -> list[float]:
    """How many renewals of visitors of the scenario refresh fall due in each second; [] in an open model.

    Visitors come at any moment of their second and keep their draw of the jitter, so that each round spreads further.
    As long as the target answers at once and issues tokens of the lifetime that is assumed. Of a plan of hours the
    seconds are put together until there are few enough to count through, and have the mean of those they are put with.
    """
    if plan.schedule.model == "open" or "refresh" not in plan.scenarios:
        return []
    users = [second["refresh"] for second in plan.pool.each_second]
    width = ceil(len(users) / MOST_SPANS)
    came = [0.0] * ceil(len(users) / width)
    for second, (before, now) in enumerate(pairwise((0, *users))):
        came[second // width] += max(0, now - before)
    one = _renewals_of_one(plan, len(came), width)
    due = [0.0] * len(came)
    for first, number in enumerate(came):
        for later, share in one if number else ():
            if first + later >= len(due):
                break
            due[first + later] += number * share
    return [due[second // width] / width for second in range(len(users))]


def _renewals_of_one(plan: Rehearsal, spans: int, width: int) -> list[tuple[int, float]]:
    """How often a visitor that comes in the first of so many spans of time renews in each, where it does at all."""
    soonest_s, latest_s = renewal_after_s(plan.target), renewal_after_s(plan.target, draw=0.0)
    points = [(number + 0.5) / DRAWS for number in range(DRAWS)]
    counts = [0.0] * spans
    for came in points:
        for draw in points:
            every_s = max(latest_s - draw * (latest_s - soonest_s), LEAST_ROUND_S)
            moment_s = came * width + every_s
            while moment_s < spans * width:
                counts[int(moment_s / width)] += 1 / DRAWS**2
                moment_s += every_s
    return [(span, count) for span, count in enumerate(counts) if count]
