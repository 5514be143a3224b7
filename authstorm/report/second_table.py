"""The timeline as a table for people: what the charts show, for readers without a script, an eye or a pointer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from authstorm.report.blocks import Block
from authstorm.report.words import OUTCOMES
from authstorm.watch.health import HealthSecond
from authstorm.watch.rows import SecondRow

MOST_ROWS: Final = 120
"""About how many rows the table has; a longer run has rows of more seconds, but one a block of the timeline."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """Some seconds of one stage: arrivals (None: unknown) and steps by outcome, in the order of OUTCOMES."""

    seconds: str
    stage: str
    offered: int
    started: int | None
    dropped: int | None
    counts: tuple[int, ...]


def table_rows(
    block: Block,
    row_s: int,
    rows: Sequence[SecondRow],
    offered: Mapping[int, int],
    records: Mapping[int, HealthSecond],
) -> tuple[TableRow, ...]:
    """The rows of one block, ``row_s`` seconds each; the last may be shorter."""
    return tuple(
        _row(range(first, min(first + row_s, block.last + 1)), rows, offered, records, block.stage)
        for first in range(block.first, block.last + 1, row_s)
    )


def _row(
    seconds: range,
    rows: Sequence[SecondRow],
    offered: Mapping[int, int],
    records: Mapping[int, HealthSecond],
    stage: str,
) -> TableRow:
    known = [records[second] for second in seconds if second in records]
    counts = dict.fromkeys(OUTCOMES, 0)
    for row in rows:
        if row.second in seconds:
            counts[row.outcome] += row.count
    return TableRow(
        seconds=str(seconds[0]) if len(seconds) == 1 else f"{seconds[0]}\u2013{seconds[-1]}",
        stage=stage,
        offered=sum(offered[second] for second in seconds),
        started=sum(record.started for record in known) if known else None,
        dropped=sum(record.dropped for record in known) if known else None,
        counts=tuple(counts.values()),
    )
