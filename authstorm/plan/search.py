"""The search for the highest rate that still meets a rule: doubling until it fails, then halving what is left."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, log2

from authstorm.plan.rule import Rule

SETTLE_S = 3.0
"""Pause after each probe: what it left behind drains, and the last windows come in."""


TRIES = 3
"""How often a rate is tried when the generator itself was too late to say that the target failed."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One tried rate (arrivals per second) and whether the rule held."""

    rate: float
    held: bool


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """Where to look: between two rates, each probe so long, until what is left is narrower than the precision.

    ``precision`` is a share: 0.03 ends the search when the lowest rate that failed is at most 3 % above the highest
    that held. ``shares`` divides a rate among the scenarios. ``start_s`` is where the search's stage begins.
    """

    start_s: float
    shares: dict[str, float]
    lowest: float
    highest: float
    probe_s: float
    precision: float
    rule: Rule

    @property
    def most_probes(self) -> int:
        """How many probes a search can take, with some tried again."""
        doublings = ceil(log2(self.highest / self.lowest)) + 1
        return doublings + ceil(log2(log(2) / log(1 + self.precision))) + 1 + TRIES

    @property
    def longest_s(self) -> float:
        """How long a search can take."""
        return self.most_probes * (self.probe_s + SETTLE_S)

    def next_rate(self, probes: list[Probe]) -> float | None:
        """The rate to try next; None when the search is over."""
        good = self.held(probes)
        bad = self.failed(probes)
        if bad is None:
            return self.lowest if good is None else None if good >= self.highest else min(good * 2, self.highest)
        if good is None or bad / good <= 1 + self.precision:
            return None
        return float((good * bad) ** 0.5)

    def held(self, probes: list[Probe]) -> float | None:
        """The highest rate at which the rule held; None when it never did."""
        return max((probe.rate for probe in probes if probe.held), default=None)

    def failed(self, probes: list[Probe]) -> float | None:
        """The lowest rate at which the rule failed; None when it never did."""
        return min((probe.rate for probe in probes if not probe.held), default=None)

    def result(self, probes: list[Probe]) -> str:
        """What was found, in words, with its uncertainty."""
        good, bad = self.held(probes), self.failed(probes)
        if good is None:
            return (
                "nothing was tried" if bad is None else f"below {bad:.4g}/s: the rule failed at the lowest rate tried"
            )
        if bad is None:
            over = good >= self.highest
            return f"at least {good:.4g}/s" + (
                ": it held at the highest rate asked for" if over else ": the search was cut short"
            )
        return f"{good:.4g}/s held and {bad:.4g}/s failed: {(good * bad) ** 0.5:.4g}/s ± {(bad / good - 1) / 2:.1%}"
