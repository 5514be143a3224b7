"""A worker's part of a distributed run: it follows the master's orders, and stops when it hears of the master no more.

``authstorm.drive.muster`` has the other half, and the messages.
"""

from __future__ import annotations

import locust.runners
from locust.rpc import Message
from locust.runners import STATE_STOPPED, WorkerRunner

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import gevent

from authstorm.drive.gate import Plan
from authstorm.drive.joining import NOT_VALID, Joining, Prepare
from authstorm.drive.muster import DONE, FINISH, GOING, LEASE, ORDER, TOOK, quicken_heartbeats
from authstorm.drive.order import Order
from authstorm.drive.pacing import Pacing
from authstorm.drive.run_clock import RunClock
from authstorm.plan.secrets import Secret

if TYPE_CHECKING:
    from locust.env import Environment

AddAccounts = Callable[[Sequence[int], int], None]
"""Takes slots of accounts, and how many there are in all."""
MOST_AHEAD_S = 0.25
"""So far a worker's clock may be behind the master's: it waits so long for the last arrivals before it stops."""


class Following:
    """One a worker process; ``follow`` is given what a run needs anew, as the worker's part of it begins."""

    def __init__(self, environment: Environment, runner: WorkerRunner, redact: Callable[[str], str]) -> None:
        quicken_heartbeats()
        self._environment = environment
        self._runner = runner
        self._redact = redact
        self._orders: list[Order] = []
        self._until_s = 0.0
        self._slots: list[int] = []
        self._pacing: Pacing | None = None
        self._add_accounts: AddAccounts = lambda slots, all_slots: None  # noqa: ARG005 - nobody uses them yet
        self._clock: RunClock | None = None
        self._finished = False
        self.joining: Joining | None = None
        runner.register_message(ORDER, self._take_order)
        runner.register_message(LEASE, self._take_lease)
        runner.register_message(FINISH, self._finish, concurrent=True)
        environment.events.test_stop.add_listener(self._tell_the_rest)
        self._redact_exceptions()
        self._tell_a_lost_master()

    def join(self, token: Secret | None, plan: Plan, prepare: Prepare) -> None:
        """Ask the master to be let in; see ``Joining``."""
        self.joining = Joining(self._runner, token, plan, prepare)

    def start_clock(self, clock: RunClock) -> Order:
        """Set the run's clock by the master's; gives the order to begin with."""
        assert self._orders, "Locust's spawn message came before any order"
        order, joining = self._orders[0], self.joining
        assert joining is not None
        clock.start(order.epoch, joining.time.zero_of(order.epoch))
        self._clock, self._finished = clock, False
        return order

    def follow(self, pacing: Pacing, add_accounts: AddAccounts) -> None:
        """Begin to hand out the shares of all orders that have come by now, each from its own moment on."""
        first, *later = self._orders
        self._pacing, self._add_accounts = pacing, add_accounts
        add_accounts(self._slots, first.all_slots)
        pacing.start(first.share, first.shares, first.from_s, self._until_s)
        for order in later:
            pacing.reorder(order.from_s, order.share, order.shares)

    def stop(self) -> None:
        """Tell the master when this worker stops by itself, so that the others can take over at once."""
        pacing, self._pacing = self._pacing, None
        if pacing is not None and not self._finished:
            self._runner.send_message(GOING)

    def _take_order(self, environment: Environment, msg: Any, **_: Any) -> None:  # noqa: ARG002 - Locust's keywords
        order = Order.from_wire(msg.data)
        if self._orders and order.epoch != self._orders[0].epoch:
            self._orders, self._slots = [], []
        self._orders.append(order)
        self._slots += order.slots
        self._until_s = order.until_s
        late_s = 0.0
        if self._pacing is not None:
            if order.slots:
                self._add_accounts(order.slots, order.all_slots)
            late_s = self._pacing.reorder(order.from_s, order.share, order.shares)
            self._pacing.allow(order.until_s)
        self._runner.send_message(TOOK, {"number": order.number, "late_s": late_s})

    def _take_lease(self, environment: Environment, msg: Any, **_: Any) -> None:  # noqa: ARG002
        self._until_s = msg.data["until_s"]
        if self._pacing is not None:
            self._pacing.allow(self._until_s)

    def _finish(self, environment: Environment, msg: Any, **_: Any) -> None:
        """Stop as Locust would be told to in a moment, but send the last report before the master stops to listen."""
        self._finished = True
        environment.stop_timeout = msg.data["stop_timeout_s"]
        if self._clock is not None:
            gevent.sleep(min(max(0.0, msg.data["end_s"] - self._clock()), MOST_AHEAD_S))
        if self._runner.state == STATE_STOPPED:
            self._send_the_rest()
        else:
            self._runner.stop()

    def _tell_the_rest(self, **_: Any) -> None:
        gevent.spawn(self._send_the_rest)  # all other listeners come first
        self._environment.stop_timeout = 0  # visits are over by now, and Locust would wait as long again

    def _send_the_rest(self) -> None:
        self._runner._send_stats()
        self._runner.send_message(DONE)

    def _tell_a_lost_master(self) -> None:
        """End as a run that is not valid when the master was not heard for too long.

        Locust quits with 0 then, and a worker that was frozen may come to that before it reads that it is to leave.
        """
        runner, environment = self._runner, self._environment
        leave = runner.quit

        def judged() -> None:
            heard_at = runner.last_heartbeat_timestamp
            is_lost = heard_at is not None and heard_at < time.time() - locust.runners.MASTER_HEARTBEAT_TIMEOUT
            if is_lost and environment.process_exit_code is None:
                environment.process_exit_code = NOT_VALID
            leave()

        runner.quit = judged  # type: ignore[method-assign]

    def _redact_exceptions(self) -> None:
        """Take secrets out of the texts of exceptions that Locust sends to the master as they are.

        Locust makes a new client where the line was broken, or where the master asks for it.
        """
        runner, redact, reset = self._runner, self._redact, self._runner.reset_connection

        def seal() -> None:
            send = runner.client.send

            def redacted(msg: Message) -> None:
                if msg.type == "exception":
                    msg.data = {name: redact(text) for name, text in msg.data.items()}
                send(msg)

            runner.client.send = redacted

        def reset_sealed() -> None:
            reset()
            seal()

        seal()
        runner.reset_connection = reset_sealed  # type: ignore[method-assign]
