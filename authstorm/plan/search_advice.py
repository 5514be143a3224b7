"""What there is to say about a search: whether each probe can be judged."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from authstorm.plan.expectation import steps_of
from authstorm.plan.piece_of_advice import SAMPLES_NEEDED, Advice
from authstorm.plan.rehearsal import Rehearsal
from authstorm.plan.rule import SHARES, Rule


def probes(plan: Rehearsal) -> Iterator[Advice]:
    """Each probe of a search makes enough steps to tell its rule's percentile, or to meet one failure too many."""
    search = plan.schedule.search
    needed = _steps_needed(search.rule) if search else None
    if search is None or needed is None:
        return
    steps: dict[str, float] = {}
    rates = [(scenario, search.lowest * share) for scenario, share in search.shares.items()]
    rates += [(scenario, rate * plan.scale) for scenario, rate in plan.profile.background.items()]
    for scenario, rate in rates:
        for step, times in steps_of(scenario, plan.target).items():
            steps[step] = steps.get(step, 0.0) + search.probe_s * rate * times
    about = [count for step, count in steps.items() if search.rule.step in {"", step}]
    # of latencies each step speaks for itself, of shares all steps together
    made = (sum(about) if search.rule.metric in SHARES else min(about)) if about else 0.0
    if round(made) < needed:
        sentence = (
            f"A probe at {search.lowest:g}/s makes {made:.0f} of the {needed} steps that “{search.rule.line}” needs."
        )
        longer = ceil(search.probe_s * needed / made) if made else 0
        yield Advice("short-probe", sentence, f"probe: {longer}s" if longer else "a step that the mix makes")


def _steps_needed(rule: Rule) -> int | None:
    """How many steps a rule needs to be judged at all; None where any number will do."""
    if rule.metric in SHARES:
        room = rule.limit if rule.sign.startswith("<") else 1 - rule.limit
        return ceil(1 / room - 1e-9) if room > 0 else None
    return SAMPLES_NEEDED.get(rule.metric)
