"""A generator as a process on a CPU of its own: what it burns, and how to end it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from authstorm.compiled.finder import finder_for
from authstorm.compiled.place import PACKAGE, home

ROOT = Path(__file__).parents[2]


def request_path() -> str:
    """What a process of the suite that is started now makes its requests with."""
    return "interpreted" if finder_for(PACKAGE, home(), os.environ) is None else "compiled"


class Usage(NamedTuple):
    """CPU seconds of the whole process tree so far, those of everybody on its CPU, and resident bytes."""

    cpu_s: float
    core_s: float
    rss: int


class Generator:
    """A running generator, pinned to one CPU; its output goes to ``log``."""

    def __init__(
        self, command: list[str], cpu: int, log: Path, environ: Mapping[str, str], folder: Path = ROOT
    ) -> None:
        self._cpu = cpu
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["taskset", "-c", str(cpu), *command], stdout=output, stderr=output, cwd=folder,
                env={**os.environ, **environ}, start_new_session=True,
            )  # fmt: skip
        self._tree = psutil.Process(self._process.pid)

    def usage(self) -> Usage:
        """What it has used up to now; SystemExit with its last words when it has ended."""
        try:
            tree = [self._tree, *self._tree.children(recursive=True)]
            cpu_s = sum(sum(process.cpu_times()[:2]) for process in tree)
            rss = sum(process.memory_info().rss for process in tree)
        except psutil.NoSuchProcess:
            raise SystemExit(f"the generator ended too early:\n{self.last_words()}") from None
        times = psutil.cpu_times(percpu=True)[self._cpu]
        return Usage(cpu_s, sum(times[:3]) + times.irq + times.softirq + times.steal, rss)

    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """The end of its output."""
        return self._log.read_text("utf-8", "replace")[-2000:]

    def end(self, *, in_order: bool = False) -> int:
        """End it and what it started, at once or by SIGTERM; gives its exit code."""
        if in_order and self.is_running():
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(40)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait(10)
