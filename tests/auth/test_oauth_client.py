"""A visitor's verbs on an OAuth server: which exchanges each makes, and how they are named."""

import pytest

from authstorm.auth.exchange import Identity
from authstorm.auth.oauth_client import OAuthClient
from authstorm.auth.outcome import Outcome
from authstorm.auth.tokens import TokenSet
from tests.auth.fakes import ENDPOINTS, SERVER, FakeAnswer, client, json_answer

FOREIGN = "http://api.example.test/me"
GIVEN = json_answer({"access_token": "at2", "expires_in": 600, "refresh_token": "rt2"})
ACTIVE = json_answer({"active": True, "sub": "u1"})
HELD = TokenSet("at1", "rt1", "", "Bearer", "", 0.0, 600.0)
BARE = TokenSet("at1", "", "", "Bearer", "", 0.0, 600.0)


def visitor(*answers, by="introspection", **settings):
    exchanges = client(*answers, **settings)
    return OAuthClient(exchanges, by, FOREIGN), exchanges.session.asked


@pytest.mark.parametrize(
    ("verb", "told", "answer", "named"),
    [
        ("login", (Identity("ada", "pw"), "sign-in"), GIVEN, ("sign-in", "POST", ENDPOINTS.token)),
        ("service_token", (), GIVEN, ("service", "POST", ENDPOINTS.token)),
        ("refresh", (HELD,), GIVEN, ("refresh", "POST", ENDPOINTS.token)),
        ("validate", (HELD,), ACTIVE, ("introspect", "POST", ENDPOINTS.introspection)),
        ("revoke", (HELD,), FakeAnswer(200), ("revoke", "POST", ENDPOINTS.revocation)),
    ],
)
def test_a_verb_is_one_exchange_told_by_step_method_and_url(verb, told, answer, named):
    someone, asked = visitor(answer)
    [(step, reply, method, url, *_)] = getattr(someone, verb)(*told)
    assert (step, method, url) == named
    assert reply.good
    assert [request[:2] for request in asked] == [(method, url)]


@pytest.mark.parametrize(
    ("by", "answer", "named"),
    [
        ("userinfo", json_answer({"sub": "u1"}), ("userinfo", "GET", ENDPOINTS.userinfo)),
        ("url", FakeAnswer(204), ("validate", "GET", FOREIGN)),
    ],
)
def test_tokens_are_validated_as_the_target_says(by, answer, named):
    someone, asked = visitor(answer, by=by)
    [(step, reply, method, url, *_)] = someone.validate(HELD)
    assert (step, method, url) == named
    assert reply.good
    assert asked[0][2]["Authorization"] == "Bearer at1"


@pytest.mark.parametrize(("tokens", "sent"), [(HELD, b"token=rt1"), (BARE, b"token=at1")])
def test_signing_out_revokes_the_refresh_token_where_there_is_one(tokens, sent):
    someone, asked = visitor(FakeAnswer(200))
    assert [reply.outcome for _, reply, *_ in someone.revoke(tokens)] == [Outcome.GOOD]
    assert sent in asked[0][3]


def test_what_the_target_does_not_offer_makes_no_exchange():
    without = type(ENDPOINTS)(token=f"{SERVER}/token")
    someone, asked = visitor(GIVEN, endpoints=without)
    assert list(someone.revoke(HELD)) == []
    assert list(someone.refresh(BARE)) == []
    assert asked == []


def test_an_identity_never_shows_its_password():
    assert "hidden-word" not in repr(Identity("ada", "hidden-word"))
