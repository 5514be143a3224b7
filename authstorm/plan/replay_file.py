"""The file of a replay: how many came in each interval, one row an interval."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from authstorm.errors import ConfigError, Problem

_COUNT = re.compile(r" *[0-9]+(\.[0-9]+)? *")
_NUMBER = re.compile(r"\s*[+-]?[0-9]")
_RIGHT = "digits alone in the last column, behind a comma; 0 where nobody came"
MOST_TOLD = 10


def read_counts(path: Path, key: str) -> list[float]:
    """The last column of each row; headings before the first count and empty rows are passed over.

    ConfigError, on behalf of ``key``, for a file that cannot be read or holds no counts, and with every row that has
    none though one is expected there: without it all that follows would come too soon.
    """
    counts: list[float] = []
    bad: list[Problem] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as text:
            rows = csv.reader(text)
            for row in rows:
                if row and _COUNT.fullmatch(row[-1]):
                    counts.append(float(row[-1]))
                elif not _is_passed_over(row, is_first=not counts):
                    bad.append(Problem(str(path), rows.line_num, key, f"{row[-1][:20]!r} is no count", _RIGHT))
    except (OSError, ValueError, csv.Error) as error:  # ValueError: no UTF-8, or no path at all
        why = getattr(error, "strerror", None) or error
        raise ConfigError([Problem(str(path), None, key, f"cannot be read: {why}")]) from error
    if len(bad) > MOST_TOLD:
        bad[MOST_TOLD:] = [Problem(str(path), None, key, f"{len(bad) - MOST_TOLD} more rows have no count", _RIGHT)]
    if not counts and not bad:
        bad = [Problem(str(path), None, key, "holds no counts", _RIGHT)]
    if bad:
        raise ConfigError(bad)
    return counts


def _is_passed_over(row: list[str], *, is_first: bool) -> bool:
    """Whether a row without a count is empty, or a heading: above all counts, with no number in it."""
    return not any(cell.strip() for cell in row) or (is_first and not any(map(_NUMBER.match, row)))
