"""How a worker gets past the master's gate, and how well it knows the master's time by then.

``authstorm.drive.gate`` has the other half, and the messages.
"""

from __future__ import annotations

from locust.runners import WorkerRunner

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import gevent
from gevent.queue import Empty, Queue

from authstorm import __version__
from authstorm.drive.gate import CANNOT, CHALLENGE, HELLO, LEAVE, PROOF, READY, TIME, WELCOME, Plan
from authstorm.drive.handshake import new_nonce, proof, proves
from authstorm.drive.master_time import KEPT, TOO_VAGUE_S, MasterTime
from authstorm.errors import AuthstormError, ConfigError
from authstorm.plan.secrets import Secret

if TYPE_CHECKING:
    from locust.env import Environment

log = logging.getLogger(__name__)

Prepare = Callable[[Mapping[str, Any]], None]
ASK_EVERY_S = 1.0
NOT_VALID = 5
"""The exit code of a worker whose share others have taken over: see docs/distributed.md."""
TIME_EVERY_S = 5.0
"""How often the master's time is asked for again, since clocks drift apart while a worker waits."""
SKEW_TOLD_S = 1.0
"""A time of day that is further from the master's is worth a line in the log."""


class Joining:
    """One a worker process: begins when it is made, and keeps the master's time up to date afterwards."""

    def __init__(self, runner: WorkerRunner, token: Secret | None, plan: Plan, prepare: Prepare) -> None:
        """``prepare`` is called with each welcome; AuthstormError when this worker cannot load the target."""
        self.time = MasterTime()
        self._runner = runner
        self._token = token
        self._plan = plan
        self._prepare = prepare
        self._is_in = False
        self._answers: Queue[tuple[str, Any]] = Queue()
        for kind in (CHALLENGE, WELCOME):
            runner.register_message(kind, self._answered)
        runner.register_message(TIME, self._told_time)
        runner.register_message(LEAVE, self._told_to_leave)
        self._greenlet = gevent.spawn(self._join)

    def leave(self, why: str, exit_code: int) -> None:
        """End this process in order, and say why."""
        log.critical("this worker leaves: %s", why)
        self._runner.environment.process_exit_code = exit_code
        gevent.spawn(self._runner.quit)

    def _join(self) -> None:
        nonce, challenge = new_nonce(), None
        while challenge is None:
            self._runner.send_message(HELLO, {"nonce": nonce})
            challenge = self._answer(CHALLENGE, ASK_EVERY_S)
        worker = self._runner.client_id
        if not proves(challenge["proof"], self._token, "master", nonce, challenge["nonce"], worker):
            self.leave("the master does not know its token: set the same AUTHSTORM_TOKEN on both sides", 2)
            return
        while self.time.count < KEPT:
            self._ask_time()
            gevent.sleep(0.02)
        if self.time.vagueness_s > TOO_VAGUE_S:
            why = f"the master's time is known to {self.time.vagueness_s:.2f} s only, so slow is the way to it"
            self.leave(f"{why}; at most {TOO_VAGUE_S:g} s is allowed", 2)
            return
        self._tell_skew()
        facts = (nonce, challenge["nonce"], worker, __version__, self._plan.hash)
        ours = proof(self._token, "worker", *facts)
        about = {"version": __version__, "plan": self._plan.hash, "about": self._plan.about}
        self._runner.send_message(PROOF, {"proof": ours, **about})
        welcome = self._answer(WELCOME)
        while self._get_ready(welcome):
            while (welcome := self._answer(WELCOME, TIME_EVERY_S)) is None:
                self._ask_time()

    def _get_ready(self, welcome: Any) -> bool:
        """Get ready for a run and say so; False when this worker has to leave."""
        number = welcome.get("chosen", {}).get("number")
        try:
            self._prepare(welcome)
        except AuthstormError as error:
            self._runner.send_message(CANNOT, {"number": number, "why": str(error)})
            if not self._is_in:
                self.leave(str(error), ConfigError.exit_code if isinstance(error, ConfigError) else error.exit_code)
            return self._is_in  # in a rehearsal room the next choice may do
        self._runner.send_message(READY, {"number": number})
        self._is_in = True
        return True

    def _answer(self, kind: str, within_s: float | None = None) -> Any:
        """The next answer of a kind; None when none came in time."""
        try:
            while True:
                got, data = self._answers.get(timeout=within_s)
                if got == kind:
                    return data
        except Empty:
            return None

    def _answered(self, environment: Environment, msg: Any, **_: Any) -> None:  # noqa: ARG002 - Locust's keywords
        self._answers.put((msg.type, msg.data))

    def _ask_time(self) -> None:
        self._runner.send_message(TIME, {"sent": time.perf_counter()})

    def _told_time(self, environment: Environment, msg: Any, **_: Any) -> None:  # noqa: ARG002
        self.time.note(msg.data["sent"], msg.data["now"], time.perf_counter())

    def _told_to_leave(self, environment: Environment, msg: Any, **_: Any) -> None:  # noqa: ARG002
        refused = str(msg.data["why"]).startswith("refused")
        self.leave(msg.data["why"], 2 if refused else NOT_VALID)

    def _tell_skew(self) -> None:
        skew_s = time.time() - time.perf_counter() - self.time.ahead_s
        if abs(skew_s) > SKEW_TOLD_S:
            log.warning("this machine's clock is %+.1f s off the master's, which the run makes up for", skew_s)
