"""Stretches of seconds and how they are written: lines of ``timeline.csv`` and rows of the page's data.

A percentile needs samples: p95 speaks from 20, p99 from 100. Where there are too few the table stays empty, and a line
of a chart shows the slowest instead: it keeps its single seconds, and never looks better than it was.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from authstorm.plan.schedule import Schedule
from authstorm.report.words import OUTCOMES
from authstorm.watch.health import HealthSecond
from authstorm.watch.rows import SecondRow, Times

CSV_COLUMNS: Final = (
    "second", "stage", "step", "outcome", "count", "expected", "offered", "p50_ms", "p95_ms", "p99_ms", "max_ms",
)  # fmt: skip
"""The columns of ``timeline.csv``; ``offered`` are all arrivals that were due in the second, whatever their step."""

CHART_COLUMNS: Final = (
    "second", "offered", "started", "dropped", "start_delay_p99_ms", "loop_lag_max_ms", "cpu_percent",
    "machine_cpu_percent", "visitors_busy", "cells",
)  # fmt: skip
"""What the page's data holds of one point in time; a cell is ``[step, counts by outcome, p50, p95, p99]``."""

_INDEX: Final = {outcome: index for index, outcome in enumerate(OUTCOMES)}


@dataclass(frozen=True, slots=True)
class Block:
    """Whole seconds inside one stage (its name as it may be shown), ``first <= second <= last``."""

    first: int
    last: int
    stage: str


def blocks(schedule: Schedule, last_second: int, length_s: int, redact: Callable[[str], str]) -> Iterator[Block]:
    """Cut the seconds from 0 to ``last_second`` at the stages' borders, then into blocks of at most ``length_s``.

    A second belongs to the stage that its middle falls into; what comes after the end belongs to the last stage.
    """
    first = 0
    for second in range(last_second + 1):
        here, after = schedule.stage_at(second + 0.5), schedule.stage_at(second + 1.5)
        if second == last_second or here != after or second - first + 1 == length_s:
            yield Block(first, second, redact(schedule.stages[here].name))
            first = second + 1


def csv_lines(rows: Sequence[SecondRow], stage: str, offered: Mapping[int, int], steps: Mapping[str, str]) -> str:
    """The lines of one block; ``steps`` gives each step's name as it may be shown."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        named = (row.second, stage, steps[row.step], row.outcome)
        counts = (row.count, row.expected, offered.get(row.second, 0))
        writer.writerow((*named, *counts, *(_shown(ms, 2) for ms in (*_percentiles(row.latency), row.latency.max_ms))))
    return text.getvalue()


def chart_rows(
    rows: Sequence[SecondRow],
    arrivals: Mapping[int, tuple[float | int | None, ...]],
    numbers: Mapping[str, int],
) -> list[str]:
    """One JSON row for each point of ``arrivals``, by its first second.

    ``arrivals`` holds what stands between second and cells, ``rows`` the steps of each point, ``numbers`` each step's
    place in the page's list.
    """
    cells: dict[int, dict[str, list[Any]]] = {second: {} for second in arrivals}
    for row in rows:
        cell = cells[row.second].setdefault(row.step, [numbers[row.step], [0] * len(OUTCOMES), None, None, None])
        cell[1][_INDEX[row.outcome]] += row.count
        if row.outcome == "good":
            cell[2:] = [_shown(row.latency.max_ms if ms is None else ms, 1) for ms in _percentiles(row.latency)]
    return [
        json.dumps([second, *arrivals[second], list(found.values())], separators=(",", ":"), allow_nan=False)
        for second, found in cells.items()
    ]


def arrivals_in(records: Sequence[HealthSecond], planned: int | None) -> tuple[float | int | None, ...]:
    """What the page tells of the generator over some seconds: sums, and the worst of delays, lags and shares.

    ``planned`` are the plan's arrivals, None where the plan has none (a closed model): then those that were due count.
    """
    if not records:
        return (planned, None, None, None, None, None, None, None)
    offered = sum(record.offered for record in records) if planned is None else planned
    delays = [record.start_delay_p99_ms for record in records if record.start_delay_p99_ms is not None]
    lags = [record.loop_lag_max_ms for record in records if record.loop_lag_max_ms is not None]
    return (
        offered,
        sum(record.started for record in records),
        sum(record.dropped for record in records),
        _shown(max(delays, default=None), 1),
        _shown(max(lags, default=None), 1),
        round(max(record.cpu_share for record in records) * 100, 1),
        round(max(record.machine_cpu_share for record in records) * 100, 1),
        max(record.visitors_busy for record in records),
    )


def _percentiles(times: Times) -> tuple[float | None, float | None, float | None]:
    return (times.p50_ms, times.p95_ms, times.p99_ms)


def _shown(figure: float | None, digits: int) -> float | None:
    return None if figure is None else round(figure, digits)
