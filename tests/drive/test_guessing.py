"""Guesses name good users' accounts without borrowing them, and what comes of one is judged as it should be."""

from random import Random
from types import SimpleNamespace

import pytest

from authstorm.auth.checked_client import CheckedClient
from authstorm.auth.exchange import Exchange, Identity
from authstorm.auth.judge import failed, good
from authstorm.auth.outcome import Outcome, Reply
from authstorm.auth.promises import Promises
from authstorm.auth.token_checks import TokenChecks
from authstorm.auth.tokens import TokenSet
from authstorm.drive import visitor as module
from authstorm.drive.guessing import Guessing, rightly
from authstorm.drive.identities import Identities
from authstorm.plan.account_file import Roll, read_slots
from authstorm.plan.stuffing import Guesses
from scenarios import Stuffing
from tests.auth.fakes import FakeAnswer
from tests.drive.test_identities import accounts

TOKENS = TokenSet("at", "rt", "", "Bearer", "", 0.0, 600.0)
IN, OUT = good(FakeAnswer(), TOKENS), failed("invalid_grant", FakeAnswer(400))
PAGE = good(FakeAnswer(), None)


def people(count=100, slots=(0,), all_slots=1):
    return Identities(read_slots(accounts(count), slots, all_slots), "right")


def guesses(number=2000, held=None, shares=1, wanted=100, **asked):
    guessing = Guessing(Guesses.model_validate(asked), wanted, Random(5))
    held = held or people()
    return [guessing.draw(held, shares) for _ in range(number)]


def test_a_guess_borrows_no_account_and_has_never_its_password():
    held = people()
    drawn = guesses(held=held)
    assert (held.lent, held.refused, held.shared) == (0, 0, 0)
    assert all(guess.guessed and guess.password != "right" for guess in drawn)
    lent = [held.lend().name for _ in range(100)]
    assert len(set(lent)) == 100


@pytest.mark.parametrize(("known", "least", "most"), [("0%", 0, 0), ("50%", 900, 1100), ("100%", 2000, 2000)])
def test_a_share_of_the_guesses_names_accounts_that_exist(known, least, most):
    drawn = guesses(known=known)
    existing = [guess for guess in drawn if guess.number is not None]
    assert least <= len(existing) <= most
    assert all(guess.name == f"user{guess.number:03d}" for guess in existing)
    assert all(guess.name.startswith("nobody") for guess in drawn if guess.number is None)


def test_the_accounts_guessed_at_are_spread_over_those_that_good_users_act_as():
    assert {guess.number for guess in guesses(known="100%", accounts=5, wanted=50)} == {0, 10, 20, 30, 40}


def test_where_there_are_fewer_accounts_than_were_asked_for_all_of_them_are_named():
    assert {guess.number for guess in guesses(held=people(3), known="100%", accounts=50)} == {0, 1, 2}


def test_workers_divide_the_accounts_that_are_guessed_at():
    parts = [
        {guess.number for guess in guesses(held=people(slots=(slot,), all_slots=2), shares=2, known="100%", accounts=6)}
        for slot in range(2)
    ]
    assert [len(part) for part in parts] == [3, 3]
    assert not parts[0] & parts[1]


def test_names_that_nobody_has_are_in_the_domain_of_the_others():
    there = Identities(Roll(["ann@shop.example.test", "bob@shop.example.test"]), "right")
    assert {guess.name.partition("@")[2] for guess in guesses(50, there, known="0%")} == {"shop.example.test"}
    assert len({guess.name for guess in guesses(50, there, known="0%")}) == 50


def test_an_account_keeps_its_number_through_csv_and_pattern_and_slots():
    pattern = Identities(read_slots(accounts(20, first=5), (1, 3), 4))
    lent = [pattern.lend() for _ in range(10)]
    assert all(identity.name == f"user{identity.number:03d}" for identity in lent)
    assert pattern.lend() is None


class Door:
    """A client that ends each sign-in with these replies."""

    def __init__(self, *replies):
        self.replies = replies

    def login(self, identity, step):
        for number, reply in enumerate(self.replies):
            part = ("page", "credentials", "code")[number]
            yield Exchange(step if len(self.replies) == 1 else f"{step}: {part}", reply, "POST", "/token")


def guessed(*replies):
    client = CheckedClient(Door(*replies), None, TokenChecks(Promises()), trace=lambda: "4711")
    return list(client.guess(Identity("ann", "wrong", 3, guessed=True), "guess"))


def test_a_wrong_password_that_is_let_in_is_wrong_and_tells_for_whom():
    (exchange,) = guessed(IN)
    assert (exchange.reply.outcome, exchange.reply.code) == (Outcome.WRONG, "wrong-password-accepted")
    assert exchange.reply.value is None
    assert (exchange.evidence.identity, exchange.evidence.trace) == ("ann", "4711")
    assert "wrong" not in exchange.evidence.fault.got


def test_a_guess_that_is_refused_stays_as_it_is():
    assert [exchange.reply for exchange in guessed(OUT)] == [OUT]


@pytest.mark.parametrize("redeemed", [IN, OUT])
def test_through_login_pages_the_code_is_what_is_wrong_whatever_it_is_worth(redeemed):
    outcomes = [exchange.reply.outcome for exchange in guessed(PAGE, PAGE, redeemed)]
    assert outcomes == [Outcome.GOOD, Outcome.GOOD, Outcome.WRONG]


@pytest.mark.parametrize(
    ("code", "outcome", "is_right", "gloss"),
    [
        ("invalid_grant", Outcome.REFUSED, True, "refused"),
        ("ok", Outcome.GOOD, True, "a page on the way"),
        ("rate-limited", Outcome.SHED, True, "limited: it got as little"),
        ("unavailable", Outcome.SHED, False, "the service cannot serve"),
        ("timeout", Outcome.BROKEN, False, "no answer"),
        ("wrong-password-accepted", Outcome.WRONG, False, "let in"),
    ],
)
def test_what_a_guess_should_come_to(code, outcome, is_right, gloss):
    assert (rightly(Reply(outcome, code, FakeAnswer()), Outcome.REFUSED) is outcome) is is_right, gloss


def reported(monkeypatch, *replies):
    """What a guesser reports of each step in one visit."""
    told = []

    def report(step, reply, method, url, due_s, stage, as_expected, attempt, evidence, account):  # noqa: PLR0917
        told.append({"step": step, "as_expected": as_expected, "evidence": evidence, "account": account})
        return 0.0

    monkeypatch.setattr(module, "Steps", lambda *_: SimpleNamespace(report=report))
    held = people()
    craft = SimpleNamespace(
        rehearsal=SimpleNamespace(profile=SimpleNamespace(open=True, retries={})),
        random=Random(1),
        new_session=lambda connections: SimpleNamespace(close=lambda: None),
        people=lambda session: CheckedClient(Door(*replies), None, TokenChecks(Promises())),
        services=lambda session: pytest.fail("a guesser is no service"),
        pacing=SimpleNamespace(shares=1),
        identities=held,
        guessing=Guessing(Guesses.model_validate({"known": "100%"}), 100, Random(1)),
        wrongs=SimpleNamespace(tell=lambda step, evidence: {"identity": evidence.identity}),
        clock=None,
    )
    guesser = Stuffing(SimpleNamespace(authstorm=craft))
    guesser.visit()
    assert guesser.tokens is None
    assert held.lent == 0
    return told


def test_a_guess_is_a_step_of_its_own_that_hopes_to_be_refused_and_names_the_account_by_number(monkeypatch):
    (told,) = reported(monkeypatch, OUT)
    assert (told["step"], told["as_expected"]) == ("guess", True)
    assert isinstance(told["account"], int)


def test_a_guess_that_is_let_in_is_not_as_it_should_be(monkeypatch):
    (told,) = reported(monkeypatch, IN)
    assert (told["as_expected"], told["account"]) == (False, None)
    assert told["evidence"]["identity"].startswith("user")
