"""One timer for all who wait: nobody is woken early or forgotten, and who waits no more leaves nothing behind."""

import socket
from contextlib import closing
from time import perf_counter

import gevent
import pytest
from gevent import get_hub
from gevent.greenlet import Greenlet
from gevent.threadpool import ThreadPool

from authstorm.wire import deadlines as module
from authstorm.wire.deadlines import deadlines_of
from authstorm.wire.failure import DeadlineError
from authstorm.wire.waiting import READ, wait_fd

LATE_BY_MOST_S = 1.0
"""What a busy machine may add."""


def waited_s(limit_s):
    """How long somebody waits for a silent peer."""
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        began_at = perf_counter()
        with pytest.raises(DeadlineError):
            wait_fd(ours.fileno(), READ, began_at + limit_s)
        return perf_counter() - began_at


def test_each_of_many_is_woken_after_its_own_deadline_and_soon():
    limits = [0.0, 0.03, 0.001, 0.06, 0.03, 0.09, -1.0, 0.05]
    waits = [gevent.spawn(waited_s, limit_s) for limit_s in limits]
    for limit_s, wait in zip(limits, waits, strict=True):
        assert max(0.0, limit_s) <= wait.get(timeout=5) <= max(0.0, limit_s) + LATE_BY_MOST_S
    assert not deadlines_of(get_hub()).waiting


def test_a_deadline_that_comes_before_all_others_is_not_kept_waiting_for_theirs():
    long = gevent.spawn(waited_s, 30.0)
    gevent.sleep(0)
    assert 0.02 <= waited_s(0.02) <= 0.02 + LATE_BY_MOST_S
    long.kill()
    assert not deadlines_of(get_hub()).waiting


def test_who_is_killed_or_answered_leaves_no_entry():
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        answered = gevent.spawn(wait_fd, ours.fileno(), READ, perf_counter() + 30)
        killed = gevent.spawn(waited_s, 30.0)
        gevent.sleep(0)
        assert len(deadlines_of(get_hub()).waiting) == 2
        theirs.send(b"x")
        killed.kill()
        answered.get(timeout=5)
    assert not deadlines_of(get_hub()).waiting


def test_each_thread_has_its_own():
    pool = ThreadPool(1)
    try:
        there = pool.spawn(lambda: (deadlines_of(get_hub()), waited_s(0.03)))
        assert waited_s(0.03) >= 0.03
        theirs, their_s = there.get(timeout=5)
    finally:
        pool.kill()
    assert theirs is not deadlines_of(get_hub())
    assert their_s >= 0.03


def test_who_is_woken_and_fails_keeps_nobody_else_waiting(monkeypatch):
    """Whoever is woken runs in the middle of the ring; what it raises must not end the others' waits."""
    monkeypatch.setattr(get_hub(), "handle_error", lambda *_: None)

    def fail():
        waited_s(0.02)
        raise ValueError("of its own")

    failing = Greenlet.spawn(fail)
    others = [gevent.spawn(waited_s, limit_s) for limit_s in (0.02, 0.04)]
    assert [wait.get(timeout=5) >= 0.02 for wait in others] == [True, True]
    assert not failing.successful()


def test_where_very_many_wait_the_looks_through_them_grow_rare(monkeypatch):
    """A look that takes 4 ms, every 5 ms, would be most of what is done."""
    moments = iter([100.0, 100.004, *[100.004] * 10])
    asked = []
    monkeypatch.setattr(module, "perf_counter", lambda: next(moments))
    deadlines = module.Deadlines()
    monkeypatch.setattr(module.Deadlines, "_arm", lambda _, rings_at: asked.append(rings_at))
    deadlines.waiting = {object(): 100.001}
    deadlines._ring()
    assert asked == [pytest.approx(100.08)]
