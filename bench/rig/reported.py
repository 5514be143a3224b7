"""Reads what each generator reported of the same load."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import NamedTuple

MOST_BAD = 0.001
"""So large a share of steps may have ended otherwise than well before a figure tells nothing."""


class Reported(NamedTuple):
    """Percentiles in ms; ``planned_p99_ms`` from the planned moment, None for who plans none."""

    count: int
    p50_ms: float
    p99_ms: float
    planned_p99_ms: float | None = None


def of_suite(folder: Path, _from_s: float, _until_s: float) -> Reported:
    """From ``summary.json`` of the run folder: its measured stages, which are those seconds."""
    summary = json.loads((folder / "reports" / "latest" / "summary.json").read_text("utf-8"))
    step = next(row for row in summary["steps"] if row["step"] == "service" and row["stage"] == "all")
    service = step["service"]
    return Reported(service["count"], service["p50_ms"], service["p99_ms"], step["success"]["p99_ms"])


def of_locust(folder: Path, _from_s: float, _until_s: float) -> Reported:
    """From what ``locustfiles/paced.py`` wrote, which was told the seconds."""
    told = json.loads((folder / "result.json").read_text("utf-8"))
    return Reported(told["count"], told["p50_ms"], told["p99_ms"])


def of_hey(folder: Path, from_s: float, until_s: float) -> Reported:
    """From hey's CSV of all requests, those that began in these seconds of its load."""
    with (folder / "output.txt").open(encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        here = [row for row in rows if from_s <= float(row["offset"]) < until_s]
    times = sorted(float(row["response-time"]) * 1000 for row in here)
    return Reported(len(times), times[len(times) // 2], times[int(0.99 * (len(times) - 1))])


def complaint_of_suite(folder: Path, _code: int) -> str:
    """Why a run of the suite gives no honest figure; "" when its steps were good."""
    found = folder / "reports" / "latest" / "summary.json"
    if not found.exists():
        return "it wrote no report"
    rows = [row for row in json.loads(found.read_text("utf-8"))["steps"] if row["stage"] == "all"]
    bad = {
        f"{row['step']} {outcome}": count
        for row in rows
        for outcome, count in row["outcomes"].items()
        if outcome != "good" and count
    }
    steps = sum(sum(row["outcomes"].values()) for row in rows)
    return f"of {steps} steps not good: {bad}" if not steps or sum(bad.values()) > MOST_BAD * steps else ""


def complaint_of_locust(_folder: Path, code: int) -> str:
    """The same of plain Locust, which ends with 1 after a failed request."""
    return f"it ended with exit code {code}" if code else ""
