"""The runs that lie in the reports folder, and which of their files may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from authstorm.errors import ConfigError
from authstorm.report.folder import LATEST
from authstorm.report.past_run import SUMMARY, past_run

SHOWN: Final = {"report.html": "text/html", "compare.html": "text/html"}
"""Pages of ours that a browser may show."""
SAVED: Final = (
    "summary.json", "summary.md", "junit.xml", "requests.csv", "failures.csv", "timeline.csv", "alerts.jsonl",
    "plan.yaml", "locust.html",
)  # fmt: skip
"""What a browser may only save."""
MOST: Final = 40
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class PastRuns:
    """Reads; never writes. A run that was read once is not read again until its summary changes."""

    def __init__(self, reports: Path) -> None:
        self._reports = reports
        self._read: dict[str, tuple[float, dict[str, Any]]] = {}

    def newest(self) -> list[dict[str, Any]]:
        """The newest runs first: ``id``, ``profile``, ``target``, ``seed``, ``headline``, ``exit_code``, ``report``."""
        return [run for run in map(self._told, self._folders()) if run is not None]

    def file(self, run: str, name: str) -> Path | None:
        """The path of one run's file; None for what is no run, is not to be shown, or leads out of its folder."""
        if not _NAME.fullmatch(run) or (name not in SHOWN and name not in SAVED):
            return None
        path = (self._reports / run / name).resolve()
        inside = path.parent.parent == self._reports.resolve() and path.name == name
        return path if inside and path.is_file() else None

    def _folders(self) -> Iterator[Path]:
        try:
            names = sorted((path.name for path in self._reports.iterdir() if path.name != LATEST), reverse=True)
        except OSError:
            return
        found = (self._reports / name for name in names if _NAME.fullmatch(name))
        yield from [folder for folder in found if (folder / SUMMARY).is_file()][:MOST]

    def _told(self, folder: Path) -> dict[str, Any] | None:
        try:
            changed = (folder / SUMMARY).stat().st_mtime
            known = self._read.get(folder.name)
            if known is None or known[0] != changed:
                known = self._read[folder.name] = changed, _facts(folder)
        except (ConfigError, OSError):
            return None  # another version's, or being removed: no run of ours
        return known[1]


def _facts(folder: Path) -> dict[str, Any]:
    summary = past_run(folder)
    return {
        "id": folder.name,
        "profile": summary.run.profile,
        "target": summary.run.target,
        "seed": summary.run.seed,
        "started_utc": summary.run.started_utc,
        "headline": summary.headline,
        "exit_code": summary.exit_code,
        "exit_meaning": summary.exit_meaning,
        "report": (folder / "report.html").is_file(),
    }
