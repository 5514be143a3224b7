"""What only one of the two servers does, as docs/real-servers.md says of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.servers.asking import Asking, Browser
from tests.servers.real_server import RealServer

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def oidc(oidc_provider: RealServer) -> Asking:
    return Asking(oidc_provider)


@pytest.fixture(scope="module")
def dot(django_oauth_toolkit: RealServer) -> Asking:
    return Asking(django_oauth_toolkit)


def by_post(ask: Asking, **fields: str) -> requests.Response:
    return requests.post(ask.server.url + ask.paths.token, data=fields, timeout=30)


def test_oidc_provider_brings_signed_access_tokens_for_a_resource_and_refuses_them_elsewhere(oidc: Asking):
    tokens = oidc.login("user0017", scope="openid offline_access api", resource="urn:storm:api").json()
    assert tokens["access_token"].count(".") == 2
    assert oidc.refresh(tokens["refresh_token"]).json()["access_token"].count(".") == 2
    assert oidc.introspect(tokens["access_token"]).json()["error"] == "unsupported_token_type"
    assert oidc.userinfo(tokens["access_token"]).status_code == 401


def test_oidc_provider_keeps_more_than_the_thousand_entries_of_the_package_s_own_store(oidc: Asking):
    first = oidc.login("user0018").json()["access_token"]
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: oidc.service(), range(1100))} == {200}
    assert oidc.userinfo(first).status_code == 200


@pytest.mark.parametrize(
    ("asked", "brings"), [({}, False), ({"prompt": "consent"}, True)], ids=["without consent", "with consent"]
)
def test_oidc_provider_brings_a_refresh_token_by_code_only_after_consent(oidc: Asking, asked: dict, brings: bool):
    browser = Browser(oidc, **asked)
    page = browser.submit(browser.open(), username="user0019", password=oidc.server.password)
    landed = browser.submit(page) if asked else page
    assert ("refresh_token" in browser.exchange(browser.code_of(landed)).json()) is brings


def test_oidc_provider_signs_in_once_for_a_whole_session(oidc: Asking):
    browser = Browser(oidc)
    browser.submit(browser.open(), username="user0020", password=oidc.server.password)
    assert browser.code_of(browser.open())


def test_oidc_provider_knows_clients_that_post_their_secret_and_public_ones(oidc: Asking):
    login = {"grant_type": "password", "username": "user0021", "password": oidc.server.password, "scope": "openid"}
    secret = {"client_secret": oidc.server.client_secret}
    assert by_post(oidc, client_id="storm-post", **login, **secret).status_code == 200
    assert by_post(oidc, client_id="storm-public", **login).status_code == 200
    assert by_post(oidc, client_id="storm-post", **login).json()["error"] == "invalid_client"


def test_oidc_provider_refuses_json_and_an_introspection_without_a_client(oidc: Asking):
    json_body = requests.post(oidc.server.url + oidc.paths.token, json={"grant_type": "password"}, timeout=30)
    assert (json_body.status_code, json_body.json()["error"]) == (400, "invalid_request")
    nobody = requests.post(oidc.server.url + oidc.paths.introspection, data={"token": "x"}, timeout=30)
    assert nobody.status_code == 400


def test_django_oauth_toolkit_redirects_a_token_endpoint_without_its_slash(dot: Asking):
    answer = dot.post("/o/token", "storm-cc", grant_type="client_credentials")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/o/token/")


def test_django_oauth_toolkit_gives_a_client_one_grant_type(dot: Asking):
    answer = dot.token("storm-password", grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def test_django_oauth_toolkit_knows_clients_that_post_their_secret_and_public_ones(dot: Asking):
    login = {"grant_type": "password", "username": "user0021", "password": dot.server.password}
    secret = {"client_secret": dot.server.client_secret}
    assert by_post(dot, client_id="storm-password", **login, **secret).status_code == 200
    assert by_post(dot, client_id="storm-password-public", **login).status_code == 200
    assert by_post(dot, client_id="storm-password", **login).json()["error"] == "invalid_client"


def test_django_oauth_toolkit_brings_an_id_token_by_refresh_and_not_by_password(dot: Asking):
    tokens = dot.login("user0022").json()
    assert "id_token" not in tokens
    assert "id_token" in dot.refresh(tokens["refresh_token"]).json()


def test_django_oauth_toolkit_names_neither_introspection_nor_revocation(dot: Asking):
    document = requests.get(dot.server.issuer + "/.well-known/openid-configuration", timeout=30).json()
    assert not {"introspection_endpoint", "revocation_endpoint"} & set(document)


def test_django_oauth_toolkit_answers_in_html_to_who_has_no_csrf_token_or_no_client(dot: Asking):
    fields = {"username": "user0023", "password": dot.server.password}
    sign_in = requests.post(dot.server.url + "/accounts/login/", data=fields, timeout=30)
    introspection = requests.post(dot.server.url + dot.paths.introspection, data={"token": "x"}, timeout=30)
    for answer in (sign_in, introspection):
        assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    bad_token = dot.userinfo("rubbish")
    assert bad_token.headers["Content-Type"].startswith("text/html")
    assert bad_token.json()["error"] == "invalid_token"
