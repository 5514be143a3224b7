"""The run second by second, kept as ready text: what has passed is rendered once, so a rewrite costs what is new."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from authstorm.plan.schedule import Schedule
from authstorm.report.blocks import (
    CHART_COLUMNS,
    CSV_COLUMNS,
    Block,
    arrivals_in,
    blocks,
    chart_rows,
    csv_lines,
)
from authstorm.report.digest import Watched
from authstorm.report.second_table import MOST_ROWS, TableRow, table_rows
from authstorm.report.words import OUTCOMES
from authstorm.watch.health import HealthSecond
from authstorm.watch.tally import Tally

MOST_POINTS: Final = 1500
"""A chart has one point a second up to this many; a longer run has points of more seconds."""

BLOCK_POINTS: Final = 5
"""How many points are rendered and kept together."""

SETTLE_S: Final = 8
"""How long a second may still change: workers report late, and a lost one is noticed after some seconds."""


@dataclass(frozen=True, slots=True)
class _Rendered:
    seen: int  # samples and arrivals that the text tells of: it is stale when there are more
    csv: str
    points: tuple[str, ...]
    table: tuple[TableRow, ...]


class Timeline:
    """All seconds of one run as text; blocks that cannot change any more are kept."""

    def __init__(self, schedule: Schedule, redact: Callable[[str], str]) -> None:
        self.point_s = max(1, ceil(schedule.duration_s / MOST_POINTS))
        self._row_s = max(1, ceil(schedule.duration_s / MOST_ROWS))
        self._schedule = schedule
        self._redact = redact
        self._planned = [sum(second.values()) for second in schedule.offered_each_second()]
        self._steps: dict[str, str] = {}  # as measured -> as shown; a step keeps its place in this order
        self._kept: dict[Block, _Rendered] = {}
        self._now: list[_Rendered] = []

    def refresh(self, watched: Watched, each_second: Sequence[HealthSecond], pause: Callable[[], None]) -> None:
        """Render what is new since the last call; of a complete run, look again at what has passed.

        What is not stale stays even then: the tally forgets the histograms of long past seconds, this text does not.
        ``pause`` is called after each block that was rendered.
        """
        tally, settled_to = watched.tally, watched.run.ended_s - SETTLE_S
        records = {record.second: record for record in each_second}
        last = max(tally.last_second or 0, max(records, default=0))
        self._now = []
        for block in blocks(self._schedule, last, self.point_s * BLOCK_POINTS, self._redact):
            rendered = self._kept.get(block)
            if rendered is None or (watched.complete and rendered.seen != self._seen(block, tally, records)):
                rendered = self._render(block, tally, records)
                pause()
            if block.last < settled_to:
                self._kept[block] = rendered
            self._now.append(rendered)

    def csv_text(self) -> str:
        """The whole of ``timeline.csv``."""
        return "".join((",".join(CSV_COLUMNS), "\r\n", *(each.csv for each in self._now)))

    def chart_json(self) -> str:
        """The whole timeline of the page's data, as JSON."""
        head = json.dumps({
            "point_s": self.point_s,
            "columns": CHART_COLUMNS,
            "outcomes": OUTCOMES,
            "steps": list(self._steps.values()),
        })  # fmt: skip
        return f'{head[:-1]}, "seconds": [' + ",\n".join(row for each in self._now for row in each.points) + "]}"

    def table(self) -> list[TableRow]:
        """The timeline as rows for people."""
        return [row for each in self._now for row in each.table]

    @property
    def peak_offered(self) -> int:
        """The most arrivals that the plan has in one second; 0 in a closed model."""
        return max(self._planned)

    def _render(self, block: Block, tally: Tally, records: Mapping[int, HealthSecond]) -> _Rendered:
        single = list(tally.second_rows(block.first, block.last))
        for row in single:
            if row.step not in self._steps:
                self._steps[row.step] = self._redact(row.step)
        wide = single if self.point_s == 1 else list(tally.second_rows(block.first, block.last, self.point_s))
        numbers = {step: index for index, step in enumerate(self._steps)}
        points = {
            first: self._arrivals(range(first, min(first + self.point_s, block.last + 1)), records)
            for first in range(block.first, block.last + 1, self.point_s)
        }
        offered = {second: self._offered(second, records) for second in range(block.first, block.last + 1)}
        return _Rendered(
            self._seen(block, tally, records),
            csv_lines(single, block.stage, offered, self._steps),
            tuple(chart_rows(wide, points, numbers)),
            table_rows(block, self._row_s, single, offered, records),
        )

    @staticmethod
    def _seen(block: Block, tally: Tally, records: Mapping[int, HealthSecond]) -> int:
        known = [records[second] for second in range(block.first, block.last + 1) if second in records]
        arrivals = sum(record.started + record.dropped for record in known)
        return arrivals + len(known) + sum(row.count for row in tally.second_rows(block.first, block.last))

    def _arrivals(self, seconds: range, records: Mapping[int, HealthSecond]) -> tuple[float | int | None, ...]:
        known = [records[second] for second in seconds if second in records]
        planned = self._planned[seconds.start : seconds.stop]
        return arrivals_in(known, sum(planned) if planned and self._schedule.model == "open" else None)

    def _offered(self, second: int, records: Mapping[int, HealthSecond]) -> int:
        if self._schedule.model == "open":
            return self._planned[second] if second < len(self._planned) else 0
        return records[second].offered if second in records else 0
