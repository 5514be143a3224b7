"""Arrivals are arithmetic: the n-th falls where the area under the rate curve reaches n."""

from itertools import pairwise

import pytest

from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream

FLAT = Curve((Segment(0, 10, 2, 2),))
RAMP = Curve((Segment(0, 10, 0, 2),))
BROKEN = Curve((Segment(0, 1, 0.5, 0.5), Segment(1, 2, 0.5, 0.5), Segment(2, 4, 3, 3)))
SPIKE = Curve((Segment(0, 5, 4, 4), Segment(5, 7, 4, 40), Segment(7, 12, 40, 40), Segment(12, 13, 40, 4)))


@pytest.mark.parametrize(
    ("gloss", "curve", "expected"),
    [
        ("flat: every half second", FLAT, [n / 2 for n in range(1, 21)]),
        ("ramp from nothing: the square root of the number", RAMP, [(10 * n) ** 0.5 for n in range(1, 11)]),
        ("fractions carry over stage borders", BROKEN, [2.0, *(2 + n / 3 for n in range(1, 7))]),
        ("no rate, no arrival", Curve((Segment(0, 10, 0, 0),)), []),
        ("a pause in the middle", Curve((Segment(0, 1, 1, 1), Segment(1, 5, 0, 0), Segment(5, 6, 1, 1))), [1.0, 6.0]),
    ],
)
def test_even_arrivals_fall_where_the_area_reaches_their_number(gloss, curve, expected):
    assert list(Stream("login", curve).arrivals()) == pytest.approx(expected), gloss


@pytest.mark.parametrize("curve", [FLAT, RAMP, BROKEN, SPIKE])
@pytest.mark.parametrize("poisson", [False, True])
@pytest.mark.parametrize("shares", [1, 2, 3, 7])
def test_all_shares_together_are_exactly_the_plan_of_one(curve, poisson, shares):
    stream = Stream("login", curve, 0.25, poisson, 7)
    together = sorted(moment for share in range(shares) for moment in stream.arrivals(share, shares))
    assert together == list(stream.arrivals())


def test_the_area_before_each_even_arrival_is_its_number():
    moments = list(Stream("login", SPIKE).arrivals())
    assert [SPIKE.area_until(moment) for moment in moments] == pytest.approx(list(range(1, len(moments) + 1)))


LONG = Curve(tuple(Segment(n / 7, (n + 1) / 7, n % 5, (3 * n) % 11) for n in range(2000)))


@pytest.mark.parametrize("time_s", [-1.0, 0.0, 0.1, 1 / 7, 100.0, 123.456, 285.7, 2000 / 7, 999.0])
def test_a_moment_of_a_long_curve_is_found_as_by_going_through_all_of_it(time_s):
    here = [s for s in LONG.segments if s.start_s <= time_s < s.end_s]
    assert LONG.rate_at(time_s) == (here[0].rate_at(time_s) if here else 0.0)
    before = sum(s.area for s in LONG.segments if s.end_s <= time_s)
    inside = sum(s.area_until(time_s) for s in LONG.segments if s.start_s < time_s < s.end_s)
    assert LONG.area_until(time_s) == pytest.approx(before + inside)


@pytest.mark.parametrize(("from_s", "to_s"), [(0.0, 300.0), (3.0, 4.0), (10.05, 10.06), (285.0, 400.0), (-9.0, 0.0)])
def test_the_highest_rate_of_a_span_of_a_long_curve_is_found_likewise(from_s, to_s):
    within = [
        rate
        for s in LONG.segments
        if s.start_s < to_s and s.end_s > from_s
        for rate in (s.rate_at(max(s.start_s, from_s)), s.rate_at(min(s.end_s, to_s)))
    ]
    assert LONG.highest(from_s, to_s) == max(within, default=0.0)


def test_a_hundred_thousand_pieces_are_looked_up_by_halving():
    """Going through them for each of a day's seconds would take an hour."""
    segments = tuple(Segment(n, n + 1, 1, 2) for n in range(100_000))
    curve = Curve(segments)
    assert sum(curve.rate_at(second) for second in range(86_400)) == 86_400
    assert curve.area_until(86_400) == 1.5 * 86_400


@pytest.mark.parametrize("poisson", [False, True])
def test_total_counts_what_arrivals_yields(poisson):
    for seed in range(20):
        stream = Stream("login", SPIKE, 0.5, poisson, seed)
        assert stream.total == len(list(stream.arrivals()))


def test_poisson_arrivals_follow_the_seed_and_the_curve():
    stream = Stream("login", SPIKE, poisson=True, seed=3)
    assert list(stream.arrivals()) == list(stream.arrivals())
    assert list(stream.arrivals()) != list(Stream("login", SPIKE, poisson=True, seed=4).arrivals())
    totals = [Stream("login", SPIKE, poisson=True, seed=seed).total for seed in range(200)]
    assert sum(totals) / 200 == pytest.approx(SPIKE.area, rel=0.02)


def test_poisson_gaps_vary_as_an_exponential_does():
    flat = Curve((Segment(0, 1000, 10, 10),))
    moments = list(Stream("login", flat, poisson=True, seed=1).arrivals())
    gaps = [after - before for before, after in pairwise(moments)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert deviation / mean == pytest.approx(1.0, abs=0.05)


def test_streams_with_one_rate_and_different_phases_do_not_fall_together():
    one, two = Stream("login", FLAT, 0.0), Stream("refresh", FLAT, 0.5)
    assert not {round(m, 6) for m in one.arrivals()} & {round(m, 6) for m in two.arrivals()}


@pytest.mark.parametrize(
    ("gloss", "time_s", "stage"),
    [("inside", 1.0, 0), ("a border belongs to the later stage", 5.0, 1), ("after the end: the last", 99.0, 1)],
)
def test_a_moment_belongs_to_one_stage(gloss, time_s, stage):
    assert Schedule((Stage("a", 0, 5), Stage("b", 5, 10)), ()).stage_at(time_s) == stage, gloss


def test_offered_each_second_sums_to_the_totals():
    schedule = Schedule((Stage("all", 0, 13),), (Stream("login", SPIKE), Stream("refresh", FLAT, 0.5)))
    seconds = schedule.offered_each_second()
    assert sum(second.get("login", 0) for second in seconds) == schedule.streams[0].total
    assert sum(second.get("refresh", 0) for second in seconds) == schedule.streams[1].total


def test_arrivals_are_counted_by_stage_to_the_very_border_and_only_once():
    stages = (Stage("a", 0, 2.5), Stage("b", 2.5, 10))
    schedule = Schedule(stages, (Stream("login", Curve((Segment(0, 10, 10, 10),)), 0.5),))
    assert schedule.offered_by_stage() == [{"login": 25}, {"login": 75}]
    assert schedule.offered_by_stage() is schedule.offered_by_stage()
    assert schedule.offered_each_second() is schedule.offered_each_second()
    assert schedule == Schedule(stages, schedule.streams)
