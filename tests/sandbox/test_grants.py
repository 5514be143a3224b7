"""Who gets tokens, and who does not."""

from __future__ import annotations

from base64 import b64decode

import pytest

from tests.sandbox.running import PASSWORD, SECRET, basic, user


def test_a_password_brings_a_token_set(sandbox):
    answer = sandbox.token("password", username=user(7), password=PASSWORD, scope="openid")
    tokens = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert {"access_token", "refresh_token", "id_token", "expires_in", "token_type", "scope"} == set(tokens)
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 300, "openid")


def test_without_a_scope_there_is_a_default_and_no_id_token(sandbox):
    tokens = sandbox.log_in(scope="")
    assert tokens["scope"] == "profile email"
    assert "id_token" not in tokens


def test_a_client_for_itself_gets_no_refresh_token(sandbox):
    tokens = sandbox.post("/token", client="storm-api", grant_type="client_credentials").json()
    assert set(tokens) == {"access_token", "expires_in", "token_type", "scope"}
    assert sandbox.introspect(tokens["access_token"])["sub"] == "storm-api"


@pytest.mark.parametrize(
    ("gloss", "form", "error"),
    [
        ("wrong password", {"username": user(1), "password": "wrong"}, "invalid_grant"),
        ("empty password", {"username": user(1), "password": ""}, "invalid_grant"),
        ("one account too far", {"username": user(200), "password": PASSWORD}, "invalid_grant"),
        ("another spelling", {"username": "user000001@example.test", "password": PASSWORD}, "invalid_grant"),
        ("another domain", {"username": "user00001@example.com", "password": PASSWORD}, "invalid_grant"),
        ("no password", {"username": user(1)}, "invalid_request"),
        ("a scope that does not exist", {"username": user(1), "password": PASSWORD, "scope": "all"}, "invalid_scope"),
        ("two passwords", {"username": user(1), "password": [PASSWORD, PASSWORD]}, "invalid_request"),
    ],
)
def test_a_bad_password_grant_is_refused(sandbox, gloss, form, error):
    answer = sandbox.token("password", **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("client", "grant", "error"),
    [
        ("storm-api", "password", "unauthorized_client"),
        ("storm-api", "refresh_token", "unauthorized_client"),
        ("storm", "implicit", "unsupported_grant_type"),
        ("storm", "", "unsupported_grant_type"),
    ],
)
def test_a_client_may_only_use_its_grants(sandbox, client, grant, error):
    answer = sandbox.post("/token", client=client, grant_type=grant, username=user(0), password=PASSWORD)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("gloss", "headers", "form"),
    [
        ("wrong secret", basic("storm", "wrong"), {}),
        ("wrong secret in the form", {}, {"client_id": "storm", "client_secret": "wrong"}),
        ("unknown client", basic("nobody", SECRET), {}),
        ("unknown client in the form", {}, {"client_id": "nobody", "client_secret": SECRET}),
        ("no secret at all", {}, {"client_id": "storm"}),
        ("nobody", {}, {}),
        ("a public client with a secret", basic("storm-public", ""), {}),
        ("broken base64", {"Authorization": "Basic %%%"}, {}),
        ("no colon", {"Authorization": "Basic c3Rvcm0="}, {}),
    ],
)
def test_a_client_that_cannot_prove_itself_gets_401_and_a_challenge(sandbox, gloss, headers, form):
    body = {"grant_type": "client_credentials", **form}
    answer = sandbox.http.post(f"{sandbox.url}/token", data=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


def test_a_client_may_prove_itself_in_the_form(sandbox):
    answer = sandbox.post(
        "/token", client=None, grant_type="client_credentials", client_id="storm", client_secret=SECRET
    )
    assert answer.status_code == 200


def test_the_secret_in_the_header_is_form_decoded(sandbox):
    sent = b64decode(basic("storm", SECRET)["Authorization"].removeprefix("Basic ")).decode()
    assert sent == "storm:s%253A+e%2Bc%3Ar%2F%C3%A4"  # a space is a plus, and a plus is not
    assert sandbox.token("client_credentials").status_code == 200


def test_credentials_in_the_query_are_not_read(sandbox):
    asked = {"grant_type": "client_credentials", "client_id": "storm", "client_secret": SECRET}
    answer = sandbox.http.post(f"{sandbox.url}/token", params=asked, timeout=10)
    assert answer.json()["error"] == "unsupported_grant_type"


def test_a_form_that_is_no_form_is_not_read(sandbox):
    asked = {"grant_type": "client_credentials", "client_id": "storm", "client_secret": SECRET}
    answer = sandbox.http.post(f"{sandbox.url}/token", json=asked, timeout=10)
    assert answer.json()["error"] == "unsupported_grant_type"


@pytest.mark.parametrize(
    ("gloss", "body"),
    [("too large", "a=" + "x" * 70_000), ("too many fields", "&".join(f"a{n}=1" for n in range(100)))],
)
def test_an_oversized_request_is_refused(sandbox, gloss, body):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert sandbox.http.post(f"{sandbox.url}/token", data=body, headers=headers, timeout=10).status_code == 413


def test_a_wrong_method_says_which_are_right(sandbox):
    answer = sandbox.http.get(f"{sandbox.url}/token", timeout=10)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert sandbox.http.get(f"{sandbox.url}/nowhere", timeout=10).status_code == 404
