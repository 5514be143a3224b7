"""A finished run read back from its folder."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from authstorm.errors import ConfigError, Problem
from authstorm.report.facts import SCHEMA_VERSION, Summary
from authstorm.report.summary import read_summary

SUMMARY = "summary.json"


def past_run(folder: Path) -> Summary:
    """What a run folder tells; ConfigError with the reason when it is none, or one that cannot be read."""
    path = folder / SUMMARY
    if not folder.is_dir():
        raise _refused(folder, "there is no such folder", "a folder below reports/, or reports/latest")
    try:
        summary = read_summary(path.read_text("utf-8"))
    except FileNotFoundError:
        raise _refused(folder, f"it is no run folder: it has no {SUMMARY}", "a folder that a run has left") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(path, f"it cannot be read: {error}", "a file of a finished run") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        raise _refused(path, f"it is no summary of a run: {where}: {first['msg']}", "run it again") from None
    if summary.schema_version != SCHEMA_VERSION:
        wrong = f"it was written in version {summary.schema_version} of the schema, this reads {SCHEMA_VERSION}"
        raise _refused(path, wrong, "run it again")
    return summary


def _refused(path: Path, wrong: str, right: str) -> ConfigError:
    return ConfigError([Problem(str(path), None, "run", wrong, right)])
