"""The failing and the slowest of a run, each with its code."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import Final

from authstorm.plan.schedule import Schedule
from authstorm.report.facts import Code, SlowMoment
from authstorm.report.plan_facts import PlanFacts
from authstorm.watch.rows import CodeRow
from authstorm.watch.tally import Tally

MOST_SLOW: Final = 20
"""How many of the slowest single steps are told."""


def codes_of(plan: PlanFacts, tally: Tally) -> tuple[Code, ...]:
    """What ended otherwise than good, over all scenarios and stages, most frequent first."""
    kinds: dict[tuple[str, str, str], list[CodeRow]] = defaultdict(list)
    for row in tally.code_rows():
        if row.outcome != "good":
            kinds[row.step, row.outcome, row.code].append(row)
    told = [
        Code(
            *kind,
            plan.meanings.get(kind[2], ""),
            sum(row.count for row in rows),
            sum(row.expected for row in rows),
            min(row.first_second for row in rows),
            max(row.last_second for row in rows),
        )
        for kind, rows in kinds.items()
    ]
    return tuple(sorted(told, key=lambda code: (-code.count, code.step, code.outcome, code.code)))


def slowest_of(schedule: Schedule, tally: Tally) -> tuple[SlowMoment, ...]:
    """The slowest single steps of the measured stages."""
    measured = (slow for slow in tally.slowest() if schedule.stages[slow.stage].measured)
    return tuple(
        SlowMoment(
            slow.second, schedule.stages[slow.stage].name, slow.step, slow.outcome, slow.code, round(slow.latency_ms, 2)
        )
        for slow in islice(measured, MOST_SLOW)
    )
