"""A worker's part: whatever order its messages come in, it makes the shares that it was given, and spills nothing."""

from locust.event import Events
from locust.rpc import Message

from dataclasses import replace
from types import SimpleNamespace

import pytest

from authstorm.drive.following import Following
from authstorm.drive.muster import ORDER, TOOK
from authstorm.drive.order import Order
from authstorm.drive.pacing import Pacing
from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream

PLAN = Schedule((Stage("all", 0, 10),), (Stream("login", Curve((Segment(0, 10, 40, 40),))),))
FIRST = Order(1, 1_700_000_000.0, "hash", 7, 2.0, 0, 3, (4, 5), 64, 20.0)
SECOND = replace(FIRST, number=2, from_s=4.0, share=1, shares=4, slots=(9,))


class Worker:
    """A worker's half with its runner played; ``sent`` is what the master hears."""

    def __init__(self, redact=str):
        self.sent, self.slots, self.now_s = [], [], 0.0
        self.listeners = {}
        self.runner = SimpleNamespace(
            quit=lambda: None,
            register_message=lambda kind, listener, **_: self.listeners.update({kind: listener}),
            reset_connection=self.reset,
            send_message=lambda kind, data=None: self.sent.append((kind, data)),
        )
        self.reset()
        self.following = Following(SimpleNamespace(events=Events()), self.runner, redact)
        self.pacing = Pacing(PLAN, 100.0, lambda: self.now_s)

    def reset(self):
        self.runner.client = SimpleNamespace(send=self.sent.append)

    def order(self, order):
        self.listeners[ORDER](environment=None, msg=Message(ORDER, order.to_wire(), "w"))

    def begin(self):
        self.following.follow(self.pacing, lambda slots, _: self.slots.extend(slots))

    def made(self):
        self.now_s = 11.0
        self.pacing._hand_out()
        self.pacing._cancel()
        return list(self.pacing._backlog["login"])


@pytest.mark.parametrize("begins_after", [1, 2], ids=["between the orders", "after both"])
def test_an_order_that_comes_before_the_visitors_takes_nothing_of_the_one_before_it(begins_after):
    """Two who join within a second: the second one's order may come before the first one's visitors."""
    worker = Worker()
    for number, order in enumerate((FIRST, SECOND), 1):
        worker.order(order)
        if number == begins_after:
            worker.begin()
    (stream,) = PLAN.streams
    first = [moment for moment in stream.arrivals(0, 3, 2.0) if moment < 4.0]
    assert worker.made() == first + list(stream.arrivals(1, 4, 4.0))
    assert worker.slots == [4, 5, 9]


def test_another_run_has_nothing_of_the_orders_before_it():
    worker = Worker()
    worker.order(FIRST)
    worker.order(replace(SECOND, epoch=FIRST.epoch + 60))
    worker.begin()
    (stream,) = PLAN.streams
    assert worker.made() == list(stream.arrivals(1, 4, 4.0))
    assert worker.slots == [9]


def test_each_order_is_acknowledged_by_its_number():
    worker = Worker()
    worker.order(FIRST)
    worker.begin()
    worker.order(SECOND)
    worker.pacing._cancel()
    assert worker.sent == [(TOOK, {"number": 1, "late_s": 0.0}), (TOOK, {"number": 2, "late_s": 0.0})]


@pytest.mark.parametrize("is_new", [False, True], ids=["first connection", "second connection"])
def test_exceptions_are_redacted_before_they_leave_on_whatever_connection(is_new):
    worker = Worker(lambda text: text.replace("hunter2", "***"))
    if is_new:
        worker.runner.reset_connection()  # as Locust does where the line was broken, or at the master's wish
    worker.runner.client.send(Message("exception", {"msg": "hunter2", "traceback": "at hunter2"}, "w"))
    (sent,) = worker.sent
    assert sent.data == {"msg": "***", "traceback": "at ***"}
