"""Starts and stops runs that people ask for on a page, one at a time, each made ready as a process of its own would."""

from __future__ import annotations

import locust.log
from locust.runners import STATE_INIT, STATE_RUNNING, STATE_SPAWNING, WorkerRunner

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

import gevent

from authstorm.drive.opening import Opening
from authstorm.errors import AuthstormError
from authstorm.plan.choice import Choice

if TYPE_CHECKING:
    from locust.env import Environment

log = logging.getLogger(__name__)

Phase = Literal["idle", "preparing", "running", "ending"]
BEGINS_WITHIN_S: Final = 10.0
BUSY: Final = "A run is going on or ending: stop it, or wait for its verdict."


class Starter:
    """One an environment with a page; ``phase`` says what goes on, ``refusal`` why the last choice was not started.

    ``ready`` reads what else a run needs once its plan is known; whatever it raises keeps the run from starting.
    """

    def __init__(self, environment: Environment, opening: Opening, ready: Callable[[], None]) -> None:
        runner = environment.runner
        assert runner is not None
        assert not isinstance(runner, WorkerRunner)  # which has no page
        self.refusal = ""
        self._runner = runner
        self._opening = opening
        self._ready = ready
        self._is_preparing = self._is_ending = False
        environment.events.test_stopping.add_listener(self._ending)
        environment.events.test_stop.add_listener(self._ended)  # after all others: the verdict is there
        self._begin = runner.start
        runner.start = self._start_from_shape  # type: ignore[method-assign]

    @property
    def choice(self) -> Choice:
        """What was chosen last, or on the command line."""
        return self._opening.choice

    @property
    def phase(self) -> Phase:
        """What goes on."""
        if self._is_preparing:
            return "preparing"
        if self._is_ending:
            return "ending"
        return "running" if self._is_going else "idle"

    def start(self, choice: Choice) -> str:
        """Start a run and return "", or say why not; takes as long as the target needs to be found."""
        if self.phase != "idle":
            return BUSY
        self._is_preparing, self.refusal = True, ""
        try:
            self._opening.choose(choice)
            self._ready()
            locust.log.unhandled_greenlet_exception = False  # what befell the run before says nothing of this one
            self._runner.start_shape()
        except AuthstormError as error:
            self.refusal = self._opening.redact(str(error))
        except Exception:
            log.exception("a run could not be started")
            self.refusal = "Something inside the suite failed: its log says what."
        finally:
            self._is_preparing = False
        return self.refusal

    def stop(self) -> str:
        """End the run in order and return "" once its verdict is there, or say why there is nothing to stop."""
        with gevent.Timeout(BEGINS_WITHIN_S, False):
            while self._is_going and self._runner.state == STATE_INIT:
                gevent.sleep(0.05)  # it begins just now, and half a beginning cannot be ended in order
        if self._is_ending or self._runner.state not in {STATE_SPAWNING, STATE_RUNNING}:
            return "No run is going on." if self.phase == "idle" else BUSY
        self._opening.end.by_hand = True
        self._runner.stop()
        return ""

    @property
    def _is_going(self) -> bool:
        return self._runner.shape_greenlet is not None or self._runner.state in {STATE_SPAWNING, STATE_RUNNING}

    def _ending(self, **_: Any) -> None:
        self._is_ending = True

    def _ended(self, **_: Any) -> None:
        self._is_ending = False

    def _start_from_shape(self, *args: Any, **kwargs: Any) -> None:
        """Locust's own keys in the terminal add single users, of which no plan knows."""
        if gevent.getcurrent() is self._runner.shape_greenlet:
            self._begin(*args, **kwargs)
        else:
            log.warning("runs are started on the page, by their plan: no users are added by hand")
