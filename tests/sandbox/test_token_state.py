"""Introspection, revocation and userinfo."""

from __future__ import annotations

import pytest

from tests.sandbox.running import user


def test_an_active_token_says_whose_it_is(sandbox):
    tokens = sandbox.log_in(41, "openid")
    seen = sandbox.introspect(tokens["access_token"])
    assert seen["exp"] == seen["iat"] + 300
    expected = {"active": True, "iss": sandbox.url, "sub": user(41), "username": user(41), "aud": "storm"}
    expected |= {"client_id": "storm", "scope": "openid", "token_type": "Bearer"}
    assert {name: seen[name] for name in expected} == expected
    refresh = sandbox.introspect(tokens["refresh_token"])
    assert (refresh["active"], refresh["exp"] - refresh["iat"]) == (True, 1800)


def test_a_hint_that_is_wrong_or_unknown_does_no_harm(sandbox):
    token = sandbox.log_in(41)["access_token"]
    for hint in ("refresh_token", "saml"):
        assert sandbox.introspect(token, token_type_hint=hint)["active"]


@pytest.mark.parametrize(
    "change", [lambda t: "garbage", lambda t: t + "x", lambda t: t[:-8] + "AAAAAAAA", lambda t: ""]
)
def test_what_was_never_issued_is_inactive_and_nothing_else_is_said(sandbox, change):
    assert sandbox.introspect(change(sandbox.log_in(42)["access_token"])) == {"active": False}


def test_introspection_is_for_clients_that_prove_themselves(sandbox):
    token = sandbox.log_in(43)["access_token"]
    for client, secret in (("storm-api", "wrong"), ("storm-public", "")):
        answer = sandbox.post("/introspect", client=client, secret=secret, token=token)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert sandbox.post("/introspect", client=None, client_id="storm-public", token=token).status_code == 401
    assert sandbox.post("/introspect", client="storm-api").json()["error"] == "invalid_request"


def test_revoking_an_access_token_ends_it_alone(sandbox):
    tokens = sandbox.log_in(44)
    assert sandbox.post("/revoke", token=tokens["access_token"]).status_code == 200
    assert sandbox.introspect(tokens["access_token"]) == {"active": False}
    assert sandbox.userinfo(tokens["access_token"]).status_code == 401
    assert sandbox.refresh(tokens).status_code == 200


def test_revoking_a_refresh_token_ends_all_that_came_of_it(sandbox):
    sandbox.control("DELETE", "counts")
    first = sandbox.log_in(45)
    second = sandbox.refresh(first).json()
    assert sandbox.post("/revoke", token=second["refresh_token"]).status_code == 200
    assert not sandbox.active(first["access_token"])
    assert not sandbox.active(second["access_token"])
    assert sandbox.refresh(second).json()["error"] == "invalid_grant"
    assert sandbox.counts()["reuse_offences"] == 0  # using a revoked token is a mistake, not a theft


def test_revoking_what_is_unknown_is_fine_and_what_is_another_clients_is_not(sandbox):
    assert sandbox.post("/revoke", token="garbage").status_code == 200
    token = sandbox.log_in(46)["access_token"]
    foreign = sandbox.post("/revoke", client=None, client_id="storm-public", token=token)
    assert (foreign.status_code, foreign.json()["error"]) == (400, "invalid_grant")
    assert sandbox.active(token)


@pytest.mark.parametrize(
    ("scope", "known"),
    [
        ("openid", {"sub"}),
        ("openid email", {"sub", "email", "email_verified"}),
        ("openid profile", {"sub", "name", "preferred_username"}),
    ],
)
def test_userinfo_tells_what_the_scope_allows(sandbox, scope, known):
    answer = sandbox.userinfo(sandbox.log_in(47, scope)["access_token"])
    assert set(answer.json()) == known
    assert answer.json()["sub"] == user(47)


def test_userinfo_refuses_with_a_bearer_challenge(sandbox):
    without = sandbox.http.get(f"{sandbox.url}/userinfo", timeout=10)
    garbage = sandbox.userinfo("garbage")
    assert without.status_code == garbage.status_code == 401
    assert garbage.json()["error"] == "invalid_token"
    for answer in (without, garbage):
        assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")


def test_userinfo_needs_the_openid_scope_and_a_person(sandbox):
    answer = sandbox.userinfo(sandbox.log_in(48, "email")["access_token"])
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    own = sandbox.token("client_credentials", scope="openid").json()
    assert sandbox.userinfo(own["access_token"]).status_code == 401
