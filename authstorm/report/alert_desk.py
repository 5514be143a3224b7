"""Judges alert rules while a run goes on, second by second, and writes down and passes on every change."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from authstorm.plan.alerting import Alerting
from authstorm.watch.alert_judge import AlertJudge, Change
from authstorm.watch.alert_signals import Signals
from authstorm.watch.facts import AlertSpan
from authstorm.watch.tally import Tally

log = logging.getLogger(__name__)

FILE: Final = "alerts.jsonl"
LOOK_EVERY_S: Final = 0.25
"""How often to look: a second is judged once, and soon after the last worker has told of it."""


class AlertDesk:
    """One run's; ``spans`` are the alerts that fired so far, each change is a line in the run folder.

    ``signals`` hear of every window of the tally from now on; ``abort`` is told of an alert whose rule ends the run,
    ``tell`` of each that fires or resolves, with its place among the ``spans``. ``pause`` is called between two
    rules, so that very many at once never hold what else goes on.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - where it looks and whom it tells
        self,
        alerting: Alerting,
        signals: Signals,
        tally: Tally,
        folder: Path,
        redact: Callable[[str], str],
        abort: Callable[[str], None],
        tell: Callable[[Change, int], None] = lambda _change, _place: None,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        self._alerting = alerting
        self._tally = tally
        tally.watcher, tally.refusals.watcher = signals.take, signals.take_refusals
        self._judge = AlertJudge(alerting.rules, signals)
        self._path = folder / FILE
        self._redact = redact
        self._abort = abort
        self._pass_on = tell
        self._pause = pause
        self._next = 0
        self._judging: Iterator[Change | None] = iter(())
        self._fired = 0
        self._places: dict[str, int] = {}
        self._path.touch()

    @property
    def spans(self) -> tuple[AlertSpan, ...]:
        """All that fired, in order."""
        return tuple(self._judge.spans)

    def look(self, now_s: float) -> None:
        """Judge the seconds that are closed at every source by now; each is judged once."""
        self._go_on()  # where a look was broken off in a pause
        until = min(self._tally.settled_second, int(now_s) + 1)
        while self._next < until:
            self._judging = self._judge.each(self._next, now_s)
            self._next += 1
            self._go_on()

    def _go_on(self) -> None:
        for change in self._judging:
            if change is not None:
                self._tell(change)
            self._pause()

    def _keep(self, line: str) -> None:
        """Append a line to the run's file; a disk that refuses does not keep the alert from being told."""
        try:
            with self._path.open("a", encoding="utf-8", errors="replace") as file:  # a name may be half a character
                file.write(line + "\n")
        except OSError as error:
            log.warning("alerts: cannot write %s: %s", self._path, error.strerror)

    def _tell(self, change: Change) -> None:
        told = replace(change, rule=self._redact(change.rule), sentence=self._redact(change.sentence))
        self._keep(json.dumps(asdict(told), ensure_ascii=False))
        if change.state not in {"firing", "resolved"}:
            return
        log.warning("alert %s (%s) %s at %.0f s: %s", told.rule, told.severity, told.state, told.at_s, told.sentence)
        if change.state == "firing":
            self._places[change.rule], self._fired = self._fired, self._fired + 1
        self._pass_on(change, self._places[change.rule])
        if change.state == "firing" and self._alerting.rules[change.rule].abort:
            self._abort(f"the alert {change.rule}")
