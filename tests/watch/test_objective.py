"""The default objectives, and that no data meets none of them."""

from __future__ import annotations

import pytest

from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from authstorm.watch.objective import Course, default_objectives
from authstorm.watch.tally import Tally

BROKEN, FAILED, STEPS, SCENARIOS = range(4)


def judged(tally, schedule):
    return default_objectives(Course(tally, schedule, ended_s=20.0))


@pytest.mark.parametrize(
    ("good", "broken", "expected"),
    [
        (1000, 0, (True, "0.00%", "0 of 1,000 steps were broken (0.00%); it must be less than 1.00%.")),
        (995, 5, (True, "0.50%", "5 of 1,000 steps were broken (0.50%); it must be less than 1.00%.")),
        (990, 10, (False, "1.00%", "10 of 1,000 steps were broken (1.00%); it must be less than 1.00%.")),
        (0, 3, (False, "100.00%", "3 of 3 steps were broken (100.00%); it must be less than 1.00%.")),
    ],
    ids=["none", "half of the limit", "the limit itself", "all"],
)
def test_less_than_one_in_a_hundred_steps_may_be_broken(sample, schedule, good, broken, expected):
    samples = [sample(stage=1)] * good + [sample(outcome="broken", stage=1)] * broken
    objective = judged(Tally.of(samples), schedule)[BROKEN]
    assert (objective.met, objective.value, objective.reason) == expected
    assert objective.line == "broken < 1%"


@pytest.mark.parametrize(("shed", "met"), [(0, True), (49, True), (50, False)])
def test_a_target_that_sends_away_every_twentieth_visitor_does_not_hold(sample, schedule, shed, met):
    samples = [sample(stage=1)] * (1000 - shed) + [sample(outcome="shed", stage=1)] * shed
    objective = judged(Tally.of(samples), schedule)[FAILED]
    assert objective.met is met
    told = f"{shed} of 1,000 steps failed" + (", all shed" if shed else "")
    assert objective.reason == f"{told} ({shed / 1000:.2%}); it must be less than 5.00%."


def test_refusals_that_were_asked_for_are_no_failures(sample, schedule):
    samples = [sample(stage=1, outcome="refused", expected=True)] * 500 + [sample(stage=1)] * 500
    assert judged(Tally.of(samples), schedule)[FAILED].met


def test_how_the_failing_ended_is_told_without_the_refusals_that_were_asked_for(sample, schedule):
    kinds = [("good", 7, True), ("refused", 3, True), ("refused", 1, False), ("shed", 5, False), ("broken", 2, False)]
    samples = [sample(stage=1, outcome=name, expected=meant) for name, count, meant in kinds for _ in range(count)]
    reason = judged(Tally.of(samples), schedule)[FAILED].reason
    assert reason.startswith("8 of 18 steps failed, 5 shed, 2 broken, 1 refused (44.44%)")


def test_stages_that_are_not_measured_do_not_count(sample, schedule):
    samples = [sample(outcome="broken", stage=0)] * 50 + [sample(stage=1)]
    assert all(objective.met for objective in judged(Tally.of(samples), schedule))


def test_without_data_every_objective_is_missed(sample, schedule):
    for tally in (Tally(), Tally.of([sample(stage=0)])):
        assert [objective.met for objective in judged(tally, schedule)] == [False] * 4


def test_a_step_that_never_succeeded_is_named(sample, schedule):
    tally = Tally.of([sample(stage=1), sample(stage=1, step="refresh", outcome="shed")])
    objective = judged(tally, schedule)[STEPS]
    assert (objective.met, objective.value) == (False, "1 of 2")
    assert objective.reason == "Never ended as asked: refresh. `make check` says why."


def test_a_step_that_is_meant_to_be_refused_succeeds_by_being_refused(sample, schedule):
    tally = Tally.of([sample(stage=1, outcome="refused", expected=True)])
    assert judged(tally, schedule)[STEPS].met


def test_a_scenario_that_was_planned_and_never_seen_is_named(sample):
    curve = Curve((Segment(0, 10, 5, 5),))
    schedule = Schedule((Stage("peak", 0, 10),), (Stream("visit", curve), Stream("sign-up", curve)))
    objective = judged(Tally.of([sample()]), schedule)[SCENARIOS]
    assert (objective.met, objective.value) == (False, "1 of 2")
    assert "sign-up" in objective.reason


@pytest.mark.parametrize("model", ["open", "closed"])
def test_a_scenario_with_a_good_step_is_enough_in_both_models(sample, schedule, model):
    schedule = Schedule(schedule.stages, schedule.streams, model)
    assert judged(Tally.of([sample(stage=1)]), schedule)[SCENARIOS].met
