"""What there is to say while a run goes on: the numbers of its newest closed seconds, for a screen or a plain line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from authstorm.plan.expectation import is_goodput
from authstorm.report.words import OUTCOMES
from authstorm.watch.health import HealthSecond
from authstorm.watch.rows import SecondRow
from authstorm.watch.tally import Tally

OVER_S: Final = 5
"""Rates and latencies are those of this many seconds: fewer would flicker, more would come late."""


@dataclass(frozen=True, slots=True)
class LiveStep:
    """One step: steps and good ones a second, p95 of the good (the slowest where they are few), and how many failed."""

    name: str
    per_s: float
    good_per_s: float
    p95_ms: float | None
    failed: int


@dataclass(frozen=True, slots=True)
class LiveView:
    """The run at one moment; rates are per second, counts are of the newest ``over_s`` closed seconds.

    ``over_s`` is 0 as long as no second is closed. The run's ``good_per_s`` leaves out sign-ins, for which no arrival
    asks; those of the steps have all. Visitors, CPU and lag are the generator's; None when not known.
    """

    now_s: float
    over_s: int
    offered_per_s: float = 0.0
    started_per_s: float = 0.0
    good_per_s: float = 0.0
    dropped: int = 0
    steps: tuple[LiveStep, ...] = ()
    outcomes: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    visitors: int | None = None
    visitors_busy: int | None = None
    cpu_share: float | None = None
    loop_lag_ms: float | None = None

    @property
    def failed(self) -> int:
        """Steps that did not end as their scenario asked."""
        return sum(step.failed for step in self.steps)

    @property
    def p95_ms(self) -> float | None:
        """The p95 of the slowest step."""
        return max((step.p95_ms for step in self.steps if step.p95_ms is not None), default=None)


def live_view(tally: Tally, health: Sequence[HealthSecond], now_s: float) -> LiveView:
    """Look at the newest seconds that every worker has closed; the open one would count too little.

    ``health`` are the run's seconds for all workers together.
    """
    end = min(tally.settled_second, int(now_s))
    first = max(0, end - OVER_S)
    over_s = end - first
    if not over_s:
        return LiveView(now_s, 0)
    shown = [second for second in health if first <= second.second < end]
    newest = shown[-1] if shown else None
    rows = list(tally.second_rows(first, end - 1, over_s))
    return LiveView(
        now_s,
        over_s,
        sum(second.offered for second in shown) / over_s,
        sum(second.started for second in shown) / over_s,
        sum(row.count for row in rows if row.outcome == "good" and is_goodput(row.step)) / over_s,
        sum(second.dropped for second in shown),
        live_steps(rows, over_s),
        {name: sum(row.count for row in rows if row.outcome == name) for name in OUTCOMES},
        visitors=newest.visitors if newest else None,
        visitors_busy=newest.visitors_busy if newest else None,
        cpu_share=max((second.cpu_share for second in shown), default=None),
        loop_lag_ms=max((lag for second in shown if (lag := second.loop_lag_max_ms) is not None), default=None),
    )


def live_steps(rows: Sequence[SecondRow], over_s: int) -> tuple[LiveStep, ...]:
    """The steps of some rows, which are one each a step and outcome, by name."""
    return tuple(_live_step(name, rows, over_s) for name in sorted({row.step for row in rows}))


def _live_step(name: str, rows: Sequence[SecondRow], over_s: int) -> LiveStep:
    mine = [row for row in rows if row.step == name]
    good = next((row for row in mine if row.outcome == "good"), None)
    return LiveStep(
        name,
        sum(row.count for row in mine) / over_s,
        good.count / over_s if good else 0.0,
        None if good is None else good.latency.max_ms if good.latency.p95_ms is None else good.latency.p95_ms,
        sum(row.count if row.outcome == "wrong" else row.count - row.expected for row in mine if row is not good),
    )
