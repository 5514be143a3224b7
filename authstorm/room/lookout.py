"""Looks at the run once a second, whoever watches, and puts what it sees into the bulletin."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import gevent.event

from authstorm.plan.choice import Choice
from authstorm.report.facts import Summary
from authstorm.report.measured import Measured
from authstorm.room.bulletin import Bulletin
from authstorm.room.moment import chosen, going, judged, run_facts
from authstorm.room.points import Point, Points

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
JUDGE_EVERY_S: Final = 3.0
"""A verdict looks at the whole run, which takes 10 ms after ten minutes of it: not a thing for each second."""


class Starter(Protocol):
    """Who starts and stops runs; ``phase`` is "idle", "preparing", "running" or "ending"."""

    @property
    def phase(self) -> str:
        """What goes on."""

    @property
    def choice(self) -> Choice:
        """What was chosen last."""

    @property
    def refusal(self) -> str:
        """Why the last choice was not started; "" where it was."""

    def start(self, choice: Choice) -> str:
        """Start a run, or say why not."""

    def stop(self) -> str:
        """End the run, or say why not."""


class Record(Protocol):
    """Who keeps the record of runs."""

    @property
    def run_id(self) -> str:
        """Name of the newest run's folder; "" before the first."""

    @property
    def summary(self) -> Summary | None:
        """Of the newest run, once it is over."""

    def measured(self, *, judged: bool = True) -> Measured | None:
        """What is known of the newest run, with a verdict where that is wanted."""


@dataclass(slots=True)
class _Seen:
    """What was seen of one run."""

    run: dict[str, Any]
    points: Points
    figures: dict[str, Any]
    verdict: dict[str, Any]
    judge_at_s: float = 0.0
    is_over: bool = False


class Lookout:
    """One a room. ``redact`` takes secrets out of all that is told."""

    def __init__(self, starter: Starter, record: Record, bulletin: Bulletin, redact: Callable[[str], str]) -> None:
        self._starter = starter
        self._record = record
        self._bulletin = bulletin
        self._redact = redact
        self._seen: _Seen | None = None
        self._told = ""
        self._asked = gevent.event.Event()

    def keep_looking(self) -> None:
        """Look each second, and at once when asked to, for as long as the process lives."""
        failed = False
        while True:
            try:
                self.look()
                failed = False
            except Exception:
                if not failed:
                    log.exception("the Storm page cannot be told of the run")
                failed = True
            self._asked.wait(EVERY_S)
            self._asked.clear()

    def look_now(self) -> None:
        """Somebody pressed a button: do not wait for the second to be over."""
        self._asked.set()

    def look(self) -> None:
        """Look once, and publish what is new."""
        known = self._seen
        fresh = self._look_at_run()
        told = self._text(fresh)
        is_other_run = self._seen is not known
        if told == self._told and not is_other_run:
            return
        self._told = told
        self._bulletin.publish(None if is_other_run else told, self._whole)

    def _look_at_run(self) -> list[Point]:
        """Read what is new of the run; the newest stays in sight until another one has begun."""
        run_id, seen = self._record.run_id, self._seen
        if not run_id or (seen is not None and seen.run["id"] == run_id and seen.is_over):
            return []
        if seen is not None and seen.run["id"] != run_id:
            seen = None
        now_s = time.monotonic()
        is_due = seen is None or now_s >= seen.judge_at_s or self._record.summary is not None
        measured = self._record.measured(judged=is_due)
        if measured is None:
            return []
        if seen is None:
            seen = self._seen = _Seen(run_facts(measured, run_id), Points(), {}, {})
        fresh = seen.points.read(measured.tally, measured.health, self._closed(measured))
        seen.figures = going(measured)
        if is_due:
            seen.verdict = judged(measured.verdict, self._record.summary)
            seen.judge_at_s = now_s + JUDGE_EVERY_S
        seen.is_over = self._record.summary is not None and not fresh
        return fresh

    def _closed(self, measured: Measured) -> int:
        """The seconds before this one are known, both what was asked and how the generator fared."""
        settled = measured.tally.settled_second
        if self._record.summary is not None:
            return settled
        newest = measured.health.newest(within_s=0)
        return min(settled, newest[0].second + 1) if newest else 0

    def _state(self) -> dict[str, Any]:
        seen = self._seen
        return {
            "phase": self._starter.phase,
            "choice": chosen(self._starter.choice),
            "refusal": self._starter.refusal,
            "run": None if seen is None else {"id": seen.run["id"], **seen.figures},
            "verdict": None if seen is None else seen.verdict,
        }

    def _text(self, fresh: list[Point]) -> str:
        return self._redact(json.dumps({**self._state(), "points": fresh}, separators=(",", ":")))

    def _whole(self) -> str:
        seen = self._seen
        whole = {
            **self._state(),
            "facts": None if seen is None else seen.run,
            "points": [] if seen is None else list(seen.points.all),
        }
        return self._redact(json.dumps(whole, separators=(",", ":")))
