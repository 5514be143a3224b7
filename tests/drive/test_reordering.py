"""Another share in the middle of a run: every arrival is made by one, whoever is there, and none beyond the lease."""

from math import inf

import gevent
import pytest

from authstorm.drive.pacing import Pacing
from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


def schedule(poisson):
    curve = Curve((Segment(0, 2, 0, 40), Segment(2, 10, 40, 40)))
    streams = (Stream("login", curve, 0.0, poisson, 7), Stream("refresh", curve, 0.5, poisson, 7))
    return Schedule((Stage("all", 0, 10),), streams)


class Worker:
    """A pacing whose arrivals nobody takes up: what it offers can be read from its backlog."""

    def __init__(self, plan, share, shares, until_s=inf):
        self.clock = Clock()
        self.pacing = Pacing(plan, 100.0, self.clock)
        self.pacing.start(share, shares, until_s=until_s)

    def at(self, now_s):
        self.clock.now_s = now_s
        self.pacing._hand_out()

    def made(self):
        self.pacing._cancel()
        return [(name, moment) for name, backlog in self.pacing._backlog.items() for moment in backlog]


@pytest.mark.parametrize("poisson", [False, True])
def test_from_an_order_on_the_others_make_what_one_made_before_and_nothing_is_made_twice(poisson):
    plan = schedule(poisson)
    a, b, c = (Worker(plan, share, 3) for share in range(3))
    for worker in (a, b, c):
        worker.at(3.97)
    a.pacing.reorder(5.0, 0, 2)
    c.pacing.reorder(5.0, 1, 2)
    b.pacing.allow(5.0)
    for worker in (a, b, c):
        worker.at(10.5)
    made = sorted(a.made() + b.made() + c.made())
    assert made == sorted((s.scenario, moment) for s in plan.streams for moment in s.arrivals())


def test_nothing_is_handed_out_beyond_the_lease_until_it_goes_on():
    worker = Worker(schedule(False), 0, 1, until_s=3.0)
    worker.at(4.0)
    assert max(moment for _, moment in worker.made()) < 3.0
    worker.pacing.allow(6.0)
    worker.at(4.0)
    assert 3.9 < max(moment for _, moment in worker.made()) <= 4.0


def test_an_order_that_comes_too_late_says_by_how_much_and_makes_nothing_twice_itself():
    plan = schedule(False)
    worker = Worker(plan, 0, 2)
    worker.at(6.0)
    late_s = worker.pacing.reorder(5.0, 0, 1)
    worker.at(10.5)
    assert late_s == pytest.approx(1.0, abs=0.06)
    made = worker.made()
    assert len(made) == len(set(made))


def test_a_search_during_an_order_that_is_still_to_come_is_shared_by_both_orders():
    plan = Schedule((Stage("all", 0, 10),), (Stream("login", Curve(())),))
    workers = [Worker(plan, share, 3) for share in range(3)]
    workers[0].pacing.reorder(5.0, 0, 2)
    workers[2].pacing.reorder(5.0, 1, 2)
    workers[1].pacing.allow(5.0)
    probe = Stream("login", Curve((Segment(4, 6, 50, 50),)))
    for worker in workers:
        worker.pacing.extend([probe])
        worker.at(7.0)
    assert sorted(moment for worker in workers for _, moment in worker.made()) == list(probe.arrivals())


def test_what_a_standstill_has_made_too_late_is_dropped_and_not_started_all_at_once():
    clock = Clock()
    pacing = Pacing(schedule(False), 2.0, clock)
    visitors = [gevent.spawn(pacing.take, "login") for _ in range(200)]
    gevent.sleep(0)
    pacing.start()
    clock.now_s = 9.0
    gevent.get_hub().loop.run_callback(pacing._hand_out)
    gevent.sleep(0)
    pacing._cancel()
    counts = pacing.counts()
    gevent.killall(visitors)
    assert counts.dropped > 300
    assert counts.started <= 2 * 40 + 1


def test_arrivals_from_a_moment_on_are_those_that_come_after_it():
    for poisson in (False, True):
        for stream in schedule(poisson).streams:
            for share, shares, from_s in ((0, 1, 0.0), (1, 3, 4.321), (2, 3, 9.99), (0, 2, 2.0)):
                later = [moment for moment in stream.arrivals(share, shares) if moment >= from_s]
                assert list(stream.arrivals(share, shares, from_s)) == later
