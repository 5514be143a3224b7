"""The check's page as plain text: a table of steps, and below it each finding as a manual tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from textwrap import fill
from typing import Final

from authstorm.commands.checking.row import Finding, Row

_TITLES: Final = ("step", "works", "answer", "time", "hint")
_WIDTH: Final = 110
_Place = Callable[[str], str]


def table(rows: Sequence[Row]) -> str:
    """The table; columns are as wide as what stands in them."""
    cells = [_TITLES, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_TITLES))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def manual(findings: Iterable[Finding], place: _Place) -> Iterator[str]:
    """Each finding with the file and line to change; ``place`` gives "file:line" of a key."""
    for number, finding in enumerate(findings, 1):
        yield f"\n{number}. {place(finding.key)}: {finding.key}"
        yield _paragraph("Context", finding.context)
        yield _paragraph("Cause", finding.cause)
        yield _paragraph("Remedy", finding.remedy)


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    took = "" if row.took_ms is None else f"{row.took_ms:.0f} ms" if row.took_ms >= 10 else f"{row.took_ms:.1f} ms"
    return row.step, row.works.value, row.answer, took, row.hint


def _paragraph(title: str, text: str) -> str:
    first = f"   {title + ':':<9}"
    return fill(text, _WIDTH, initial_indent=first, subsequent_indent=" " * 12, break_long_words=False)
