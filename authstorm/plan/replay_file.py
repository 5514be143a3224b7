"""The file of a replay: how many came in each interval, one row an interval."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from authstorm.errors import ConfigError, Problem

_COUNT = re.compile(r" *[0-9]+(\.[0-9]+)? *")


def read_counts(path: Path, key: str) -> list[float]:
    """The last column of each row; headings before the first count and empty rows are passed over.

    ConfigError, on behalf of ``key``, for a file that cannot be read or holds no counts, and with every row behind the
    first count that has none: without it all that follows would come too soon.
    """
    counts: list[float] = []
    problems: list[Problem] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as text:
            rows = csv.reader(text)
            for row in rows:
                if row and _COUNT.fullmatch(row[-1]):
                    counts.append(float(row[-1]))
                elif counts and any(cell.strip() for cell in row):
                    wrong = f"{row[-1][:20]!r} is no count"
                    problems.append(Problem(str(path), rows.line_num, key, wrong, "digits alone, 0 where nobody came"))
    except (OSError, ValueError, csv.Error) as error:  # ValueError: no UTF-8, or no path at all
        why = getattr(error, "strerror", None) or error
        raise ConfigError([Problem(str(path), None, key, f"cannot be read: {why}")]) from error
    if not counts:
        problems = [Problem(str(path), None, key, "holds no counts", "one number a row, last column")]
    if problems:
        raise ConfigError(problems)
    return counts
