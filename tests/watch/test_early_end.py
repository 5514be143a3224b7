"""Abort rules: judged on settled seconds alone, and true only for as long as their line says."""

from __future__ import annotations

import pytest

from authstorm.plan.rule_reader import read_rule
from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from authstorm.watch.early_end import first_true
from authstorm.watch.objective import Course
from authstorm.watch.tally import Tally


@pytest.fixture
def schedule():
    """Ten seconds of baseline, ten of spike, ten of recovery."""
    stages = tuple(Stage(name, start, start + 10) for start, name in ((0, "baseline"), (10, "spike"), (20, "recovery")))
    return Schedule(stages, (Stream("visit", Curve((Segment(0, 30, 10, 10),))),))


@pytest.fixture
def true_at(sample, schedule):
    """The first second, asked one by one, at which a rule is true; None when it never is.

    Ten steps a second: all good but from ``bad_from`` to ``bad_to``, and none at all in the seconds ``silent``.
    """

    def find(line, bad_from, bad_to, silent=()):
        tally = Tally.of(
            sample(second + number / 10, outcome="broken" if bad_from <= second < bad_to else "good")
            for second in range(30)
            for number in range(10)
            if second not in silent
        )
        course = Course(tally, schedule, ended_s=30.0)
        return next((now for now in range(31) if first_true([read_rule(line)], course, now)), None)

    return find


@pytest.mark.parametrize(
    ("gloss", "line", "bad", "expected"),
    [
        ("one bad second is enough", "broken > 50%", (12, 13), 13),
        ("five in a row", "broken > 50% for 5s", (12, 17), 17),
        ("one too few", "broken > 50% for 5s", (12, 16), None),
        ("never bad", "broken > 50%", (40, 41), None),
        ("half of a window of ten seconds, and no more", "broken > 50% over 10s", (12, 17), None),
        ("more than half of it", "broken > 50% over 10s", (12, 18), 18),
        ("only where the line says", "broken > 50% in recovery", (12, 23), 21),
        ("the row must lie in the stage", "broken > 50% for 3s in recovery", (12, 25), 23),
        ("another step", "refresh broken > 50%", (12, 23), None),
        ("goodput that is gone", "goodput < 5/s for 3s", (12, 23), 15),
        ("against a stage of the same run", "goodput < 50% of baseline for 3s", (12, 23), 15),
    ],
)
def test_a_rule_is_true_from_the_second_on_in_which_its_line_is(true_at, gloss, line, bad, expected):
    assert true_at(line, *bad) == expected, gloss


def test_a_second_without_samples_breaks_a_row_of_shares_and_counts_as_no_goodput(true_at):
    silent = range(14, 16)
    assert true_at("broken > 50% for 4s", 12, 18, silent) is None
    assert true_at("goodput < 5/s for 4s", 12, 18, silent) == 16


def test_seconds_that_are_not_settled_do_not_count(sample, schedule):
    tally = Tally.of(sample(second + 0.5, outcome="broken") for second in range(10))
    assert first_true([read_rule("broken > 50% for 5s")], Course(tally, schedule, 10.0), settled_second=4) == ""


def test_the_first_rule_that_is_true_is_told_as_it_was_written(sample, schedule):
    tally = Tally.of(sample(second + 0.5, outcome="broken") for second in range(10))
    rules = [read_rule(line) for line in ("shed > 50%", "broken  >  50%", "failed > 50%")]
    assert first_true(rules, Course(tally, schedule, 10.0), settled_second=5) == "broken  >  50%"
