"""The crew: who is lost, and which reports never came."""

from __future__ import annotations

from authstorm.watch.crew import Crew


def heard(crew, *numbers, worker="a", errors=0, unhandled=False):
    for number in numbers:
        crew.heard(worker, number, errors, unhandled)


def test_a_worker_that_went_away_is_lost_even_when_it_comes_back():
    crew = Crew(["a", "b"])
    heard(crew, 1)
    heard(crew, 1, worker="b")
    assert crew.look({"a"}) == {"b"}
    assert crew.look({"a", "b"}) == set()
    assert crew.lost == {"b"}
    assert crew.workers == {"a", "b"}


def test_a_worker_that_never_reported_is_lost():
    crew = Crew(["a", "b"])
    heard(crew, 1)
    assert crew.lost == {"b"}


def test_a_worker_that_joined_later_belongs_to_the_crew():
    crew = Crew(["a"])
    heard(crew, 1)
    heard(crew, 1, worker="late")
    assert (crew.workers, crew.lost) == ({"a", "late"}, frozenset())


def test_a_gap_in_the_numbers_is_as_many_reports_as_it_is_wide():
    crew = Crew(["a"])
    heard(crew, 1, 2, 5, 6)
    assert crew.missed == 2


def test_a_first_report_that_is_not_the_first_shows_what_went_before():
    crew = Crew(["a"])
    heard(crew, 3)
    assert crew.missed == 2


def test_errors_are_the_latest_count_of_each_worker_and_unhandled_ones_stay():
    crew = Crew()
    heard(crew, 1, errors=2, unhandled=True)
    heard(crew, 2, errors=3)
    heard(crew, 1, worker="b", errors=4)
    assert (crew.errors, crew.unhandled) == (7, True)
