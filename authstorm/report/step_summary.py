"""The summary in a pipeline's own page: appended to the file that ``GITHUB_STEP_SUMMARY`` names, where it is set."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

VARIABLE: Final = "GITHUB_STEP_SUMMARY"
"""Set by GitHub Actions, and by what imitates it, for each step of a job."""

log = logging.getLogger(__name__)


def append_step_summary(summary_md: Path, environ: Mapping[str, str]) -> bool:
    """Append a run's ``summary.md``; True when it was. A file that refuses is said and changes no verdict."""
    named = environ.get(VARIABLE, "")
    if not named:
        return False
    try:
        text = summary_md.read_text("utf-8")
        with Path(named).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        log.warning("report: cannot append to %s (%s): %s", VARIABLE, named, error.strerror)
        return False
    return True
