"""What the tokens say."""

from __future__ import annotations

import time

import pytest
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.sandbox.running import Sandbox, start, user


def key_set(sandbox):
    published = sandbox.http.get(f"{sandbox.url}/jwks", timeout=10).json()
    assert not {"d", "p", "q"} & set(published["keys"][0])
    return KeySet.import_key_set(published)


def read(sandbox, token, alg="ES256"):
    return jwt.decode(token, key_set(sandbox), [alg])


def test_an_access_token_is_signed_and_says_whose_it_is(sandbox):
    before = int(time.time())
    token = read(sandbox, sandbox.log_in(12, "openid email")["access_token"])
    assert token.header["typ"] == "at+jwt"
    claims = dict(token.claims)
    issued_at, jti = claims.pop("iat"), claims.pop("jti")
    assert before <= issued_at <= time.time()
    assert jti
    assert claims == {
        "iss": sandbox.url,
        "sub": user(12),
        "aud": "storm",
        "client_id": "storm",
        "scope": "openid email",
        "exp": issued_at + 300,
    }


def test_every_token_has_an_identifier_of_its_own(sandbox):
    found = {read(sandbox, sandbox.log_in(1)["access_token"]).claims["jti"] for _ in range(5)}
    assert len(found) == 5


def test_an_id_token_belongs_to_its_access_token(sandbox):
    tokens = sandbox.log_in(12, "openid")
    token = read(sandbox, tokens["id_token"])
    claims = CodeIDToken(dict(token.claims), token.header, params={"access_token": tokens["access_token"]})
    claims.validate_at_hash()
    assert token.header["typ"] == "JWT"
    assert (claims["iss"], claims["sub"], claims["aud"]) == (sandbox.url, user(12), "storm")
    assert claims["exp"] == claims["iat"] + 300
    assert claims["auth_time"] == claims["iat"]


def test_rs256_on_request(brief):
    tokens = brief.log_in(3, "openid")
    for name in ("access_token", "id_token"):
        token = read(brief, tokens[name], "RS256")
        assert (token.header["alg"], token.claims["sub"]) == ("RS256", user(3))


def test_opaque_on_request(tmp_path):
    opaque = Sandbox(start(tmp_path, "--port", "0", "--opaque", "--with-parent"))
    try:
        tokens = opaque.log_in(3, "openid")
        assert "." not in tokens["access_token"]
        assert opaque.userinfo(tokens["access_token"]).json() == {"sub": user(3)}
        assert read(opaque, tokens["id_token"]).claims["sub"] == user(3)
        seen = opaque.introspect(tokens["access_token"])
        assert (seen["sub"], seen["exp"] - seen["iat"]) == (user(3), 300)
    finally:
        assert opaque.stop() == 0


def test_a_dead_access_token_is_dead_everywhere(brief):
    tokens = brief.log_in(3, "openid")
    until = read(brief, tokens["access_token"], "RS256").claims["exp"]
    time.sleep(max(0.0, until - time.time()) + 0.01)
    assert brief.introspect(tokens["access_token"]) == {"active": False}
    answer = brief.userinfo(tokens["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"])
def test_discovery_names_addresses_that_answer(sandbox, path):
    document = sandbox.http.get(f"{sandbox.url}{path}", timeout=10).json()
    assert document["issuer"] == sandbox.url
    assert document["id_token_signing_alg_values_supported"] == ["ES256"]
    addresses = [value for name, value in document.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(addresses) == 6
    for address in addresses:
        assert sandbox.http.get(address, timeout=10).status_code in {200, 400, 401, 405}


def test_the_index_page_says_what_this_is(sandbox):
    page = sandbox.http.get(sandbox.url, timeout=10)
    assert "rehearsal partner" in page.text
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
