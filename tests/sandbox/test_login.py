"""The authorization code through the login form."""

from __future__ import annotations

import pytest

from tests.sandbox.running import CALLBACK, PKCE, VERIFIER, Browser, returned, user
from tests.sandbox.test_tokens import read


def redeem(sandbox, code, client=None, **form):
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    proof = {"client_id": "storm-public"} if client is None else {}
    fields = {name: value for name, value in (fields | proof | form).items() if value is not None}
    return sandbox.post("/token", client=client, **fields)


def test_a_public_client_gets_tokens_through_the_form(sandbox):
    browser = Browser(sandbox, **PKCE)
    answer = returned(browser.submit(browser.open(), 21))
    assert answer["state"] == "a&b c"
    tokens = redeem(sandbox, answer["code"]).json()
    claims = read(sandbox, tokens["id_token"]).claims
    assert (claims["sub"], claims["aud"], claims["nonce"]) == (user(21), "storm-public", "n-1")
    assert read(sandbox, tokens["access_token"]).claims["sub"] == user(21)
    assert sandbox.userinfo(tokens["access_token"]).json()["sub"] == user(21)


def test_a_confidential_client_may_go_without_pkce(sandbox):
    code = Browser(sandbox, "storm").code(22)
    tokens = redeem(sandbox, code, "storm", code_verifier=None).json()
    assert read(sandbox, tokens["id_token"]).claims["sub"] == user(22)


def test_a_public_client_can_refresh_with_its_name_alone(sandbox):
    tokens = redeem(sandbox, Browser(sandbox, **PKCE).code(23)).json()
    fields = {"grant_type": "refresh_token", "client_id": "storm-public", "refresh_token": tokens["refresh_token"]}
    renewed = sandbox.post("/token", client=None, **fields).json()
    claims = read(sandbox, renewed["id_token"]).claims
    assert claims["sub"] == user(23)
    assert claims["auth_time"] == read(sandbox, tokens["id_token"]).claims["auth_time"]
    assert "nonce" not in claims


def test_a_wrong_password_shows_the_form_again(sandbox):
    browser = Browser(sandbox, **PKCE)
    again = browser.submit(browser.open(), 24, password="wrong")
    assert again.status_code == 200
    assert "password is wrong" in again.text
    assert f'value="{user(24)}"' in again.text
    assert "code" in returned(browser.submit(again, 24))


def test_the_form_escapes_what_was_typed(sandbox):
    browser = Browser(sandbox, **PKCE, state='"><script>x</script>')
    page = browser.open()
    assert "<script>" not in page.text
    assert returned(browser.submit(page))["state"] == '"><script>x</script>'


def test_a_form_without_its_csrf_token_is_refused(sandbox):
    browser = Browser(sandbox, **PKCE)
    page = browser.open()
    assert browser.submit(page, csrf="guessed").status_code == 403
    stranger = Browser(sandbox, **PKCE)
    assert stranger.submit(page).status_code == 403


def test_who_has_signed_in_is_not_asked_again(sandbox):
    browser = Browser(sandbox, **PKCE)
    browser.code(25)
    tokens = redeem(sandbox, returned(browser.open())["code"]).json()
    assert read(sandbox, tokens["id_token"]).claims["sub"] == user(25)


def test_signing_in_changes_the_cookie(sandbox):
    browser = Browser(sandbox, **PKCE)
    page = browser.open()
    before = browser.http.cookies["sandbox_session"]
    browser.submit(page)
    assert browser.http.cookies["sandbox_session"] != before
    stale = Browser(sandbox, **PKCE)
    stale.http.cookies["sandbox_session"] = before
    assert stale.submit(page).status_code == 403


@pytest.mark.parametrize("fresh", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}])
def test_a_client_can_ask_for_a_fresh_login(sandbox, fresh):
    browser = Browser(sandbox, **PKCE)
    browser.code()
    page = browser.open(**fresh)
    assert page.status_code == 200
    assert "code" in returned(browser.submit(page))


def test_a_max_age_that_is_no_number_is_ignored(sandbox):
    browser = Browser(sandbox, **PKCE)
    browser.code()
    assert "code" in returned(browser.open(max_age="²"))


def test_prompt_none_never_shows_a_form(sandbox):
    browser = Browser(sandbox, **PKCE, prompt="none")
    assert returned(browser.open())["error"] == "login_required"


@pytest.mark.parametrize(
    ("gloss", "parameters", "error"),
    [
        ("a public client without PKCE", {}, "invalid_request"),
        ("plain PKCE", PKCE | {"code_challenge_method": "plain"}, "invalid_request"),
        ("PKCE without its method, which would mean plain", PKCE | {"code_challenge_method": None}, "invalid_request"),
        ("a challenge that is too short", PKCE | {"code_challenge": "short"}, "invalid_request"),
        ("an unknown scope", PKCE | {"scope": "openid everything"}, "invalid_scope"),
        ("an unknown response type", PKCE | {"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_bad_request_goes_back_to_the_client_with_its_state(sandbox, gloss, parameters, error):
    answer = returned(Browser(sandbox, **parameters).open())
    assert (answer["error"], answer["state"]) == (error, "a&b c")


@pytest.mark.parametrize(
    ("gloss", "parameters"),
    [
        ("a redirect URI that is not registered", {"redirect_uri": "http://127.0.0.1:9/callback2"}),
        ("one with characters that no error may hold", {"redirect_uri": 'http://127.0.0.1:9/"ä'}),
        ("an unknown client", {"client_id": "nobody"}),
        ("no client", {"client_id": None}),
        ("a client without redirects", {"client_id": "storm-api"}),
        ("a response type that no error may hold", {"response_type": 'to"ken'}),
    ],
)
def test_without_a_good_redirect_uri_nobody_is_sent_anywhere(sandbox, gloss, parameters):
    answer = Browser(sandbox, **PKCE).open(**parameters)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("gloss", "form", "error"),
    [
        ("no verifier", {"code_verifier": None}, "invalid_request"),
        ("a wrong verifier", {"code_verifier": VERIFIER[::-1]}, "invalid_grant"),
        ("a verifier that is too short", {"code_verifier": "short"}, "invalid_request"),
        ("another redirect URI", {"redirect_uri": f"{CALLBACK}/2"}, "invalid_grant"),
        ("no redirect URI", {"redirect_uri": None}, "invalid_grant"),
        ("no code", {"code": None}, "invalid_request"),
        ("a guessed code", {"code": "guess"}, "invalid_grant"),
    ],
)
def test_a_code_needs_its_proofs(sandbox, gloss, form, error):
    code = Browser(sandbox, **PKCE).code()
    answer = redeem(sandbox, form.pop("code", code), **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_verifier_without_a_challenge_is_refused(sandbox):
    code = Browser(sandbox, "storm").code()
    assert redeem(sandbox, code, "storm").json()["error"] == "invalid_request"


def test_a_code_of_another_client_is_refused(sandbox):
    code = Browser(sandbox, **PKCE).code()
    assert redeem(sandbox, code, "storm").json()["error"] == "invalid_grant"


def test_a_replayed_code_ends_what_it_led_to(sandbox):
    sandbox.control("DELETE", "counts")
    code = Browser(sandbox, **PKCE).code(26)
    tokens = redeem(sandbox, code).json()
    assert sandbox.active(tokens["access_token"])
    assert redeem(sandbox, code).json()["error"] == "invalid_grant"
    assert not sandbox.active(tokens["access_token"])
    assert not sandbox.active(tokens["refresh_token"])
    assert sandbox.counts()["code_replays"] == 1
