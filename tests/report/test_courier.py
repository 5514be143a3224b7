"""One receiver's thread: a fault of its sender ends nothing, and tries that hang do not pile up."""

import threading
import time

import pytest

from authstorm.report.senders import courier as module
from authstorm.report.senders.courier import Courier
from authstorm.report.senders.mailbag import Pace
from tests.receivers.notices import notice

PACE = Pace(most=1, every_s=0.0, resend_s=None, give_up_s=60.0)


class Sender:
    def __init__(self, send):
        self.send, self.closed = send, False

    def close(self):
        self.closed = True


@pytest.fixture
def courier():
    """Makes a courier; ``told`` is what it told, by number."""
    made = []

    def make(send, timeout_s=5.0, pace=PACE):
        told, sender = {}, Sender(send)

        def tell(waiting, well, said):
            told[waiting.notice.number] = (well, said)

        it = Courier(sender, pace, timeout_s, tell)
        made.append(it)
        return it, sender, told

    yield make
    for it in made:
        it.close(time.monotonic())
        it.wait(time.monotonic())


def until(true):
    ends_s = time.monotonic() + 5
    while not true():
        assert time.monotonic() < ends_s, "it did not come in time"
        time.sleep(0.005)


def test_a_fault_of_the_sender_costs_its_notice_and_no_other(courier):
    def send(notices):
        if notices[0].number == 1:
            raise ZeroDivisionError("T0VERYSECRET")
        return "ok"

    it, _, told = courier(send)
    it.put(notice(1, rule="a"))
    it.put(notice(2, rule="b"))
    until(lambda: len(told) == 2)
    assert told == {1: (False, "internal: the sender failed: ZeroDivisionError"), 2: (True, "ok")}


def test_tries_that_hang_do_not_pile_up(courier, monkeypatch):
    monkeypatch.setattr(module, "GRACE_S", 0.01)
    release, began = threading.Event(), []

    def send(notices):
        began.append(notices[0].number)
        release.wait(20)
        return "late"

    it, sender, told = courier(send, timeout_s=0.01, pace=Pace(1, 0.0, None, 60.0, most_tries=1))
    for number in range(20):
        it.put(notice(number, rule=f"rule-{number}"))
    it.close(time.monotonic() + 0.5)
    it.wait(time.monotonic() + 0.5)
    release.set()
    assert len(began) <= module.MOST_HANGING
    assert set(told) == set(range(20))
    assert not any(well for well, _ in told.values())
    assert sender.closed


def test_what_hangs_at_the_last_call_is_told_once(courier):
    release = threading.Event()
    it, _, told = courier(lambda _: release.wait(20) and "late")
    it.put(notice(1))
    it.close(time.monotonic() + 0.05)
    it.wait(time.monotonic() + 0.05)
    assert told == {1: (False, "it was still being sent when the run's last call was over")}
    release.set()
    time.sleep(0.02)
    assert told[1][0] is False
