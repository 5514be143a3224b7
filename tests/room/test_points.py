"""Each second is read once, when it is closed, and a page keeps a quarter of an hour."""

from authstorm.room.points import CATCH_UP, MOST, Points
from authstorm.watch.health import Health
from authstorm.watch.sample import Sample
from authstorm.watch.tally import Tally


def test_a_second_has_arrivals_outcomes_and_each_steps_latency(measured):
    points = Points().read(measured.tally, measured.health, 8)
    second, offered, started, dropped, failed, outcomes, slow = points[7]
    assert (second, offered, started, dropped, failed) == (7, 10, 9, 1, 1)
    assert outcomes == [10, 1, 1, 0, 0]
    assert 19 < slow["login"] < 21


def test_the_good_are_those_that_arrivals_asked_for():
    tally = Tally()
    for step, outcome in (("refresh", "good"), ("sign-in", "good"), ("sign-in: code", "good"), ("sign-in", "shed")):
        tally.add(Sample(step, "refresh", 0, outcome, "code", outcome == "good", 0.1, 0.1, 0.2, 100))
    tally.closed()
    (point,) = Points().read(tally, Health(), 1)
    assert point[4] == 1
    assert point[5] == [1, 0, 1, 0, 0]
    assert set(point[6]) == {"refresh", "sign-in", "sign-in: code"}


def test_no_second_is_read_twice_and_none_is_left_out(measured):
    points = Points()
    read = [point[0] for until in (0, 3, 3, 5, 8) for point in points.read(measured.tally, measured.health, until)]
    assert read == list(range(8))
    assert [point[0] for point in points.all] == read


def test_a_second_of_which_nothing_is_known_says_so():
    assert Points().read(Tally(), Health(), 1) == [[0, None, None, None, 0, [0, 0, 0, 0, 0], {}]]


def test_a_soak_is_read_in_parts_and_kept_in_part():
    points, tally, health = Points(), Tally(), Health()
    assert len(points.read(tally, health, 5000)) == CATCH_UP
    while points.read(tally, health, 5000):
        pass
    assert len(points.all) == MOST
    assert points.all[-1][0] == 4999
