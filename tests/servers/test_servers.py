"""The servers do what docs/real-servers.md says of them: the same questions to both, and where they differ."""

from __future__ import annotations

import pytest
import requests

from tests.servers.asking import Asking, Browser
from tests.servers.real_server import RealServer

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def ask(server: RealServer) -> Asking:
    return Asking(server)


def test_discovery_names_the_issuer_and_the_token_endpoint(ask: Asking):
    document = requests.get(ask.server.issuer + "/.well-known/openid-configuration", timeout=30).json()
    assert document["issuer"] == ask.server.issuer
    assert document["token_endpoint"] == ask.server.url + ask.paths.token
    assert [key["alg"] for key in ask.get(ask.paths.keys).json()["keys"]] == ["RS256"]


@pytest.mark.parametrize("user", ["user0000", "user0199"])
def test_a_login_brings_tokens_that_are_good_for_that_user(ask: Asking, user: str):
    answer = ask.login(user)
    tokens = answer.json()
    assert (answer.status_code, tokens["token_type"], tokens["expires_in"]) == (200, "Bearer", 600)
    said = ask.introspect(tokens["access_token"]).json()
    assert said["active"] is True
    assert said.get("username", said.get("sub")) == user
    assert ask.userinfo(tokens["access_token"]).json()["sub"] == said.get("sub", str(int(user[4:]) + 1))


@pytest.mark.parametrize(
    ("user", "password", "meaning"),
    [("user0001", "not-it", "wrong password"), ("user0200", "", "one account beyond the last")],
)
def test_a_login_is_refused(ask: Asking, user: str, password: str, meaning: str):
    answer = ask.login(user, password)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), meaning


def test_a_wrong_client_secret_is_refused(ask: Asking):
    answer = ask.token(secret="not-it", grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_service_logs_in_with_its_own_credentials(ask: Asking):
    answer = ask.service()
    assert answer.status_code == 200
    assert ask.introspect(answer.json()["access_token"]).json()["active"] is True
    assert "refresh_token" not in answer.json()


def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_whole_family(ask: Asking):
    first = ask.login("user0010").json()
    second = ask.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert ask.userinfo(second["access_token"]).status_code == 200

    reused = ask.refresh(first["refresh_token"])
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert ask.refresh(second["refresh_token"]).status_code == 400
    assert ask.userinfo(second["access_token"]).status_code == 401
    assert ask.introspect(second["access_token"]).json() == {"active": False}


@pytest.mark.parametrize("server", ["oidc-provider"], indirect=True)
def test_the_access_token_before_a_refresh_lives_on_at_oidc_provider(ask: Asking):
    first = ask.login("user0011").json()
    ask.refresh(first["refresh_token"])
    assert ask.userinfo(first["access_token"]).status_code == 200


@pytest.mark.parametrize("server", ["django-oauth-toolkit"], indirect=True)
def test_the_access_token_before_a_refresh_is_dead_at_django_oauth_toolkit(ask: Asking):
    first = ask.login("user0011").json()
    ask.refresh(first["refresh_token"])
    assert ask.userinfo(first["access_token"]).status_code == 401


def test_introspection_of_rubbish_says_inactive_and_userinfo_refuses_it(ask: Asking):
    answer = ask.introspect("rubbish")
    assert (answer.status_code, answer.json()) == (200, {"active": False})
    assert ask.userinfo("rubbish").status_code == 401


def test_a_revoked_access_token_takes_its_refresh_token_with_it(ask: Asking):
    tokens = ask.login("user0012").json()
    assert ask.revoke(tokens["access_token"]).status_code == 200
    assert ask.userinfo(tokens["access_token"]).status_code == 401
    assert ask.refresh(tokens["refresh_token"]).status_code == 400


def test_a_revoked_refresh_token_takes_the_access_token_with_it(ask: Asking):
    tokens = ask.login("user0013").json()
    assert ask.revoke(tokens["refresh_token"]).status_code == 200
    assert ask.refresh(tokens["refresh_token"]).status_code == 400
    assert ask.userinfo(tokens["access_token"]).status_code == 401


def test_the_code_flow_signs_in_by_the_page_and_a_code_is_good_once(ask: Asking):
    browser = Browser(ask)
    landed = browser.submit(browser.open(), username="user0014", password=ask.server.password)
    code = browser.code_of(landed)
    answer = browser.exchange(code)
    assert answer.status_code == 200
    assert answer.json()["id_token"].count(".") == 2
    assert ask.introspect(answer.json()["access_token"]).json()["active"] is True
    assert browser.exchange(code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("server", "alive", "meaning"),
    [
        ("oidc-provider", False, "the first exchange's tokens are revoked"),
        ("django-oauth-toolkit", True, "they stay"),
    ],
    indirect=["server"],
)
def test_what_a_replayed_code_does_to_the_tokens_it_brought(ask: Asking, alive: bool, meaning: str):
    browser = Browser(ask)
    code = browser.code_of(browser.submit(browser.open(), username="user0015", password=ask.server.password))
    token = browser.exchange(code).json()["access_token"]
    browser.exchange(code)
    assert ask.introspect(token).json()["active"] is alive, meaning


@pytest.mark.parametrize(
    ("server", "status"), [("oidc-provider", 401), ("django-oauth-toolkit", 200)], indirect=["server"]
)
def test_a_wrong_password_on_the_sign_in_page_shows_the_page_again(ask: Asking, status: int):
    browser = Browser(ask)
    page = browser.submit(browser.open(), username="user0014", password="not-it")
    assert page.status_code == status
    assert 'name="password"' in page.text


@pytest.mark.parametrize(
    ("server", "client", "asked", "allow"),
    [
        ("oidc-provider", "storm-public", {"prompt": "consent"}, {}),
        ("django-oauth-toolkit", "storm-code", {}, {"allow": "Authorize"}),
    ],
    indirect=["server"],
)
def test_a_consent_page_comes_after_the_sign_in(ask: Asking, client: str, asked: dict, allow: dict):
    browser = Browser(ask, client, **asked)
    page = browser.submit(browser.open(), username="user0016", password=ask.server.password)
    assert page.status_code == 200
    assert browser.code_of(browser.submit(page, **allow))
