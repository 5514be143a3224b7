"""The verdict in plain words."""

import pytest

from authstorm.report.facts import Resilience
from authstorm.report.told import headline, partial_because, storm_told, verdicts
from authstorm.watch.facts import RunFacts
from authstorm.watch.finding import Finding, Objective, Status
from authstorm.watch.verdict import Verdict

HOLDS = Finding("samples", Status.HOLDS, "There were samples.")
FAILS = Finding("workers", Status.FAILS, "A worker was lost.")
WARNS = Finding("loop-lag", Status.WARNS, "The loop was late.")
UNKNOWN = Finding("wrong-answers", Status.UNKNOWN, "None was checked.")
MET = Objective("broken < 1%", met=True, value="0.1%", reason="Few were broken.")
FOUND = Objective("search: the highest rate with shed < 1%", met=True, value="40/s", reason="40/s held.")
MISSED = Objective("p95 < 1s", met=False, value="2 s", reason="The p95 was 2 s.")


def told(validity=(HOLDS,), objectives=(MET,), correctness=(HOLDS,)):
    return verdicts(Verdict(validity, objectives, correctness, (0,)))


@pytest.mark.parametrize(
    ("findings", "answer", "reasons"),
    [
        ((HOLDS, HOLDS), "yes", ("The load was delivered and measured well: all 2 rules hold.",)),
        ((HOLDS,), "yes", ("The load was delivered and measured well: the one rule holds.",)),
        (
            (HOLDS, WARNS),
            "yes",
            ("The load was delivered and measured well: 1 of 2 rules hold.", "Warning: The loop was late."),
        ),
        ((WARNS, HOLDS, FAILS), "no", ("A worker was lost.", "Warning: The loop was late.")),
        ((UNKNOWN,), "unknown", ("None was checked.",)),
        ((UNKNOWN, UNKNOWN), "unknown", ("None was checked.",)),
        ((), "unknown", ("There was nothing to judge by.",)),
    ],
)
def test_a_verdict_tells_its_reasons_the_gravest_first(findings, answer, reasons):
    part = told(validity=findings).valid
    assert (part.answer, part.reasons) == (answer, reasons)


@pytest.mark.parametrize(
    ("objectives", "answer", "reasons"),
    [
        ((MET,), "yes", ("The one objective is met.",)),
        ((MET, MET), "yes", ("All 2 objectives are met.",)),
        ((MET, MISSED), "no", ("p95 < 1s: The p95 was 2 s.",)),
        ((FOUND,), "yes", ("The one objective is met.", "search: the highest rate with shed < 1%: 40/s held.")),
        ((), "unknown", ("No objective was given, so none is met.",)),
    ],
)
def test_objectives_are_met_or_missed_and_never_met_without_one(objectives, answer, reasons):
    part = told(objectives=objectives).objectives
    assert (part.answer, part.reasons) == (answer, reasons)


@pytest.mark.parametrize(
    ("exit_code", "because", "text"),
    [
        (0, "", "The target holds: the load was delivered, every objective is met and every answer was correct."),
        (3, "", "The target does not hold: it missed its objectives."),
        (5, "", "This run proves nothing: the load was not delivered or not measured well enough."),
        (7, "", "The target holds, but it got worse than the baseline run."),
        (8, "", "The target gave wrong answers under load."),
        (130, "it was interrupted after 3 s", "Only a part of a run: it was interrupted after 3 s."),
    ],
)
def test_the_headline_says_the_verdict_in_one_sentence(exit_code, because, text):
    assert headline(told(), exit_code, because) == text


def test_a_part_of_a_run_still_says_that_answers_were_wrong():
    part = told(correctness=(FAILS,))
    assert headline(part, 8, "it was interrupted after 3 s").endswith("The target gave wrong answers under load.")


def test_a_verdict_without_checked_answers_does_not_praise_them():
    part = told(correctness=(UNKNOWN,))
    assert headline(part, 0, "") == "The target holds: the load was delivered and every objective is met."


@pytest.mark.parametrize(
    ("run", "complete", "because"),
    [
        (RunFacts(ended_s=69.0), True, ""),
        (RunFacts(ended_s=40.2), False, "it was still going when this was written, 40 s after its start"),
        (RunFacts(ended_s=40.2, interrupted=True), True, "it was interrupted after 40 s"),
        (RunFacts(ended_s=40.2, aborted_by="bad < 5%"), True, "it was stopped after 40 s by the rule “bad < 5%”"),
    ],
)
def test_a_part_of_a_run_says_why_it_is_only_that(run, complete, because):
    assert partial_because(run, complete) == because


@pytest.mark.parametrize(
    ("storm", "sentence"),
    [
        (Resilience(recovery_s=0.0), ""),
        (
            Resilience(onset_s=5.0, detect_s=2.5, recovery_from_s=5.0, recovery_s=3.0, retained_goodput=0.125),
            (
                "It began to hurt at 5 s, an alert fired 2.5 s later, and it recovered at 8 s, 3 s after the first bad "
                "second. While it hurt, 12.5% of what was asked for ended well."
            ),
        ),
        (
            Resilience(onset_s=5.0, recovery_from_s=20.0, recovery_s=0.0),
            "It began to hurt at 5 s, and it was over with the end of the spike.",
        ),
        (
            Resilience(onset_s=5.0, recovery_from_s=20.0, recovery_at_least_s=30.0),
            "It began to hurt at 5 s, and it had not recovered 30 s after the end of the spike, when the run ended.",
        ),
    ],
)
def test_the_storm_is_told_in_a_sentence(storm, sentence):
    assert storm_told(storm) == sentence
