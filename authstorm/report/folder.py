"""The folder that a run leaves behind, and the link to the newest one."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from authstorm.errors import ConfigError, Problem

LATEST = "latest"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder, readable by its owner alone; every file in it appears whole or not at all."""

    path: Path

    @classmethod
    def create(cls, reports_dir: Path, started_utc: datetime, target_name: str, profile_name: str) -> RunFolder:
        """Make ``<UTC start>-<target>-<profile>`` under ``reports_dir`` and point ``latest`` at it.

        ``started_utc`` must know its zone. A run that starts in the same second gets ``-2``, ``-3`` ... at the end.
        Raises OSError when the place cannot be written, ValueError for a time without a zone.
        """
        name = folder_name(started_utc, target_name, profile_name)
        reports_dir.mkdir(parents=True, exist_ok=True)
        folder = cls(_make_unique(reports_dir, name))
        folder.point_latest()
        return folder

    def write(self, name: str, text: str) -> Path:
        """Write one file in UTF-8, replacing an older one in a single step; return its path.

        There is no flush to the disk: what must be survived is a killed process, not a lost machine.
        """
        path = self.path / name
        handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=self.path)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return path

    def point_latest(self) -> None:
        """Make the relative link ``latest`` beside the folder name it; the link is never absent in between.

        A file or folder of that name that is not a link is somebody's own and stays.
        """
        link = self.path.parent / LATEST
        if link.exists() and not link.is_symlink():
            return
        fresh = self.path.parent / f".{LATEST}.{self.path.name}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self.path.name, target_is_directory=True)
        fresh.replace(link)


def folder_name(started_utc: datetime, target_name: str, profile_name: str) -> str:
    """The name of a run's folder, safe on every file system."""
    if started_utc.tzinfo is None:
        raise ValueError("started_utc: needs a time zone, got a time without one")
    stamp = started_utc.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return "-".join((stamp, _plain(target_name, "target"), _plain(profile_name, "profile")))


def _plain(name: str, otherwise: str) -> str:
    """Letters, digits, dot, dash and underscore alone, no leading dot, 60 characters at most."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60] or otherwise


def _make_unique(parent: Path, name: str) -> Path:
    for number in count(1):
        path = parent / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            continue
        path.chmod(0o700)  # mkdir's mode is cut by the umask, and a loose umask must not matter either
        return path
    raise AssertionError("count() never ends")


def check_writable(reports: Path) -> None:
    """ConfigError when no run folder could be made there, so that nothing is loaded without leaving a report."""
    try:
        reports.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=reports).close()
    except OSError as error:
        wrong = f"{reports} cannot be written: {error.strerror}"
        raise ConfigError([Problem("--reports-dir", None, "folder", wrong)]) from error
