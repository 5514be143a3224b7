"""The first answers of a page: which service, which load, what failed, and how it recovered."""

from dataclasses import replace

import pytest

from authstorm.report.brief import brief
from authstorm.report.facts import Code, Resilience
from tests.report.conftest import write


@pytest.fixture(scope="module")
def summary(storm, tmp_path_factory):
    return write(storm, tmp_path_factory.mktemp("brief"))[1]


@pytest.fixture(scope="module")
def told(summary):
    """The answers about the flash sale, with some of its facts replaced."""
    return lambda **changes: dict(brief(replace(summary, **changes), 200))


SHED = "40 of LOGINS login steps were shed, with the code unavailable (503, or busy), from 31 to 49 s after the start."


def code(name="unavailable", count=40, expected=0, *, outcome="shed", meaning="503, or `busy`."):
    return Code("login", outcome, name, meaning, count, expected, 31, 48)


def test_service_and_load_are_named_with_address_visits_and_peak(told):
    assert told()["Service"] == "sandbox, at http://127.0.0.1:8080"
    assert told()["Load"] == (
        "flash-sale: 4,340 visits in 69 s, at most 200 in a second. "
        "Doors open. Logins jump tenfold in two seconds, hold, and fall."
    )


def test_where_no_arrivals_are_known_the_load_is_told_in_steps(told, storm, summary):
    closed = tuple(replace(stage, offered=None) for stage in summary.stages)
    assert f"flash-sale: {len(storm.samples):,} steps in 69 s" in told(stages=closed)["Load"]


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        ((), "Nothing: every step ended as it was asked to."),
        ((code(outcome="refused", count=9, expected=9),), "Nothing: every step ended as it was asked to."),
        (
            (code(),),
            SHED,
        ),
        (
            (code("odd", meaning=""),),
            "40 of LOGINS login steps were shed, with the code odd, from 31 to 49 s after the start.",
        ),
        (
            (code("no", count=900, expected=899, outcome="refused"), code(), code("cut", 7, outcome="broken")),
            f"{SHED} 8 more ended badly in other ways.",
        ),
        (
            (code("jwt-signature", 2, 2, outcome="wrong", meaning=""),),
            "2 of LOGINS login steps were wrong, with the code jwt-signature, from 31 to 49 s after the start.",
        ),
    ],
    ids=["nothing", "refused as asked", "one kind", "a code without a meaning", "several kinds", "wrong though asked"],
)
def test_what_failed_is_the_most_frequent_kind_and_how_many_others(told, storm, codes, text):
    logins = sum(sample.step == "login" for sample in storm.samples)
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
    assert set(told(steps=(), codes=())) == {"Service", "Load"}
