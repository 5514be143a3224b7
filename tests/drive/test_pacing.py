"""Arrivals reach idle visitors at their moment, wait for one, or are dropped and counted."""

import gevent
from gevent.monkey import get_original

from authstorm.drive.pacing import Pacing
from authstorm.drive.run_clock import RunClock
from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream


def schedule(rate=200.0, seconds=0.25, scenario="login"):
    curve = Curve((Segment(0, seconds, rate, rate),))
    stages = (Stage("one", 0, seconds / 2), Stage("two", seconds / 2, seconds))
    return Schedule(stages, (Stream(scenario, curve),))


def collect(pacing, scenario, arrivals, busy_s=0.0):
    while True:
        arrivals.append((pacing.take(scenario), pacing._clock()))
        if busy_s:
            gevent.sleep(busy_s)


def run(pacing, visitors, for_s, busy_s=0.0, scenario="login"):
    arrivals = []
    pacing._clock.start()
    pacing.start()
    greenlets = [gevent.spawn(collect, pacing, scenario, arrivals, busy_s) for _ in range(visitors)]
    gevent.sleep(for_s)
    pacing.stop()
    gevent.killall(greenlets)
    return arrivals


def test_every_planned_arrival_is_taken_once_and_none_before_its_moment():
    clock = RunClock()
    arrivals = run(Pacing(schedule(), 2.0, clock), visitors=4, for_s=0.3)
    assert [round(arrival.planned_s, 6) for arrival, _ in arrivals] == [round(n / 200, 6) for n in range(1, 51)]
    assert all(taken_s >= arrival.planned_s for arrival, taken_s in arrivals)


def test_an_arrival_belongs_to_the_stage_of_its_planned_moment():
    arrivals = run(Pacing(schedule(), 2.0, RunClock()), visitors=4, for_s=0.3)
    assert {arrival.stage for arrival, _ in arrivals if arrival.planned_s < 0.125} == {0}
    assert {arrival.stage for arrival, _ in arrivals if arrival.planned_s >= 0.125} == {1}


def test_arrivals_that_nobody_takes_within_the_patience_are_dropped_and_counted():
    pacing = Pacing(schedule(rate=160), 0.025, RunClock())
    run(pacing, visitors=1, for_s=0.3, busy_s=0.125)
    counts = pacing.counts()
    assert counts.offered == 40
    assert counts.started + counts.dropped == 40
    assert counts.started < 10


def test_an_arrival_that_is_due_as_the_run_ends_is_started_though_its_timer_has_not_rung():
    pacing, arrivals = Pacing(schedule(rate=50, seconds=0.1), 2.0, RunClock()), []
    greenlets = [gevent.spawn(collect, pacing, "login", arrivals) for _ in range(4)]
    gevent.sleep(0)
    pacing._clock.start()
    pacing.start()
    get_original("time", "sleep")(0.1)  # the loop comes round to nothing
    pacing.stop()
    gevent.killall(greenlets)
    counts = pacing.counts()
    assert (counts.offered, counts.started, counts.dropped) == (5, 5, 0)
    assert len(arrivals) == 5


def test_start_delay_is_the_time_from_the_planned_moment_to_the_taking():
    pacing = Pacing(schedule(rate=40), 2.0, RunClock())
    run(pacing, visitors=1, for_s=0.3, busy_s=0.05)
    delays = pacing.counts().start_delays_ms
    assert min(delays) < 50
    assert max(delays) > 75


def test_start_delays_are_handed_over_once():
    pacing = Pacing(schedule(), 2.0, RunClock())
    run(pacing, visitors=4, for_s=0.3)
    assert len(pacing.counts().start_delays_ms) == 50
    assert pacing.counts().start_delays_ms == []


def test_a_visitor_that_wakes_to_tend_its_tokens_loses_no_arrival():
    pacing = Pacing(schedule(rate=80), 2.0, RunClock())
    taken = []

    def visitor():
        while True:
            taken.append(pacing.take("login", wake_after_s=0.005))

    pacing._clock.start()
    pacing.start()
    greenlet = gevent.spawn(visitor)
    gevent.sleep(0.3)
    pacing.stop()
    greenlet.kill()
    assert len([arrival for arrival in taken if arrival is not None]) == 20
    assert taken.count(None) > 5


def test_a_killed_visitor_leaves_its_place_to_the_next():
    pacing = Pacing(schedule(rate=80), 2.0, RunClock())
    gone = gevent.spawn(pacing.take, "login")
    gevent.sleep(0)
    gone.kill()
    assert len(run(pacing, visitors=1, for_s=0.3)) == 20


def test_busy_visitors_are_those_that_do_not_wait():
    pacing = Pacing(schedule(), 2.0, RunClock())
    pacing.visitors = 3
    greenlets = [gevent.spawn(pacing.take, "login") for _ in range(2)]
    gevent.sleep(0)
    assert pacing.counts().visitors_busy == 1
    gevent.killall(greenlets)


def test_arrivals_are_counted_by_the_stage_that_they_were_planned_in():
    pacing = Pacing(schedule(rate=160), 0.025, RunClock())
    run(pacing, visitors=1, for_s=0.3, busy_s=0.125)
    counts = pacing.counts()
    stages = {stage: told for stage, *told in counts.by_stage}
    assert [offered for offered, _, _ in (stages[0], stages[1])] == [19, 21]  # the 20th is due on the border
    assert [sum(column) for column in zip(*stages.values(), strict=True)] == [40, counts.started, counts.dropped]
    assert pacing.counts().by_stage == ()
