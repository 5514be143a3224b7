"""Visitors of a closed profile: they come one by one, think, and renew when their tokens are due and not before."""

from locust.event import EventHook

from time import monotonic
from types import SimpleNamespace

import pytest

from authstorm.auth.renewal import RenewalRule
from authstorm.auth.tokens import TokenSet
from authstorm.drive import visitor as module
from authstorm.drive.run_clock import RunClock
from scenarios import Login, Refresh

THINK_S = 4.0
PHASE = 0.25


class Pacing:
    """Notes each pause and makes none."""

    visitors = 0

    def __init__(self):
        self.pauses = []

    def pause(self, pause_s, is_leaving):
        self.pauses.append(pause_s)


def visitor(kind, *, users=600, jitter_s=0.0, draw=PHASE):
    craft = SimpleNamespace(
        rehearsal=SimpleNamespace(profile=SimpleNamespace(open=not users, think_s=THINK_S, retries={})),
        renewal=RenewalRule(lead_s=2.0, jitter_s=jitter_s),
        random=SimpleNamespace(random=lambda: draw),
        identities=SimpleNamespace(lend=lambda: "user"),
        new_session=lambda connections: None,
        pacing=Pacing(),
        clock=RunClock(),
        people=lambda session: object(),
        password="not-used",
    )
    someone = kind(SimpleNamespace(authstorm=craft, events=SimpleNamespace(request=EventHook())))
    someone.identity = "user"
    return someone


def pauses(someone, number):
    for _ in range(number):
        someone.wait_time()
    return someone.craft.pacing.pauses


def tokens(age_s=0.0, life_s=20.0):
    obtained_s = monotonic() - age_s
    return TokenSet("access", "refresh", "", "Bearer", "", obtained_s, obtained_s + life_s)


@pytest.fixture
def slept(monkeypatch):
    """The seconds that gevent was asked to sleep; nothing sleeps."""
    asked = []
    monkeypatch.setattr(module.gevent, "sleep", asked.append)
    return asked


def test_the_first_pause_is_cut_so_that_those_who_came_together_do_not_act_together():
    assert pauses(visitor(Login), 3) == [THINK_S * PHASE, THINK_S, THINK_S]


def test_tokens_that_were_issued_together_come_due_together_from_the_first_time_on():
    crowd = [visitor(Refresh, draw=draw) for draw in (0.0, 0.3, 0.99)]
    for someone in crowd:
        someone.tokens = tokens()
    assert [pauses(someone, 1)[0] for someone in crowd] == pytest.approx([18, 18, 18], abs=0.1)


def test_jitter_spreads_them_by_each_visitors_own_draw():
    crowd = [visitor(Refresh, jitter_s=4.0, draw=draw) for draw in (0.0, 0.5, 1.0)]
    for someone in crowd:
        someone.tokens = tokens()
    assert [pauses(someone, 1)[0] for someone in crowd] == pytest.approx([18, 16, 14], abs=0.1)


@pytest.mark.parametrize(
    ("gloss", "held"),
    [("a server that sheds leaves the tokens overdue", tokens(age_s=19.0)), ("a sign-in failed", None)],
)
def test_after_a_failure_a_visitor_thinks_and_does_not_hammer(gloss, held):
    someone = visitor(Refresh)
    someone.tokens = held
    assert pauses(someone, 2) == [THINK_S * PHASE, THINK_S], gloss


def test_visitors_of_a_closed_profile_come_at_a_moment_of_their_own_in_the_second(slept):
    visitor(Refresh, draw=0.7).on_start()
    assert slept == [0.7]


@pytest.mark.parametrize(
    ("gloss", "kind", "there", "expected"),
    [
        ("who only comes with an arrival is there at once", Login, 100, []),
        ("who signs in first does so at a moment of its own", Refresh, 100, [0.7 * 0.99]),
        ("the fewer, the sooner", Refresh, 2, [0.7 * 0.5]),
        ("one alone keeps nobody waiting", Refresh, 1, []),
    ],
)
def test_visitors_of_an_open_profile_that_came_together_do_not_sign_in_together(gloss, kind, there, expected, slept):
    someone = visitor(kind, users=None, draw=0.7)
    someone.craft.clock = lambda: 4.2
    someone.craft.rehearsal.pool = SimpleNamespace(at=lambda second: {"refresh": there, "login": there})
    someone.on_start()
    assert slept == pytest.approx(expected), gloss
