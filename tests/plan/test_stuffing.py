"""What a plan makes of guesses at passwords: steps of their own, no account, and no goodput."""

from pathlib import Path

import pytest

from authstorm.plan.advice import advise
from authstorm.plan.expectation import is_goodput, step_names, steps_of, steps_of_an_arrival
from authstorm.plan.rehearsal import load_rehearsal
from authstorm.plan.target import read_target

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shipped():
    return load_rehearsal("stuffing-in-the-peak", "sandbox-lockout", ROOT / "config")


@pytest.mark.parametrize(
    ("target", "steps"),
    [
        ("sandbox", {"guess": 1}),
        ("sandbox-code", {"guess: page": 1, "guess: credentials": 1}),
        ("better-auth-cookie", {"guess": 1}),
    ],
)
def test_a_guess_comes_as_far_as_its_refusal(target, steps):
    read = read_target(ROOT / f"config/targets/{target}.yaml")
    assert steps_of("stuffing", read) == steps
    assert step_names(["stuffing"], read) == set(steps)


def test_guessers_need_no_account(shipped):
    peak = shipped.pool.peak
    assert peak["stuffing"] > 100
    assert shipped.people == sum(count for name, count in peak.items() if name != "stuffing")


def test_the_sandbox_may_be_guessed_at_without_a_word(shipped):
    assert "may-lock" not in {piece.code for piece in advise(shipped)}


def test_no_guess_counts_as_goodput_that_was_asked_for(shipped):
    spike = 30
    rates = {stream.scenario: stream.curve.rate_at(spike + 0.5) for stream in shipped.schedule.streams}
    asked = 1 - rates["stuffing"] / sum(rates.values())
    assert steps_of_an_arrival(shipped, spike) == pytest.approx(asked)
    assert not any(map(is_goodput, ("guess", "guess: page", "sign-in", "sign-in: code")))
    assert all(map(is_goodput, ("login", "login: page", "refresh", "guest")))
