"""A probe of a search is judged by what came of its arrivals, and a late generator is told from a slow target."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from authstorm.plan.promises import Promises
from authstorm.plan.rule_reader import read_rule
from authstorm.plan.search import SearchPlan
from authstorm.watch.objective import Course
from authstorm.watch.probing import ProbeJudge
from authstorm.watch.tally import Tally

RATE, FROM_S, UNTIL_S = 50.0, 4.5, 8.5


def search(rule):
    return SearchPlan(4.0, {"visit": 1.0}, 20.0, 400.0, 4.0, 0.05, read_rule(rule))


@pytest.fixture
def probe(sample, generator):
    """Judge a probe at 50/s for four seconds: ``answers`` are what came of each of its 200 arrivals."""

    def judge(rule, answers, *, is_last=False, waiting=0, before=0, dropped=0, delay_ms=1.0, lag_ms=1.0):
        tally = Tally()
        for number, (outcome, latency_ms) in enumerate(answers):
            arrived_s = FROM_S + number / RATE
            tally.add(sample(arrived_s + latency_ms / 1000, outcome, latency_ms))
        tally.closed(11)
        generator.second(3, visitors_busy=before)
        for second in range(4, 11):
            offered = {4: 25, 8: 25, 9: 0, 10: 0}.get(second, 50)
            lost = min(dropped, offered)
            generator.second(
                second, delays=[delay_ms] * (offered > 0), lags=[lag_ms], offered=offered, started=offered - lost,
                dropped=lost, visitors_busy=waiting,
            )  # fmt: skip
        judge = ProbeJudge(SimpleNamespace(tally=tally, health=generator.health, settle=lambda: None))
        return judge(search(rule), RATE, FROM_S, UNTIL_S, is_last=is_last), judge

    return judge


def mixed(good, other, kind="shed", latency_ms=20.0):
    """Answers of which so many are good and so many are something else, evenly among each other."""
    every = (good + other) / other if other else good + 1
    made, answers = 0, []
    for number in range(1, good + other + 1):
        is_other = made < other and number >= (made + 1) * every - 1e-9
        made += is_other
        answers.append((kind, 5.0) if is_other else ("good", latency_ms))
    return answers


@pytest.mark.parametrize(
    ("gloss", "rule", "made", "held"),
    [
        ("all is well", "shed < 1%", {"answers": mixed(200, 0)}, True),
        ("too much is shed", "shed < 1%", {"answers": mixed(196, 4)}, False),
        ("as much as may be", "shed <= 2%", {"answers": mixed(196, 4)}, True),
        ("fast enough", "login p95 < 100ms", {"answers": mixed(200, 0)}, True),
        ("too slow", "login p95 < 100ms", {"answers": mixed(200, 0, latency_ms=120.0)}, False),
        ("a step that nobody made", "refresh p95 < 1s", {"answers": mixed(200, 0)}, False),
        ("nothing was answered", "shed < 1%", {"answers": []}, False),
        ("fast, because a tenth was turned away", "login p95 < 100ms", {"answers": mixed(180, 20)}, False),
        ("fast, and a few were turned away", "login p95 < 100ms", {"answers": mixed(196, 4)}, True),
        ("slow answers behind the probe's end", "login p95 < 1s", {"answers": mixed(200, 0, latency_ms=1900.0)}, False),
        ("a tenth still waits", "shed < 1%", {"answers": mixed(180, 0), "waiting": 20}, False),
        ("a hundredth still waits", "shed < 1%", {"answers": mixed(198, 0), "waiting": 2}, True),
        (
            "a background that is as busy as before",
            "shed < 1%",
            {"answers": mixed(200, 0), "waiting": 22, "before": 12},
            True,
        ),
        ("a background that got stuck", "shed < 1%", {"answers": mixed(200, 0), "waiting": 60, "before": 12}, False),
        ("arrivals were dropped", "shed < 1%", {"answers": mixed(175, 0), "dropped": 5}, False),
    ],
)
def test_a_rule_holds_for_a_probe(probe, gloss, rule, made, held):
    verdict, judge = probe(rule, **made)
    assert verdict is held, gloss
    assert [(tried.rate, tried.held) for tried in judge.probes] == [(RATE, held)]


@pytest.mark.parametrize(
    ("gloss", "changes", "verdict"),
    [
        ("the generator was late", {"delay_ms": 80.0, "lag_ms": 80.0}, None),
        ("the target kept all visitors busy", {"delay_ms": 80.0, "lag_ms": 5.0}, False),
        ("a late loop that harmed no arrival", {"delay_ms": 10.0, "lag_ms": 80.0}, False),
        ("the last time it is tried", {"delay_ms": 80.0, "lag_ms": 80.0, "is_last": True}, False),
    ],
)
def test_a_failed_probe_is_made_again_where_the_generator_was_late(probe, gloss, changes, verdict):
    assert probe("shed < 1%", mixed(150, 50), **changes)[0] is verdict, gloss


def test_a_probe_that_held_has_held_however_late_the_generator_was(probe):
    assert probe("shed < 1%", mixed(200, 0), delay_ms=80.0, lag_ms=80.0)[0] is True


def found(judge):
    course = Course(Tally(), SimpleNamespace(search=search("shed < 1%")), 20.0)
    return judge.objectives(Promises(), course)[0]


def test_a_rate_at_which_the_generator_was_always_late_is_a_bound_that_may_be_its_own(probe):
    _, judge = probe("shed < 1%", mixed(150, 50), delay_ms=80.0, lag_ms=80.0, is_last=True)
    objective = found(judge)
    assert objective.value == "below 50/s: the rule failed at the lowest rate tried"
    assert "At 50/s the generator was late each time: that may be its own limit" in objective.reason
    assert "made again" not in objective.reason


def test_probes_that_were_made_again_are_counted(probe):
    _, judge = probe("shed < 1%", mixed(150, 50), delay_ms=80.0, lag_ms=80.0)
    assert judge.probes == []
    assert "1 probes said nothing, since the generator was late, and were made again." in found(judge).reason


def test_a_rate_that_failed_for_want_of_visitors_alone_is_told_as_that(probe):
    _, judge = probe("shed < 1%", mixed(175, 0), dropped=5)
    assert "At 50/s the rule held, but arrivals found no visitor" in found(judge).reason
    _, judge = probe("shed < 1%", mixed(150, 25), dropped=5)
    assert "found no visitor" not in found(judge).reason
