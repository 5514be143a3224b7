"""Clients that prove themselves by a signed statement."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from authstorm.auth.assertion import ASSERTION_TYPE, FRESH_S, Assertions, read_signing_key
from authstorm.auth.client_auth import ClientAuth
from tests.auth.fakes import SERVER, TODAY_S, client, json_answer

KEY = ECKey.generate_key("P-256", {"kid": "k1"}, private=True)
PEM = KEY.as_pem(private=True).decode()


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def statements(clock=None, **settings):
    signing = read_signing_key(PEM, key_id="k1")
    return Assertions(signing, "app", f"{SERVER}/token", clock=clock or Clock(), wall_clock=lambda: TODAY_S, **settings)


def test_a_statement_says_what_the_standard_asks_for():
    """RFC 7523 section 3."""
    read = jwt.decode(statements().take().decode(), KEY)
    claims = dict(read.claims)
    assert read.header == {"alg": "ES256", "typ": "JWT", "kid": "k1"}
    assert len(claims.pop("jti")) >= 32
    assert claims == {
        "iss": "app", "sub": "app", "aud": f"{SERVER}/token", "iat": int(TODAY_S), "exp": int(TODAY_S) + 60,
    }  # fmt: skip


def test_no_statement_is_sent_twice():
    made = statements()
    made.sign_ahead(3)
    taken = [made.take() for _ in range(6)]
    assert len({jwt.decode(one.decode(), KEY).claims["jti"] for one in taken}) == 6


def test_what_was_signed_ahead_is_used_until_it_is_old():
    clock = Clock()
    made = statements(clock)
    made.sign_ahead(2)
    ahead = [one for _, one in made._ahead]
    clock.now_s += FRESH_S - 1
    assert made.take() == ahead[1]
    clock.now_s += 2
    assert made.take() not in ahead


def test_no_more_lie_ready_than_a_crowd_could_use():
    made = statements()
    made.sign_ahead(10_000)
    assert len(made._ahead) == 256


def test_each_request_brings_a_statement_of_its_own_and_the_next_is_signed_after_the_answer():
    made = statements()
    service = client(json_answer({"access_token": "at"}), client_auth=ClientAuth.private_key_jwt("app", made))
    for _ in range(2):
        assert service.client_credentials().good
    one, other = (parse_qs(body.decode()) for *_, body in service.session.asked)
    assert (one["client_id"], one["client_assertion_type"]) == (["app"], [ASSERTION_TYPE])
    assert one["client_assertion"] != other["client_assertion"]
    assert len(made._ahead) == 1


def test_nothing_shows_a_statement():
    auth = ClientAuth.private_key_jwt("app", statements())
    assert "eyJ" not in repr(client(json_answer({}), client_auth=auth).provider) + repr(auth)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (KEY, "ES256"),
        (ECKey.generate_key("P-384"), "ES384"),
        (RSAKey.generate_key(2048), "RS256"),
        (OKPKey.generate_key("Ed25519"), "EdDSA"),
    ],
)
@pytest.mark.parametrize("form", ["PEM", "JWK"])
def test_a_key_signs_by_its_kind(key, algorithm, form):
    text = key.as_pem(private=True).decode() if form == "PEM" else json.dumps(key.as_dict(private=True))
    assert read_signing_key(f"\n{text}\n").algorithm == algorithm


def test_a_jwk_says_its_own_algorithm_and_name_unless_the_target_does():
    text = json.dumps(RSAKey.generate_key(2048, {"kid": "a", "alg": "PS256"}).as_dict(private=True))
    assert read_signing_key(text)[1:] == ("PS256", "a")
    assert read_signing_key(text, "RS256", "b")[1:] == ("RS256", "b")


@pytest.mark.parametrize(
    ("text", "algorithm", "message"),
    [
        ("hunter2hunter2", "", "is neither a private key in PEM without a pass phrase nor a JWK"),
        ('{"kty": "EC"}', "", "starts like a JWK and is none"),
        ("{hunter2", "", "starts like a JWK and is none"),
        (KEY.as_pem(private=False).decode(), "", "is a public key"),
        (PEM, "RS256", "a key of kind P-256 does not sign with RS256"),
        (PEM, "none", "a key of kind P-256 does not sign with none"),
        (PEM, "HS256", "a key of kind P-256 does not sign with HS256"),
        ('{"kty": "oct", "k": "aHVudGVyMmh1bnRlcjI"}', "", "a key of kind oct does not sign with any algorithm known"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_without_being_shown(text, algorithm, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_signing_key(text, algorithm)
    assert "hunter2" not in str(caught.value)
    assert "BEGIN" not in str(caught.value)
