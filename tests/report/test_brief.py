"""The first answers of a page: which service, which load, what failed, and how it recovered."""

from dataclasses import replace

import pytest

from authstorm.report.brief import brief
from authstorm.report.facts import Code, Resilience, VerdictPart
from tests.report.conftest import write


@pytest.fixture(scope="module")
def summary(storm, tmp_path_factory):
    return write(storm, tmp_path_factory.mktemp("brief"))[1]


@pytest.fixture(scope="module")
def told(summary):
    """The answers about the flash sale, with some of its facts replaced."""
    return lambda **changes: dict(brief(replace(summary, **changes), 200))


WHEN = "from 31 to 49 s after the start."
SHED = f"40 of LOGINS login steps in spike were shed (turned away), with the code unavailable (503, or busy), {WHEN}"


SPIKE = 2
"""Its place among the stages."""


def code(name="unavailable", count=40, expected=0, *, outcome="shed", meaning="503, or `busy`."):
    return Code("login", outcome, name, meaning, count, expected, 31, 48)


def test_service_and_load_are_named_with_address_visits_and_peak(told):
    assert told()["Service"] == "sandbox, at http://127.0.0.1:8080"
    assert told()["Load"] == (
        "flash-sale: 4,340 visits in 69 s, at most 200 in a second: "
        "baseline 20/s for 20 s, spike 181/s for 19 s, recovery 20.1/s for 20 s. "
        "Doors open. Logins jump tenfold in two seconds, hold, and fall."
    )


def test_where_no_arrivals_are_known_the_load_is_told_in_steps(told, storm, summary):
    closed = tuple(replace(stage, offered=None) for stage in summary.stages)
    assert f"flash-sale: {len(storm.samples):,} steps in 69 s" in told(stages=closed)["Load"]


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ((), "No step: every one ended as it was asked to."),
        ((code(outcome="refused", count=9, expected=9),), "No step: every one ended as it was asked to."),
        (
            (code(),),
            SHED,
        ),
        (
            (code("odd", meaning=""),),
            f"40 of LOGINS login steps in spike were shed (turned away), with the code odd, {WHEN}",
        ),
        (
            (code("no", count=900, expected=899, outcome="refused"), code(), code("cut", 7, outcome="broken")),
            f"{SHED} 8 other steps failed, too.",
        ),
        (
            (code("jwt-signature", 2, 2, outcome="wrong", meaning=""),),
            f"2 of LOGINS login steps in spike were answered wrongly, with the code jwt-signature, {WHEN}",
        ),
    ],
    ids=["nothing", "refused as asked", "one kind", "a code without a meaning", "several kinds", "wrong though asked"],
)
def test_what_failed_is_the_most_frequent_kind_and_how_many_others(told, storm, codes, text):
    logins = sum(sample.step == "login" and sample.stage == SPIKE for sample in storm.samples)
    assert told(codes=codes)["What failed"] == text.replace("LOGINS", f"{logins:,}")


@pytest.mark.parametrize(
    ("resilience", "text"),
    [
        (Resilience(), None),
        (Resilience(recovery_from_s=49.0, recovery_s=0.0), "None was needed: failures and latency stayed in the band"),
        (
            Resilience(onset_s=31.0, recovery_from_s=49.0, recovery_s=2.0),
            "It began to hurt at 31 s, and it recovered at 51 s, 2 s after the end of the spike.",
        ),
    ],
)
def test_recovery_is_told_where_there_was_a_storm(told, resilience, text):
    answer = told(resilience=resilience).get("Recovery")
    assert answer is text if text is None else answer.startswith(text)


def test_of_a_run_in_which_nothing_was_measured_nothing_is_said_to_have_failed(told):
    assert set(told(steps=(), codes=())) == {"Service", "Load", "Trust"}


def test_a_rule_that_no_step_broke_is_not_called_nothing(told, summary):
    verdicts = replace(summary.verdicts, objectives=VerdictPart("no", ("Never ended as asked: refresh.",)))
    assert told(codes=(), verdicts=verdicts)["What failed"].endswith(", but not every rule held.")


def test_what_failed_in_several_stages_is_told_of_all_of_them(told, storm):
    logins = sum(sample.step == "login" for sample in storm.samples)
    long = replace(code(), first_s=5, last_s=60)
    expected = (
        f"40 of {logins:,} login steps were shed (turned away), with the code unavailable (503, or busy), from 5 to"
    )
    assert told(codes=(long,))["What failed"].startswith(expected)


def test_other_steps_that_failed_alike_are_said_to(told):
    refreshes = replace(code(count=7), step="refresh")
    assert told(codes=(code(), refreshes))["What failed"].endswith(" 7 other steps were shed, too.")


DOUBT = "Warning: The machine was busy."


@pytest.mark.parametrize(
    ("answer", "reasons", "text"),
    [
        ("yes", ("All 13 rules hold.",), "The run is valid."),
        ("yes", ("All but one hold.", DOUBT), "The run is valid, with a doubt: The machine was busy."),
        ("no", ("Arrivals were dropped.", DOUBT), "The run is no evidence: Arrivals were dropped."),
        ("unknown", ("There was nothing to judge by.",), "It cannot be told: There was nothing to judge by."),
    ],
)
def test_how_far_the_run_can_be_trusted_stands_among_the_first_answers(told, summary, answer, reasons, text):
    verdicts = replace(summary.verdicts, valid=VerdictPart(answer, reasons))
    assert told(verdicts=verdicts)["Trust"] == text


def test_a_run_that_is_not_over_is_not_yet_said_to_be_trusted(told):
    assert "Trust" not in told(complete=False)
