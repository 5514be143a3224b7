"""Clean runs, one after the other: a shipped profile against the bundled sandbox, in which no alert may fire.

``.venv/bin/python -m tests.rehearsal.clean_runs [PROFILE] [--runs 10] [--scale 1] [--workers N] [--reports FOLDER]``
prints a line a run: its exit code, how late the worst arrivals began, and the alerts that fired. It ends with 1 where
one did. Nothing else should load the machine meanwhile: a generator that cannot keep up is told, and rightly so.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .many import ROOT, over_processes


@dataclass(frozen=True, slots=True)
class CleanRun:
    """One run: its exit code, what ``summary.json`` says, and the changes in ``alerts.jsonl`` that fired."""

    code: int
    summary: dict[str, Any]
    fired: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        delay_ms, lag_ms = (self.summary["generator"][name] for name in ("start_delay_p99_ms", "loop_lag_max_ms"))
        told = [f"{alert['rule']} at {alert['at_s']:.1f} s: {alert['sentence']}" for alert in self.fired]
        figures = f"exit {self.code}, start delay p99 {delay_ms} ms, longest loop lag {lag_ms} ms"
        return f"{figures}, {len(told)} alerts" + "".join(f"\n    {line}" for line in told)


def clean_runs(profile: str, runs: int, reports: Path, options: tuple[object, ...] = ()) -> Iterator[CleanRun]:
    """Run a profile so many times; each run has a sandbox of its own, started and ended with it."""
    for number in range(runs):
        folder = reports / f"{profile}-{number + 1}"
        command = [
            Path(sys.executable).parent / "locust", "-f", ROOT / "locustfile.py", "--headless", "--only-summary",
            "--loglevel", "WARNING", "--reports-dir", folder, "--spike-profile", profile, "--target", "sandbox",
            *options,
        ]  # fmt: skip
        ended = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
        if not (folder / "latest" / "summary.json").exists():
            raise SystemExit(f"the run left nothing:\n{ended.stdout}{ended.stderr}")
        changes = [json.loads(line) for line in (folder / "latest/alerts.jsonl").read_text("utf-8").splitlines()]
        fired = tuple(change for change in changes if change["state"] == "firing")
        yield CleanRun(ended.returncode, json.loads((folder / "latest/summary.json").read_text("utf-8")), fired)


def main() -> int:
    """Make the runs that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("profile", nargs="?", default="smoke")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--scale", default="1")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--reports", type=Path)
    asked = parser.parse_args()
    options = ("--spike-scale", asked.scale, *(over_processes(asked.workers) if asked.workers else ()))
    alerts = 0
    with TemporaryDirectory() as folder:
        for number, run in enumerate(clean_runs(asked.profile, asked.runs, asked.reports or Path(folder), options)):
            sys.stdout.write(f"{asked.profile} {number + 1} of {asked.runs}: {run}\n")
            sys.stdout.flush()
            alerts += len(run.fired)
    return 1 if alerts else 0


if __name__ == "__main__":
    sys.exit(main())
