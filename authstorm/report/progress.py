"""Writes the report every few seconds while the load runs, so that a killed run leaves what it measured."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from authstorm.report.writer import Report
from authstorm.watch.facts import RunFacts
from authstorm.watch.health import Health
from authstorm.watch.tally import Tally

EVERY_S: Final = 5.0
"""How often the files are written anew, as long as that is cheap."""

SHARE: Final = 0.01
"""The part of its time that the process may spend on this: what takes 100 ms is done every 10 s."""

log = logging.getLogger(__name__)


class Progress:
    """Rewrites the partial files; call ``write_partial`` about once a second, from a greenlet of its own.

    ``look`` says how far the run has come. A disk that refuses is said once and never stops the load.
    """

    def __init__(
        self, report: Report, tally: Tally, health: Health, look: Callable[[], RunFacts], every_s: float = EVERY_S
    ) -> None:
        self._report = report
        self._tally = tally
        self._health = health
        self._look = look
        self._every_s = every_s
        self._next_s = 0.0
        self._refused = False

    def write_partial(self, now_s: float) -> bool:
        """Write if it is time to; ``now_s`` comes from any clock that only goes forward. True when it was written."""
        if now_s < self._next_s:
            return False
        written = self._write()
        self._next_s = now_s + max(self._every_s, self._report.worked_s / SHARE)
        return written

    def _write(self) -> bool:
        try:
            self._report.write(self._tally, self._health, None, self._look(), complete=False)
        except OSError as error:
            self._say_once(error)
            return False
        self._refused = False
        return True

    def _say_once(self, error: OSError) -> None:
        if not self._refused:
            log.warning("report: cannot write %s while the run goes on: %s", self._report.folder.path, error.strerror)
        self._refused = True
