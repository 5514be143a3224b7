"""The search inside a run: one process leads it and tells all that make load of each probe."""

from __future__ import annotations

from locust.runners import MasterRunner, WorkerRunner

from collections.abc import Callable
from typing import Any

from authstorm.drive.prober import Announce, JudgeProbe, Prober, probe_streams
from authstorm.drive.stagecraft import Stagecraft

PROBE_MESSAGE = "authstorm-probe"


class Searching:
    """One a process; ``judge`` is filled in by whoever watches, and without it nothing is searched for."""

    def __init__(self, runner: Any, craft: Callable[[], Stagecraft]) -> None:
        """``craft`` gives what visitors share in the run that goes on."""
        self.judge: JudgeProbe | None = None
        self._prober: Prober | None = None
        self._runner = runner
        self._craft = craft
        if isinstance(runner, WorkerRunner):
            runner.register_message(PROBE_MESSAGE, self._told)

    def begin(self) -> None:
        """Lead a search where the plan asks for one: on a master, or in a single process."""
        craft = self._craft()
        if craft.rehearsal.schedule.search is None or self.judge is None:
            return
        announce: Announce = self._tell if isinstance(self._runner, MasterRunner) else self._make
        prober = self._prober = Prober(craft, craft.rehearsal.schedule.search, self.judge, announce)
        craft.search_over = lambda: prober.over

    def end(self) -> None:
        """Try no further rate."""
        if self._prober is not None:
            self._prober.close()
            self._prober = None

    def _tell(self, probe: dict[str, Any]) -> None:
        self._runner.send_message(PROBE_MESSAGE, probe)

    def _told(self, environment: Any, msg: Any, **_: Any) -> None:  # noqa: ARG002 - Locust's keywords
        self._make(msg.data)

    def _make(self, probe: dict[str, Any]) -> None:
        """Make this process's share of one probe."""
        craft = self._craft()
        craft.pacing.extend(probe_streams(craft, probe))
