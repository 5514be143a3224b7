"""What the Storm page is told: figures of closed seconds, alerts with their state, workers, no verdict too early."""

import pytest

from authstorm.plan.choice import Choice
from authstorm.room.moment import chosen, going, judged, run_facts


def test_the_figures_are_those_of_the_newest_closed_seconds(measured):
    told = going(measured)
    assert (told["now_s"], told["stage"], told["over_s"]) == (8.0, 1, 5)
    assert (told["offered"], told["started"], told["good"]) == (10.0, 9.0, 10.0)
    assert told["p95_ms"] == pytest.approx(20, rel=0.02)
    assert told["outcomes"] == {"good": 50, "refused": 1, "shed": 1, "broken": 0, "wrong": 0}
    assert told["failed"] == 1  # the refusal was what its scenario asked for
    assert told["totals"] == {"offered": 80, "started": 72, "dropped": 8}


def test_alerts_that_fire_come_first_with_their_state(measured):
    told = going(measured)["alerts"]
    assert [(alert["rule"], alert["resolved_s"]) for alert in told] == [("slow", None), ("shedding", 4.0)]


def test_each_worker_is_told_apart_and_the_lost_by_name(measured):
    told = going(measured)
    assert [(worker["name"], worker["cpu"], worker["dropped"]) for worker in told["workers"]] == [
        ("worker-0", 0.2, 0),
        ("worker-1", 0.9, 1),
    ]
    assert told["lost"] == ["worker-2"]


def test_the_plan_is_told_ahead(measured):
    told = run_facts(measured, "the-folder")
    assert told["planned"] == [10] * 5 + [40] * 5
    assert [stage["name"] for stage in told["stages"]] == ["calm", "spike"]
    assert (told["id"], told["seed"], told["scale"]) == ("the-folder", 7, 0.5)


def test_before_anything_can_be_judged_nothing_is_said(measured):
    told = judged(None, None)
    assert {part["answer"] for part in told["parts"]} == {"unknown"}
    assert (told["over"], told["exit_code"]) == (False, None)


def test_the_verdict_so_far_has_its_reasons(measured):
    told = judged(measured.verdict, None)
    valid = told["parts"][0]
    assert valid["answer"] == "no"
    assert any("dropped" in reason for reason in valid["reasons"])
    assert not told["over"]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice("smoke", "sandbox"), {"profile": "smoke", "target": "sandbox", "seed": "", "scale": "1"}),
        (Choice("a", "b", 0, 0.25), {"profile": "a", "target": "b", "seed": "0", "scale": "0.25"}),
    ],
)
def test_a_choice_is_told_as_the_lists_have_it(choice, expected):
    assert chosen(choice) == expected
