"""Ctrl-C and SIGTERM end a run in order: visits in flight get a moment, and the report is written."""

from __future__ import annotations

from locust.runners import STATE_INIT, STATE_STOPPED, STATE_STOPPING

import os
import signal
import sys
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event

from authstorm.drive.warming import warm

if TYPE_CHECKING:
    from locust.env import Environment

LAST_CALL_S = 2
"""How long visits in flight may go on after the signal; the whole end then stays within ten seconds."""


WHOLE_END_S = 9
"""The longest that the process waits for its own orderly end."""

INTERRUPTED = 130
PARENT_EVERY_S = 0.5
"""How often a worker looks whether its master's process is still there; Locust itself notices after a minute."""


class OrderlyEnd:
    """Listens for SIGINT and SIGTERM; ``asked`` says whether one came. The second one ends the process at once.

    Before a run began there is nothing to end in order: the process leaves, and nothing is loaded.

    Locust installs its own handler only after a headless run with a shape is over, so that without this one a signal
    kills it without a report.
    """

    def __init__(self, environment: Environment) -> None:
        self.asked = False
        self.by_hand = False
        """Whether a person stopped the run at hand; the process stays."""
        self._over = Event()
        self._environment = environment
        environment.events.test_start.add_listener(warm)
        for number in (signal.SIGINT, signal.SIGTERM):
            gevent.signal_handler(number, self._end)

    def _end(self) -> None:
        if self.asked:
            os._exit(130)
        self.asked = True
        runner = self._environment.runner
        if runner is None or runner.state == STATE_INIT:
            sys.exit(130)  # from any greenlet this ends the main one
        if self._environment.web_ui is None or runner.state not in {STATE_STOPPED, STATE_STOPPING}:
            # of a worker; who judges the run overwrites it. Between two runs on a page the last one's verdict stays
            self._environment.process_exit_code = INTERRUPTED
        self._environment.stop_timeout = LAST_CALL_S
        runner.quit()
        self._over.set()
        if self._environment.web_ui is not None:
            self._environment.web_ui.stop()  # or Locust's page would be served until a second signal

    def end_with_parent(self) -> None:
        """End when the process that forked this one is gone, which a killed master cannot tell (runs in a greenlet)."""
        parent = os.getppid()
        while os.getppid() == parent:
            gevent.sleep(PARENT_EVERY_S)
        if not self.asked:
            gevent.spawn(self._end)
        gevent.sleep(WHOLE_END_S)
        os._exit(130)

    def wait(self) -> None:
        """Where a signal came, wait until its end is done: Locust's main greenlet would leave in the middle of it."""
        if self.asked:
            self._over.wait(WHOLE_END_S)
