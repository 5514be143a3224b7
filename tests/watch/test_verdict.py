"""The verdict: each rule on validity, correctness, and the exit code of the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from authstorm.plan.schedule import Schedule
from authstorm.watch.facts import RunFacts
from authstorm.watch.finding import Objective, Status
from authstorm.watch.health import Health
from authstorm.watch.tally import Tally
from authstorm.watch.validity import Limits
from authstorm.watch.verdict import judge

WHOLE = RunFacts(ended_s=20.0)


@pytest.fixture
def tally(sample):
    """Two hundred good steps in the measured stage."""
    return Tally.of(sample(10 + number / 20, stage=1) for number in range(200))


@pytest.fixture
def judged(tally, schedule):
    """Judges these steps with another generator or other facts."""
    return lambda health, facts=WHOLE: judge(tally, health, schedule, facts)


def finding(verdict, code):
    (found,) = [each for each in (*verdict.validity, *verdict.correctness) if each.code == code]
    return found


def test_a_run_in_which_all_went_well_passes(tally, well, schedule):
    verdict = judge(tally, well.health, schedule, WHOLE)
    assert (verdict.valid, verdict.met, verdict.correct, verdict.passed) == (True, True, True, True)
    assert (verdict.exit_code, verdict.reasons) == (0, ())
    assert {each.status for each in (*verdict.validity, *verdict.correctness)} == {Status.HOLDS}
    assert len(verdict.validity) == 13


def test_nothing_at_all_is_neither_valid_nor_a_pass(schedule):
    verdict = judge(Tally(), Health(), schedule, RunFacts(ended_s=0.0))
    assert (verdict.valid, verdict.met, verdict.exit_codes) == (False, False, (5, 3))
    assert finding(verdict, "samples").sentence == "0 steps were measured; there must be at least 10."
    assert finding(verdict, "wrong-answers").status is Status.UNKNOWN
    assert finding(verdict, "start-delay").status is Status.UNKNOWN
    assert finding(verdict, "generator-cpu").status is Status.UNKNOWN


def test_a_run_that_nobody_watched_is_not_valid(tally, schedule):
    verdict = judge(tally, Health(), schedule, WHOLE)
    assert finding(verdict, "generator-observed").fails
    assert finding(verdict, "arrivals-delivered").sentence.startswith("0 of 200 arrivals were started (0.0%)")
    assert verdict.exit_codes == (5,)


@pytest.mark.parametrize(
    ("code", "last_second", "expected"),
    [
        (
            "arrivals-dropped",
            {"offered": 1020, "dropped": 1},
            (Status.HOLDS, "1 of 1,200 arrivals were dropped (0.08%)"),
        ),
        ("arrivals-dropped", {"offered": 1020, "dropped": 2}, (Status.FAILS, "(0.17%); at most 0.10% may be.")),
        ("arrivals-delivered", {"offered": 30}, (Status.HOLDS, "200 of 210 arrivals were started (95.2%)")),
        ("arrivals-delivered", {"offered": 32}, (Status.FAILS, "(94.3%); at least 95.0% must be.")),
        ("start-delay", {"delays": [49.0]}, (Status.HOLDS, "began at least 49.0 ms late")),
        ("start-delay", {"delays": [51.0]}, (Status.FAILS, "at most 50 ms is allowed.")),
        ("loop-lag", {"lags": [19.0]}, (Status.HOLDS, "was 19.0 ms late")),
        ("loop-lag", {"lags": [21.0]}, (Status.WARNS, "above 20 ms, latencies read too high.")),
        ("generator-cpu", {"cpu_share": 0.75}, (Status.HOLDS, "took 75% of a core")),
        ("generator-cpu", {"cpu_share": 0.8}, (Status.WARNS, "above 75%, latencies read too high.")),
        ("machine-cpu", {"machine_cpu_share": 0.95}, (Status.HOLDS, "was 95% busy")),
        ("machine-cpu", {"machine_cpu_share": 0.99}, (Status.WARNS, "above 95%, latencies may be its own.")),
        ("local-ports", {"exhausted": 1}, (Status.FAILS, "1 attempts to connect failed for want of local ports")),
        ("accounts", {"without_account": 3}, (Status.WARNS, "At most 3 visitors at a time stayed away")),
        ("accounts", {"sharing": 7}, (Status.WARNS, "Up to 7 visitors at a time acted as somebody whom another")),
    ],
)
def test_a_limit_on_the_generator_holds_up_to_its_value(judged, generator, code, last_second, expected):
    """Nine seconds as planned, then one that is not."""
    for second in range(10, 19):
        generator.second(second, offered=20, started=20, delays=[1.0])
    generator.second(19, **({"offered": 20, "started": 20, "delays": [1.0]} | last_second))
    found, (status, words) = finding(judged(generator.health), code), expected
    assert found.status is status
    assert words in found.sentence


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(dropped_share=0.5), "arrivals-dropped"),
        (Limits(delivered_share=0.5), "arrivals-delivered"),
        (Limits(start_delay_p99_ms=900), "start-delay"),
        (Limits(loop_lag_p99_ms=900), "loop-lag"),
        (Limits(cpu_share=1.1), "generator-cpu"),
        (Limits(machine_cpu_share=1.1), "machine-cpu"),
        (Limits(early_end_s=9), "whole-run"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_limit_can_be_loosened(tally, generator, schedule, limits, code):
    for second in range(10, 20):
        generator.second(
            second,
            offered=20,
            started=15,
            dropped=5,
            delays=[800.0],
            lags=[800.0],
            cpu_share=1.0,
            machine_cpu_share=1.0,
        )
    facts = RunFacts(ended_s=15.0)
    assert finding(judge(tally, generator.health, schedule, facts), code).status in {Status.FAILS, Status.WARNS}
    assert finding(judge(tally, generator.health, schedule, facts, limits=limits), code).status is Status.HOLDS


def test_what_happens_in_the_warm_up_does_not_make_a_run_invalid(tally, well, schedule):
    well.second(3, offered=500, dropped=500, delays=[900.0] * 50)
    assert judge(tally, well.health, schedule, WHOLE).passed


def test_arrivals_that_a_lost_worker_should_have_offered_count_as_due(tally, generator, schedule):
    """The worker that is left offers and starts its half; the plan knows of the other."""
    for second in range(10, 20):
        generator.second(second, offered=10, started=10, delays=[1.0])
    found = finding(judge(tally, generator.health, schedule, WHOLE), "arrivals-delivered")
    assert (found.status, found.sentence) == (
        Status.FAILS,
        "100 of 200 arrivals were started (50.0%); at least 95.0% must be.",
    )


def test_a_closed_model_has_no_arrivals_that_could_be_missing(tally, generator, schedule):
    generator.second(12, delays=[1.0])
    verdict = judge(tally, generator.health, Schedule(schedule.stages, schedule.streams, "closed"), WHOLE)
    assert finding(verdict, "arrivals-delivered").status is Status.UNKNOWN
    assert verdict.passed


@pytest.mark.parametrize(
    ("facts", "code", "sentence"),
    [
        (RunFacts(17.9), "whole-run", "The run covers 18 of 20 s; at most 2 s may be missing."),
        (RunFacts(19.5, interrupted=True), "whole-run", "The run covers 20 of 20 s: it was interrupted."),
        (
            RunFacts(20, workers=3, workers_lost=("worker-1",)),
            "workers",
            "1 of 3 workers were lost (worker-1) and 0 of their reports never came; none may be.",
        ),
        (
            RunFacts(20, workers=2, reports_missed=4),
            "workers",
            "0 of 2 workers were lost and 4 of their reports never came; none may be.",
        ),
        (
            RunFacts(20, listener_errors=3, unhandled=True),
            "listeners",
            "The suite's own code raised 3 exceptions, in visits or while recording; see the log. None may.",
        ),
        (
            RunFacts(20, unhandled=True),
            "listeners",
            "A listener or greenlet raised an exception; the log has it. None may.",
        ),
    ],
    ids=["ended early", "interrupted", "worker lost", "report lost", "broken recorder", "broken listener"],
)
def test_a_run_that_did_not_go_as_planned_is_not_valid(judged, well, facts, code, sentence):
    verdict = judged(well.health, facts)
    assert finding(verdict, code).sentence == sentence
    assert (verdict.valid, verdict.reasons) == (False, (sentence,))
    assert verdict.exit_codes == ((130, 5) if facts.interrupted else (5,))


def test_a_run_that_a_rule_stopped_is_short_but_valid(tally, well, schedule):
    verdict = judge(tally, well.health, schedule, RunFacts(ended_s=17.0, aborted_by="bad < 5%"))
    assert (verdict.valid, verdict.exit_codes) == (True, (4,))
    assert verdict.reasons == (
        "Stopped early by the rule “bad < 5%”.",
        "The run covers 17 of 20 s: the rule “bad < 5%” stopped it.",
    )


def test_one_wrong_answer_in_any_stage_outranks_all_but_an_unreachable_target(sample, tally, well, schedule):
    tally.add(sample(3, outcome="wrong", stage=0))
    tally.add(sample(4, outcome="wrong", stage=1))
    tally.closed()
    verdict = judge(tally, well.health, schedule, RunFacts(ended_s=4.0, interrupted=True, aborted_by="x"))
    assert (verdict.correct, verdict.exit_codes) == (False, (8, 4, 130))
    (found,) = verdict.correctness
    assert (found.code, found.sentence) == ("not-mine", "login: 2 answered wrongly (not-mine); none may be.")
    assert verdict.reasons[0] == found.sentence


def test_missed_objectives_are_told_with_their_line_and_reason(sample, well, schedule):
    broken = Tally.of([*[sample(stage=1)] * 9, sample(stage=1, outcome="broken")])
    verdict = judge(broken, well.health, schedule, WHOLE)
    assert (verdict.valid, verdict.met, verdict.exit_codes) == (True, False, (3,))
    assert verdict.reasons == (
        "Missed: broken < 1%. 1 of 10 steps were broken (10.00%); it must be less than 1.00%.",
        "Missed: failed < 5%. 1 of 10 steps failed, 1 broken (10.00%); it must be less than 5.00%.",
    )


def test_other_objectives_can_be_given_and_none_is_no_pass(tally, well, schedule):
    own = (Objective("login p95 < 1ms", met=False, value="20 ms", reason="It was 20 ms."),)
    verdict = judge(tally, well.health, schedule, WHOLE, objectives=own)
    assert (verdict.objectives, verdict.exit_codes) == (own, (3,))
    assert judge(tally, well.health, schedule, WHOLE, objectives=()).exit_codes == (3,)


@pytest.mark.parametrize(
    ("missed", "expected"),
    [((True,), (7,)), ((True, False), (3, 7)), ((False,), (3,))],
    ids=["against the baseline run alone", "beside one that stands by itself", "by itself"],
)
def test_what_is_missed_against_a_baseline_run_is_a_regression(tally, well, schedule, missed, expected):
    told = [Objective("p95", met=False, value="2 s", reason="It was 2 s.", against_run=each) for each in missed]
    verdict = judge(tally, well.health, schedule, WHOLE, objectives=tuple(told))
    assert verdict.exit_codes == expected


def test_the_same_run_gets_the_same_verdict_twice(tally, well, schedule):
    assert judge(tally, well.health, schedule, WHOLE) == judge(tally, well.health, schedule, WHOLE)


def test_a_visitor_without_an_account_is_a_failure_where_the_target_declares_that_accounts_suffice(
    tally, generator, schedule
):
    generator.second(12, offered=20, started=20, without_account=1)
    found = finding(judge(tally, generator.health, schedule, WHOLE, limits=Limits(accounts_suffice=True)), "accounts")
    assert (found.status, found.sentence.endswith("none may.")) == (Status.FAILS, True)


@pytest.mark.parametrize(
    ("lag_ms", "expected"),
    [(4.0, ["holds"] * 2), (6.0, ["holds", "warns"]), (21.0, ["warns"] * 2), (51.0, ["warns", "fails"])],
)
def test_a_late_loop_counts_for_more_where_it_stamps_the_answers(tally, generator, schedule, lag_ms, expected):
    """First with kernel time stamps, then without."""
    for second in range(10, 20):
        generator.second(second, offered=20, started=20, delays=[1.0], lags=[lag_ms])
    told = [
        finding(judge(tally, generator.health, schedule, WHOLE, limits=limits), "loop-lag").status
        for limits in (Limits(), Limits().on_loop_clock())
    ]
    assert told == expected


@pytest.mark.parametrize(("count", "status"), [(9, Status.FAILS), (10, Status.HOLDS)])
def test_a_handful_of_samples_proves_nothing(sample, well, schedule, count, status):
    few = Tally.of([sample(12, stage=1)] * count)
    assert finding(judge(few, well.health, schedule, WHOLE), "samples").status is status


def test_what_the_generator_takes_after_the_load_does_not_count(tally, well, schedule):
    well.health.loaded_s = 20.02
    well.second(20, cpu_share=1.0, machine_cpu_share=1.0, lags=[500.0] * 2000)
    assert judge(tally, well.health, schedule, WHOLE).passed


def test_every_rule_is_on_its_page(tally, well, schedule):
    page = (Path(__file__).parents[2] / "docs/objectives.md").read_text("utf-8")
    table = page.split("## Validity")[1].split("## ")[0]
    told = [each.code for each in judge(tally, well.health, schedule, WHOLE).validity]
    assert [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")] == told
