"""Ends a run early and in order: the word of an abort rule, or of an alert that is too grave to go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import gevent

if TYPE_CHECKING:
    from locust.env import Environment

LOOK_EVERY_S: Final = 1.0
"""How often the rules are looked at: windows are whole seconds."""

LAST_CALL_S: Final = 2
"""How long visits in flight may go on after the word, here and on workers."""

WHOLE_END_S: Final = 90
"""The longest that the process waits for the end; Locust itself gives workers a minute to stop."""


class Abort:
    """One an environment; ``reason`` says why the run that goes on was stopped, "" as long as it was not.

    The first word counts: further ones change nothing. In the web UI the run ends and the page stays.
    """

    def __init__(self, environment: Environment) -> None:
        self.reason = ""
        self._environment = environment
        self._is_over = False
        self._ending: gevent.Greenlet | None = None
        self._guard: gevent.Greenlet | None = None

    def begin(self, is_time: Callable[[], str] | None = None) -> None:
        """A new run starts; ``is_time``, where there are rules, is asked each second for the one that is true."""
        self.close()
        self._is_over = False
        self.reason = ""
        self._ending = None
        if is_time is not None:
            self._guard = gevent.spawn(self._watch, is_time)

    def close(self) -> None:
        """The run is over: ask no more, and stop nothing any more."""
        self._is_over = True
        if self._guard is not None:
            self._guard.kill()
            self._guard = None

    def stop(self, reason: str) -> None:
        """End the run because of a rule, which is told as written; returns at once."""
        if self._ending is None and not self._is_over and self._environment.runner is not None:
            self.reason = reason
            self._ending = gevent.spawn(self._end)

    def wait(self) -> None:
        """Where the word was given, wait until the end is done: Locust's main greenlet would leave in its middle."""
        if self._ending is not None and self._ending is not gevent.getcurrent():
            self._ending.join(WHOLE_END_S)

    def _watch(self, is_time: Callable[[], str]) -> None:
        while not self.reason:
            gevent.sleep(LOOK_EVERY_S)
            if reason := is_time():
                self.stop(reason)

    def _end(self) -> None:
        environment, runner = self._environment, self._environment.runner
        assert runner is not None
        usual_s, environment.stop_timeout = environment.stop_timeout, LAST_CALL_S
        if environment.web_ui is None:
            runner.quit()
        else:
            runner.stop()
        environment.stop_timeout = usual_s
