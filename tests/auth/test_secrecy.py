"""Nothing that is printed shows a token, a secret or a password."""

from __future__ import annotations

import pytest

from authstorm.auth.client_auth import ClientAuth
from authstorm.auth.jwt_verification import Verification
from tests.auth.fakes import client, json_answer, provider

SECRETS = ("s3cret", "acc355", "r3fresh", "1dtoken", "pa55word", "czNjcmV0", "per50nal")  # one is the other in base64
BODY = {"access_token": "acc355", "refresh_token": "r3fresh", "id_token": "1dtoken", "expires_in": 60}


def replies():
    visitor = client(json_answer(BODY))
    tokens = visitor.password("user", "pa55word")
    return [
        tokens,
        tokens.value,
        visitor,
        visitor.refresh(tokens.value),
        client(json_answer({"active": True, "email": "per50nal"})).introspect("acc355"),
        client(json_answer({"sub": "per50nal"})).userinfo("acc355"),
        client(json_answer({"error": "per50nal", "token": "acc355"}, 401)).userinfo("acc355"),
    ]


THINGS = [
    ClientAuth.basic("app", "s3cret"),
    ClientAuth.post("app", "s3cret"),
    ClientAuth.bearer("s3cret"),
    provider(client_auth=ClientAuth.basic("", "s3cret"), extra={"key": "s3cret"}),
    provider(client_auth=ClientAuth.post("app", "s3cret"), introspection_auth=ClientAuth.bearer("acc355")),
    Verification("", {"email": "per50nal"}),
    *replies(),
]


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: type(thing).__name__)
@pytest.mark.parametrize("show", [repr, str, lambda thing: f"{[thing]}"], ids=["repr", "str", "in a list"])
def test_the_text_of_a_thing_holds_no_secret(thing, show):
    assert [secret for secret in SECRETS if secret in show(thing)] == []


def test_the_text_of_a_reply_and_of_a_token_set_still_helps():
    reply = client(json_answer(BODY)).password("user", "pa55word")
    assert repr(reply) == "Reply(outcome=<Outcome.GOOD: 'good'>, code='ok', retry_after_s=None)"
    assert repr(reply.value) == "TokenSet(access+refresh+id_token, obtained_s=5000.0, expires_s=5060.0)"
