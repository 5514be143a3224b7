"""The master's part of a distributed run: who makes which share of the arrivals, and what happens when a worker goes.

An order says from which second on which worker makes which share; it goes to all whenever somebody was lost, left or
came. A worker hands out nothing beyond its lease, which the master extends at each of its heartbeats: so a worker that
is cut off or stands still stops by itself, and what it no longer makes can be given to others without being made twice.

============================  ===  ===================================================================================
``authstorm-order``           <-   an order (``Order``)
``authstorm-lease``           <-   ``until_s``: so long arrivals may be handed out
``authstorm-took``            ->   the order of that ``number`` is known; ``late_s``: how many seconds of it had been
                                   handed out by the one before
``authstorm-going``           ->   the worker was asked to end and hands out nothing more
``authstorm-finish``          <-   the run is over: ``end_s`` its end, ``stop_timeout_s`` for visits in flight
``authstorm-done``            ->   the worker has stopped, and its last report was sent before this
============================  ===  ===================================================================================
"""

from __future__ import annotations

import locust.runners
from locust.rpc import Message
from locust.runners import STATE_MISSING, MasterRunner

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gevent

from authstorm.drive.agreement import Agreement
from authstorm.drive.gate import Gate, Plan
from authstorm.drive.order import LEAD_S, Roster
from authstorm.drive.run_clock import RunClock
from authstorm.plan.rehearsal import Rehearsal
from authstorm.plan.scenario import WITHOUT_ACCOUNT
from authstorm.plan.secrets import Secret

if TYPE_CHECKING:
    from locust.env import Environment

log = logging.getLogger(__name__)

ORDER, LEASE, FINISH = "authstorm-order", "authstorm-lease", "authstorm-finish"
TOOK, GOING, DONE = "authstorm-took", "authstorm-going", "authstorm-done"
SILENT = "fell silent"
LOOK_EVERY_S = 0.2
DEALT_WITHIN_S = 1.0
"""The shape looks once a second, and gives a newcomer its visitors then."""
LAST_REPORTS_WITHIN_S = 3.0
"""So long after the last visits must have ended the master waits for its workers' last reports."""


def quicken_heartbeats() -> None:
    """Have Locust notice within 2.5 s that a worker is gone, and within 4 to 5 s that the master is.

    As it comes, a worker loads on for a minute after its master was killed.
    """
    locust.runners.HEARTBEAT_INTERVAL = 0.5  # type: ignore[assignment]
    locust.runners.HEARTBEAT_LIVENESS = 3
    locust.runners.HEARTBEAT_DEAD_INTERNAL = -(10**9)  # the lost are removed here; Locust would start all users anew
    locust.runners.MASTER_HEARTBEAT_TIMEOUT = 4


class Muster:
    """One a master process; ``events`` tells in sentences what befell the workers of the run at hand."""

    def __init__(self, environment: Environment, runner: MasterRunner, clock: RunClock) -> None:
        quicken_heartbeats()
        options: Any = environment.parsed_options
        options.enable_rebalancing = False  # the shape deals visitors out anew; Locust would hold its listener up
        self.events: list[str] = []
        self._environment = environment
        self._runner = runner
        self._clock = clock
        self._number = 0
        self._roster: Roster | None = None
        self._finishing: set[str] = set()
        self._is_room = False
        self._greenlet: gevent.Greenlet | None = None
        self._check_stopped = runner.check_stopped
        runner.check_stopped = self._check_unless_going  # type: ignore[method-assign]
        runner.register_message(TOOK, self._took)
        runner.register_message(GOING, self._going)
        runner.register_message(DONE, self._done)
        self.agreement = Agreement(runner, self._miss)
        self.gate = Gate(runner, self)

    def open(self, rehearsal: Callable[[], Rehearsal], token: Secret | None, *, is_room: bool) -> None:
        """Let workers in: the target has answered, or in a rehearsal room will be asked when it is chosen."""

        def plan() -> Plan:
            told = plan_of(rehearsal())
            return replace(told, url=self.agreement.url, chosen=self.agreement.chosen) if is_room else told

        self._is_room = is_room
        if is_room:  # as at a headless end: Locust would let workers go before their last reports are in
            self._runner.stop = partial(self._runner.stop, send_stop_to_client=False)  # type: ignore[method-assign]
        self.gate.open(token, plan)

    def begin(self, rehearsal: Rehearsal) -> None:
        """Give everybody who is there a share of the run that has just begun."""
        people = {name: count for name, count in rehearsal.pool.peak.items() if name not in WITHOUT_ACCOUNT}
        accounts = rehearsal.target.accounts.count
        self.events = []
        self._roster = Roster(self._clock.epoch, rehearsal.hash, rehearsal.profile.seed, accounts, people)
        for worker in self._present():
            self._roster.join(worker)
        self._give_orders(-LEAD_S)
        if self._greenlet is not None:
            self._greenlet.kill()
        self._greenlet = gevent.spawn(self._watch)

    def end(self) -> None:
        """Give no more orders; the run is being stopped."""
        roster, self._roster = self._roster, None
        self._finishing = set(roster.workers) & set(self._present()) if roster is not None else set()
        if roster is not None and not self._finishing:
            self._tell(f"the last worker was gone at {self._clock():.1f} s, and the run ended")

    def finish(self) -> None:
        """Have every worker stop and send the rest of what it measured, and wait for that."""
        data = {"end_s": self._clock(), "stop_timeout_s": self._environment.stop_timeout}
        for worker in self._finishing:
            self._runner.send_message(FINISH, data, worker)
        with gevent.Timeout((self._environment.stop_timeout or 0) + LAST_REPORTS_WITHIN_S, False):
            while self._finishing:
                gevent.sleep(0.02)
        if self._finishing:
            names = ", ".join(map(self._name, sorted(self._finishing)))
            log.error("no last report from %s", names)
            self._finishing = set()
        if self._greenlet is not None:
            self._greenlet.kill()
            self._greenlet = None
        if self._is_room:
            for worker in self._present():
                self._runner.server.send_to_client(Message("stop", None, worker))  # and then it is ready for another

    # what the gate tells

    def came(self, worker: str) -> None:
        """Give a share to a worker that comes while the run goes on."""
        self.agreement.came(worker)
        roster = self._roster
        if roster is None:
            return
        roster.join(worker)
        now_s = self._clock()
        from_s = roster.next_s(max(0.0, now_s) + DEALT_WITHIN_S)
        self._give_orders(from_s)
        self._tell(f"{self._name(worker)} joined at {now_s:.1f} s and makes its share from {from_s:.1f} s on")
        if lacking := roster.lacking():
            self._tell(f"the others keep their accounts, and too few are spare: {lacking} visitors have none")

    def heard(self, worker: str) -> None:
        """Extend the lease of a worker."""
        until_s = self._roster.extend(worker, self._clock()) if self._roster is not None else None
        if until_s is not None:
            self._runner.send_message(LEASE, {"until_s": until_s}, worker)

    def went(self, worker: str) -> None:
        """Give the share of a worker that goes in order to the others."""
        self._finishing.discard(worker)
        self.agreement.went(worker)
        self._lose(worker, "left")

    def answered(self, worker: str, number: object, why: str) -> None:
        """Tell who waits for it that a worker is ready for another run, or cannot be."""
        self.agreement.answered(worker, number, why)

    # what workers tell

    def _took(self, environment: Environment, msg: Any, **_: Any) -> None:  # noqa: ARG002 - Locust's keywords
        late_s = float(msg.data["late_s"])
        if self._roster is not None:
            self._roster.took(msg.node_id, int(msg.data["number"]))
        if late_s > 0:
            name = self._name(msg.node_id)
            self._tell(f"{name} heard of it {late_s:.2f} s late: arrivals of that time were made twice")

    def _going(self, environment: Environment, msg: Any, **_: Any) -> None:  # noqa: ARG002
        self._lose(msg.node_id, "was asked to end")

    def _done(self, environment: Environment, msg: Any, **_: Any) -> None:  # noqa: ARG002
        self._finishing.discard(msg.node_id)

    # the run

    def _watch(self) -> None:
        while True:
            gevent.sleep(LOOK_EVERY_S)
            for worker, node in list(self._runner.clients.items()):
                if node.state == STATE_MISSING:
                    self._miss(worker)

    def _miss(self, worker: str) -> None:
        """Do without a worker that is not heard of."""
        self._finishing.discard(worker)
        self.agreement.went(worker)
        self.gate.dismiss(worker, "the master heard nothing of it for over 2 s and gave its share away")
        self._lose(worker, SILENT)

    def _lose(self, worker: str, how: str) -> None:
        """Give a share to the others, from where on the one who had it certainly makes no more of it."""
        roster = self._roster
        self._forget(worker)
        if roster is None or worker not in roster.workers:
            return
        now_s, name = self._clock(), self._name(worker)
        twice = None
        if how == SILENT:
            twice = roster.lose(worker)
        else:
            roster.leave(worker)
        if not roster.workers:
            self._tell(f"{name} {how} at {now_s:.1f} s")
            gevent.spawn(self._stop)
            return
        from_s = roster.next_s(now_s)
        self._give_orders(from_s)
        self._tell(f"{name} {how} at {now_s:.1f} s: from {from_s:.1f} s on the others make its arrivals")
        if twice is not None:
            between = f"between {twice[0]:.1f} and {twice[1]:.1f} s"
            self._tell(f"{name} may not have heard of the change before: arrivals {between} may have been made twice")
        if lacking := roster.lacking():
            self._tell(f"the accounts of lost workers stay unused: {lacking} visitors have none")

    def _give_orders(self, from_s: float) -> None:
        assert self._roster is not None
        self._number += 1
        for worker, order in self._roster.orders(self._number, from_s, self._clock()).items():
            self._runner.send_message(ORDER, order.to_wire(), worker)

    def _forget(self, worker: str) -> None:
        """Take a worker off Locust's list, so that its visitors are made up for by the others."""
        node = self._runner.clients.pop(worker, None)
        dispatcher = self._runner._users_dispatcher
        if node is not None and dispatcher is not None and any(n.id == worker for n in dispatcher._worker_nodes):
            dispatcher.remove_worker(node)

    def _check_unless_going(self) -> None:
        """Locust takes a run for stopped that nobody makes, and then neither stops it nor has a report written."""
        if self._roster is None:
            self._check_stopped()

    def _stop(self) -> None:
        """End a run that nobody makes any more."""
        options: Any = self._environment.parsed_options
        if options.headless:
            self._runner.quit()
        else:
            self._runner.stop()

    def _present(self) -> list[str]:
        present = (name for name, node in self._runner.clients.items() if node.state != STATE_MISSING)
        return sorted(present, key=self._runner.get_worker_index)

    def _name(self, worker: str) -> str:
        return f"worker-{self._runner.get_worker_index(worker)}"

    def _tell(self, sentence: str) -> None:
        self.events.append(sentence)
        log.warning("%s", sentence)


def plan_of(rehearsal: Rehearsal) -> Plan:
    """What both sides must agree on."""
    profile = rehearsal.profile
    about = f"profile {profile.name}, target {rehearsal.target.name}, scale {rehearsal.scale:g}, seed {profile.seed}"
    return Plan(rehearsal.hash, about, rehearsal.target.url)
