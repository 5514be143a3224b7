"""What in a plan cannot work, works badly, or proves nothing: one small rule a function, each with what would be right.

Nothing here asks the target: a plan is judged by itself, before anything is started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from authstorm.errors import ConfigError, Problem
from authstorm.plan.census import arrivals_by_stage, whole_load
from authstorm.plan.expectation import (
    is_goodput,
    lifetime_s,
    renewal_after_s,
    sign_ins_each_second,
    steps_by_stage,
    steps_of,
)
from authstorm.plan.piece_of_advice import SAMPLES_NEEDED, Advice, listed
from authstorm.plan.rehearsal import Rehearsal
from authstorm.plan.scenario import WITHOUT_ACCOUNT
from authstorm.plan.schedule import Schedule
from authstorm.plan.search_advice import probes
from authstorm.plan.stage_advice import recovery, short_stages
from authstorm.plan.units import show_duration

MANY_SIGN_INS: Final = 20
"""Fewer in a second are no storm, whatever else comes."""


def advise(plan: Rehearsal) -> tuple[Advice, ...]:
    """Everything there is to say about a plan; what hinders it comes first."""
    found = [piece for rule in RULES for piece in rule(plan)]
    return tuple(sorted(found, key=lambda piece: piece.works))


def check_works(plan: Rehearsal) -> None:
    """ConfigError with everything that hinders a plan, so that nothing is loaded for it."""
    source = f"profile {plan.profile.name}"
    if found := [piece for piece in advise(plan) if not piece.works]:
        raise ConfigError([Problem(source, None, piece.code, piece.sentence, piece.right) for piece in found])


def notes(plan: Rehearsal) -> list[str]:
    """What there is to say about a plan that works, each thing once and in a line or two."""
    advice = (f"{piece.code}: {piece.sentence} Right: {piece.right}." for piece in advise(plan) if piece.works)
    return [*plan.warnings, *advice]


def nothing_to_judge(plan: Rehearsal) -> Iterator[Advice]:
    """No data is never a pass: somebody must come, while it counts."""
    schedule = plan.schedule
    if not any(stage.measured for stage in schedule.stages):
        right = "leave measured: false to the warm-up"
        yield Advice("nothing-measured", "No stage is measured, so that there is nothing to judge.", right, works=False)
    elif whole_load(schedule).peak <= 0 and schedule.search is None:
        yield Advice("nobody-comes", "Every load is 0, so that nobody comes.", "a higher baseline", works=False)
    elif schedule.model == "open" and not _searched(schedule) and not any(_measured_arrivals(schedule)):
        sentence = "No arrival falls into a measured stage, so that there is nothing to judge."
        yield Advice("nobody-comes", sentence, "higher rates, longer stages or a larger SCALE", works=False)


def accounts(plan: Rehearsal) -> Iterator[Advice]:
    """Two visitors never share an account; a closed plan with too few was refused when it was read."""
    there, visit_s = plan.target.accounts.count, plan.profile.visit_s
    scenarios = [name for name in plan.scenarios if name not in WITHOUT_ACCOUNT]
    wanted = plan.people
    if plan.target.accounts.when_exhausted == "recycle":
        return  # visitors share, which is among the plan's warnings
    if len(scenarios) > there:
        sentence = f"{len(scenarios)} scenarios need an account each, and target {plan.target.name} has {there}."
        yield Advice("no-account", sentence, f"accounts: {{count: {wanted}}} in the target", works=False)
    elif wanted > there:
        stand_s = visit_s * there / wanted
        sentence = (
            f"{wanted:,} visitors would stand visits of {visit_s:g} s at the peak, but target {plan.target.name} has "
            f"{there:,} accounts: once visits take longer than {stand_s:.2g} s, arrivals are dropped and counted."
        )
        right = f"accounts: {{count: {wanted}}} in the target, SCALE={there / wanted:.2g}, or a shorter visit"
        yield Advice("few-accounts", sentence, right)


def sign_ins(plan: Rehearsal) -> Iterator[Advice]:
    """Visitors that sign in before their first visit come with the pool; at the beginning all of them at once."""
    each_second = sign_ins_each_second(plan) if plan.profile.open else []
    most, peak = max(each_second, default=0), whole_load(plan.schedule).peak
    if most >= MANY_SIGN_INS and most > peak:
        sentence = (
            f"{most:,} visitors sign in within the second {each_second.index(most)}, more than there are arrivals "
            f"in any ({peak:.4g}/s): that is a storm of its own."
        )
        yield Advice("sign-in-storm", sentence, "- warm-up: {for: 30s, from: 0/s, measured: false} as the first stage")


def samples(plan: Rehearsal) -> Iterator[Advice]:
    """Each step of a measured stage is made often enough for its percentiles to be told."""
    counts = list(steps_by_stage(plan))
    most = "at most " if plan.schedule.model == "closed" else ""
    least = 1
    for name, needed in SAMPLES_NEEDED.items():
        few = [
            f"{stage}: " + ", ".join(f"{most}{made:.0f} {step}" for step, made in sorted(steps.items()))
            for stage, every in counts
            if (
                steps := {
                    step: made for step, made in every.items() if least <= round(made) < needed and is_goodput(step)
                }
            )
        ]
        if few:
            sentence = f"{name} needs {needed} good samples a step, and there are fewer in {listed(few, '; ', 6)}."
            yield Advice(f"few-samples-{name}", sentence, f"longer stages, higher rates, or do not judge {name} there")
        least = needed


def patience(plan: Rehearsal) -> Iterator[Advice]:
    """How long arrivals wait for a visitor, and how long visitors are kept for a visit, are of a useful size."""
    profile = plan.profile
    if not profile.open:
        return
    exchanges = max(sum(steps_of(name, plan.target).values()) for name in plan.scenarios)
    longest_s = exchanges * plan.target.timeouts.answer_s
    if profile.visit_s < 0.5:
        sentence = (
            f"Visitors are planned for visits of {profile.visit_s:g} s: after a slow answer, arrivals find nobody."
        )
        yield Advice("short-visit", sentence, "visit: 3s")
    if profile.visit_s > longest_s:
        sentence = f"Visits of {profile.visit_s:g} s are planned for, but the target is given up after {longest_s:g} s."
        yield Advice("long-visit", sentence, f"visit: {show_duration(longest_s)} at most, which needs fewer accounts")
    if profile.patience_s < 0.1:
        sentence = f"Arrivals are dropped after {profile.patience_s:g} s, which a hiccup of the generator can take."
        yield Advice("short-patience", sentence, "patience: 2s")
    if profile.patience_s > 10:
        sentence = f"Arrivals may begin {profile.patience_s:g} s late, in another stage than they were planned for."
        yield Advice("long-patience", sentence, "patience: 2s, and a longer visit or more accounts")


_RENEWING = frozenset({"refresh", "validate", "session"})


def idle_keys(plan: Rehearsal) -> Iterator[Advice]:
    """A key that the profile's model has no use for says something that will not happen."""
    unused: tuple[str, ...] = ("think_s",) if plan.profile.open else ("spacing", "patience_s", "visit_s")
    if "stuffing" not in plan.scenarios:
        unused += ("stuffing",)
    given = [
        type(plan.profile).model_fields[key].alias or key for key in unused if key in plan.profile.model_fields_set
    ]
    if given:
        sentence = f"{listed(given)} has no effect in {'an open' if plan.profile.open else 'a closed'} profile"
        sentence += " without the scenario stuffing." if "stuffing" in given else "."
        yield Advice("idle-key", sentence, "leave it out")
    if absent := [f"retries.{name}" for name in plan.profile.retries if name not in plan.scenarios]:
        yield Advice("idle-key", f"{listed(absent)} has no effect: that scenario does not come.", "leave it out")
    if plan.profile.renewal_jitter_s is not None and not _RENEWING & set(plan.scenarios):
        sentence = "renewal-jitter has no effect: no scenario renews tokens (refresh, validate and session do)."
        yield Advice("idle-key", sentence, "leave it out")


def renewals(plan: Rehearsal) -> Iterator[Advice]:
    """In a closed profile a visitor renews when its tokens are due, so that they must come due before the end."""
    stream = next((stream for stream in plan.schedule.streams if stream.scenario == "refresh"), None)
    if plan.profile.open or stream is None:
        return
    came_s = next((second for second, users in enumerate(plan.pool.each_second) if users["refresh"]), 0)
    due_s, ends_s = renewal_after_s(plan.target), plan.schedule.duration_s
    if came_s + due_s >= ends_s:
        is_known = plan.target.sandbox is not None
        said = f"{'live' if is_known else 'are taken to live'} {show_duration(lifetime_s(plan.target))}"
        sentence = (
            f"No token comes due: tokens {said} and are renewed {show_duration(due_s)} old at the earliest, "
            f"but the profile ends after {show_duration(ends_s)}."
        )
        there = (
            "TARGET=sandbox-short-lived, or another whose tokens live shorter"
            if is_known
            else "the true renewal: {lifetime}"
        )
        right = f"{there}, or stages of more than {show_duration(came_s + due_s)}"
        yield Advice("no-renewal", sentence, right, works=not is_known)


def guesses(plan: Rehearsal) -> Iterator[Advice]:
    """Guesses at passwords may lock accounts of a real service, and it has people who watch for such things."""
    if "stuffing" in plan.scenarios and plan.target.sandbox is None and plan.profile.stuffing.known:
        named = min(plan.profile.stuffing.accounts, plan.target.accounts.count)
        sentence = f"Guesses at passwords may lock {named:,} accounts of target {plan.target.name} for good."
        yield Advice(
            "may-lock", sentence, "accounts made for the rehearsal, and whoever watches the service told of it"
        )


RULES: Final[tuple[Callable[[Rehearsal], Iterable[Advice]], ...]] = (
    nothing_to_judge,
    accounts,
    sign_ins,
    samples,
    probes,
    recovery,
    short_stages,
    patience,
    idle_keys,
    renewals,
    guesses,
)


def _measured_arrivals(schedule: Schedule) -> list[int]:
    made = zip(schedule.stages, arrivals_by_stage(schedule), strict=True)
    return [sum(counts.values()) for stage, counts in made if stage.measured]


def _searched(schedule: Schedule) -> bool:
    return schedule.search is not None and schedule.stages[-1].measured
