"""Which tokens a visitor holds after it asked for new ones."""

from types import SimpleNamespace

import pytest

from authstorm.auth.exchange import Exchange
from authstorm.auth.outcome import Outcome, Reply
from authstorm.auth.tokens import TokenSet
from authstorm.drive import visitor as module
from scenarios import Refresh

OLD = TokenSet("at1", "rt1", "", "Bearer", "", 0.0, 600.0)
NEW = TokenSet("at2", "rt2", "", "Bearer", "", 0.0, 600.0)


def holder(*replies, monkeypatch):
    """A visitor that holds the old tokens, and whose refresh gives these replies."""
    monkeypatch.setattr(module, "Steps", lambda *_: SimpleNamespace(report=lambda *_, **__: 0.0))
    exchanges = [Exchange("refresh", reply, "POST", "http://login.example.test/token") for reply in replies]
    craft = SimpleNamespace(
        rehearsal=SimpleNamespace(profile=SimpleNamespace(open=True, retries={})),
        random=SimpleNamespace(random=lambda: 0.5),
        redact=SimpleNamespace(saw=lambda *_: None),
        new_session=lambda connections: None,
        people=lambda session: SimpleNamespace(refresh=lambda tokens: iter(exchanges)),
        clock=None,
    )
    someone = Refresh(SimpleNamespace(authstorm=craft))
    someone.tokens = OLD
    return someone


@pytest.mark.parametrize(
    ("gloss", "replies", "held", "is_renewed"),
    [
        ("the rotated tokens are held", [Reply(Outcome.GOOD, "ok", None, NEW)], NEW, True),
        ("a server that sheds has not touched the old", [Reply(Outcome.SHED, "rate-limited", None)], OLD, False),
        ("after a time-out they may have been rotated", [Reply(Outcome.BROKEN, "timeout", None)], None, False),
        ("a refused token is dead", [Reply(Outcome.REFUSED, "invalid_grant", None)], None, False),
        ("nothing was asked where nothing can be", [], OLD, False),
    ],
)
def test_tokens_are_kept_only_where_the_server_cannot_have_touched_them(gloss, replies, held, is_renewed, monkeypatch):
    someone = holder(*replies, monkeypatch=monkeypatch)
    assert someone.refresh() is is_renewed, gloss
    assert someone.tokens is held, gloss


def test_who_holds_no_tokens_asks_for_none(monkeypatch):
    someone = holder(Reply(Outcome.GOOD, "ok", None, NEW), monkeypatch=monkeypatch)
    someone.tokens = None
    assert not someone.refresh()
    assert someone.tokens is None
