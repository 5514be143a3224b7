"""Signing in through a provider's pages, step by step, against a provider that is written down here."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from authstorm.auth.authorization import challenge, prepare_authorization
from authstorm.auth.code_login import CodeClient, LoginPages
from authstorm.auth.exchange import Identity
from authstorm.auth.login_form import FormHints
from authstorm.auth.oauth import OAuthExchanges
from authstorm.auth.outcome import Outcome
from authstorm.auth.sightings import Sightings
from tests.auth.fakes import ENDPOINTS, SERVER, FakeAnswer, json_answer, provider

BACK = "http://127.0.0.1:9/callback"
ANN = Identity("ann", "p w&1")
LOGIN = (
    '<form method="post" action="/login?flow=7"><input type="hidden" name="csrf" value="s3cret-token">'
    '<input name="user"><input type="password" name="pass"><button name="go" value="1">Sign in</button></form>'
)
NAME_ONLY = '<form method="post" action="/name"><input name="username"></form>'
PASSWORD_ONLY = '<form method="post" action="/login"><input type="password" name="pass"></form>'
CONSENT = (
    '<form method="post" action="/consent"><input type="hidden" name="csrf" value="c"><button>Allow</button></form>'
)


def page(html, status=200):
    return FakeAnswer(status, html.encode(), {"content-type": "text/html"})


def redirect(location, status=302):
    return FakeAnswer(status, b"", {"location": location})


def back(**given):
    """To the redirect URI, with the request's own state unless another is given."""
    return lambda site: redirect(
        f"{BACK}?" + "&".join(f"{k}={v}" for k, v in {"state": site.asked["state"], **given}.items())
    )


def tokens(**claims):
    def answer(site):
        body = urlsafe_b64encode(json.dumps({"nonce": site.asked["nonce"], **claims}).encode()).rstrip(b"=").decode()
        return json_answer({"access_token": "at", "token_type": "Bearer", "id_token": f"e30.{body}.x"})

    return answer


class Site:
    """A provider: by method and path an answer, or what makes one of the site; remembers what was asked."""

    def __init__(self, **routes):
        usual = {
            "GET /authorize": redirect("/form"),
            "GET /form": page(LOGIN),
            "POST /login": back(code="c0de"),
            "POST /token": tokens(),
        }
        self.routes = usual | {name.replace("_", " /"): answer for name, answer in routes.items()}
        self.asked = {}
        self.calls = []
        self.cleared = []

    def send(self, method, url, headers=None, body=b""):
        parts = urlsplit(url)
        self.calls.append((method, url, dict(headers or {}), body.decode()))
        if parts.path == "/authorize":
            self.asked = dict(parse_qsl(parts.query))
        answer = self.routes[f"{method} {parts.path}"]
        return answer(self) if callable(answer) else answer

    def forget(self):
        self.cleared.append("cookies")

    def close(self):
        self.cleared.append("all")

    def login(self, hints=None, may_visit=None):
        self.told = []
        way = prepare_authorization(ENDPOINTS.authorization, "app", BACK, "openid")
        sightings = Sightings(lambda code, text: self.told.append((code, text)))
        visit = may_visit or (lambda url: url.startswith(SERVER))
        self.pages = LoginPages(way, visit, hints or FormHints(), sightings)
        self.client = CodeClient(OAuthExchanges(self, provider(redirect_uri=BACK)), self.pages, "userinfo")
        return self.again()

    def again(self):
        return [(e.step, str(e.reply.outcome), e.reply.code) for e in self.client.login(ANN, "login")]


GOOD = [("login: page", "good", "ok"), ("login: credentials", "good", "ok"), ("login: code", "good", "ok")]


def test_a_login_is_page_credentials_and_code():
    site = Site()
    assert site.login() == GOOD
    assert [(method, urlsplit(url).path) for method, url, *_ in site.calls] == [
        ("GET", "/authorize"), ("GET", "/form"), ("POST", "/login"), ("POST", "/token"),
    ]  # fmt: skip


def test_the_form_is_sent_whole_from_where_it_stood():
    site = Site()
    site.login()
    _, url, headers, body = site.calls[2]
    assert url == f"{SERVER}/login?flow=7"
    assert body == "csrf=s3cret-token&user=ann&pass=p+w%261&go=1"
    assert (headers["Origin"], headers["Referer"]) == (SERVER, f"{SERVER}/form")


def test_the_code_is_redeemed_with_the_verifier_of_its_request():
    site = Site()
    site.login()
    sent = parse_qs(site.calls[3][3])
    assert (sent["code"], sent["redirect_uri"], sent["grant_type"]) == (["c0de"], [BACK], ["authorization_code"])
    assert challenge(sent["code_verifier"][0]) == site.asked["code_challenge"]


def test_each_login_is_a_new_browser_and_leaves_no_cookies_behind():
    site = Site()
    site.login()
    site.again()
    assert site.cleared == ["all", "cookies", "all", "cookies"]


def test_a_step_spans_its_redirects():
    site = Site(GET_authorize=redirect("/form"))
    site.routes["GET /authorize"].began_at, site.routes["GET /authorize"].first_byte_at = 1.0, 2.0
    site.routes["GET /form"].began_at, site.routes["GET /form"].done_at = 3.0, 5.0
    site.login()
    answer = next(iter(site.client.login(ANN, "login"))).reply.answer
    assert (answer.began_at, answer.first_byte_at, answer.done_at, answer.status) == (1.0, 2.0, 5.0, 200)


@pytest.mark.parametrize(
    ("routes", "expected", "gloss"),
    [
        (
            {"GET_form": page(NAME_ONLY), "POST_name": page(PASSWORD_ONLY)},
            ["login: page", "login: username", "login: credentials", "login: code"],
            "name and password on two pages",
        ),
        (
            {"POST_login": redirect("/agree", 303), "GET_agree": page(CONSENT), "POST_consent": back(code="x")},
            ["login: page", "login: credentials", "login: consent", "login: code"],
            "a consent page",
        ),
        (
            {
                "POST_login": page(
                    "<base href=/consent/><form method=post action=/nowhere>"
                    "<button formaction=deny>Deny</button><button formaction=allow>Allow</button></form>"
                ),
                "POST_consent/allow": back(code="x"),
            },
            ["login: page", "login: credentials", "login: consent", "login: code"],
            "a button that sends its form elsewhere",
        ),
        (
            {
                "GET_form": page(
                    LOGIN.replace("/login?flow=7", "/nowhere").replace("<button ", "<button formaction=/login ")
                )
            },
            ["login: page", "login: credentials", "login: code"],
            "a button that says where the login form goes",
        ),
        ({"GET_authorize": page(LOGIN, 401)}, ["login: page", "login: credentials", "login: code"], "a page with 401"),
        ({"GET_authorize": back(code="x")}, ["login: page", "login: code"], "nobody asks for anything"),
    ],
)
def test_the_steps_follow_the_pages(routes, expected, gloss):
    steps = Site(**routes).login()
    assert [step for step, *_ in steps] == expected, gloss
    assert {outcome for _, outcome, _ in steps} == {"good"}, gloss


@pytest.mark.parametrize(
    ("routes", "expected", "gloss"),
    [
        ({"POST_login": page(LOGIN)}, ("credentials", "refused", "login-rejected"), "wrong password, 200"),
        ({"POST_login": page(LOGIN, 401)}, ("credentials", "refused", "login-rejected"), "wrong password, 401"),
        (
            {"GET_form": page(NAME_ONLY), "POST_name": page(NAME_ONLY)},
            ("username", "refused", "login-rejected"),
            "an unknown name",
        ),
        ({"GET_form": page("<p>Hello</p>")}, ("page", "broken", "no-login-form"), "no form"),
        ({"GET_form": json_answer({})}, ("page", "broken", "no-login-form"), "no page"),
        ({"GET_form": page("Forbidden", 403)}, ("page", "refused", "forbidden"), "403"),
        ({"GET_form": page("", 503)}, ("page", "shed", "unavailable"), "503"),
        ({"GET_form": page(LOGIN, 429)}, ("page", "shed", "rate-limited"), "429, whatever it shows"),
        ({"GET_form": page(LOGIN, 500)}, ("page", "broken", "server-error"), "500, whatever it shows"),
        ({"GET_form": FakeAnswer(0, failure="timeout")}, ("page", "broken", "timeout"), "no answer"),
        ({"POST_login": page("<p>Enter your code</p>")}, ("credentials", "broken", "unknown-page"), "a strange page"),
        ({"GET_form": redirect("/form")}, ("page", "broken", "redirect-loop"), "round and round"),
        (
            {"POST_login": redirect("/login", 307)},
            ("credentials", "broken", "redirect-loop"),
            "round with the password",
        ),
        (
            {"GET_form": redirect("https://evil.example.test/form")},
            ("page", "broken", "foreign-redirect"),
            "to a foreign host",
        ),
        (
            {"GET_form": page(LOGIN.replace("/login", "//evil.example.test/login"))},
            ("credentials", "broken", "foreign-redirect"),
            "a form for a foreign host",
        ),
        (
            {"POST_login": redirect("app.example:/done")},
            ("credentials", "broken", "bad-location"),
            "another redirect URI",
        ),
        ({"GET_form": redirect("http://[")}, ("page", "broken", "bad-location"), "no URL"),
        ({"POST_login": back(error="access_denied")}, ("credentials", "refused", "access_denied"), "refused"),
        ({"POST_login": back(state="other", code="x")}, ("credentials", "wrong", "state-mismatch"), "foreign state"),
        ({"POST_login": back(nothing="1")}, ("credentials", "broken", "no-code"), "no code"),
        ({"POST_token": tokens(nonce="other")}, ("code", "wrong", "nonce-mismatch"), "a foreign ID token"),
        (
            {"POST_token": json_answer({"error": "invalid_grant"}, 400)},
            ("code", "refused", "invalid_grant"),
            "no tokens",
        ),
        (
            {"POST_login": page(CONSENT), "POST_consent": page(CONSENT)},
            ("consent", "broken", "unknown-page"),
            "a consent page that never ends",
        ),
    ],
)
def test_a_login_ends_with_the_code_of_what_went_wrong(routes, expected, gloss):
    part, outcome, code = expected
    assert Site(**routes).login()[-1] == (f"login: {part}", outcome, code), gloss


@pytest.mark.parametrize("host", ["https://evil.example.test/form", "//evil.example.test/x"])
def test_a_foreign_host_is_never_asked(host):
    site = Site(GET_form=redirect(host))
    site.login()
    assert {urlsplit(url).netloc for _, url, *_ in site.calls} == {urlsplit(SERVER).netloc}


def test_what_came_in_the_way_is_told_once_with_names_and_without_values():
    site = Site(POST_login=page(LOGIN))
    site.login()
    site.again()
    ((code, text),) = site.told
    assert code == "login-rejected"
    assert "POST /login: csrf, user, pass" in text
    assert not [value for value in ("s3cret-token", "flow=7", "p w", "p+w", "ann") if value in text]


def test_a_form_that_comes_again_to_a_guesser_is_not_told_for_that_is_as_it_should_be():
    site = Site(POST_login=page(LOGIN))
    site.login()
    site.told.clear()
    site.pages.sightings.seen.clear()
    guess = [*site.client.login(Identity("ann", "guessed", guessed=True), "guess")]
    assert (guess[-1].step, guess[-1].reply.code) == ("guess: credentials", "login-rejected")
    assert site.told == []


def test_a_foreign_redirect_is_told_with_its_host_and_without_its_query():
    site = Site(GET_form=redirect("https://user:pw@evil.example.test/form?ticket=s3cret"))
    site.login()
    assert "leads to https://evil.example.test/form" in site.told[0][1]
    assert not [value for value in ("s3cret", "pw@") if value in site.told[0][1]]


def test_a_mismatch_brings_evidence_that_gives_nothing_away():
    site = Site(POST_login=back(state="other", code="x"))
    site.login()
    exchange = [*site.client.login(ANN, "sign-in")][-1]
    assert exchange.step == "sign-in: credentials"
    assert exchange.reply.outcome is Outcome.WRONG
    assert (exchange.evidence.fault.code, exchange.evidence.identity) == ("state-mismatch", "ann")
    assert site.asked["state"] not in repr(exchange.evidence)


def test_no_exchange_shows_a_secret_in_its_url():
    site = Site()
    site.login()
    urls = [exchange.url for exchange in site.client.login(ANN, "login")]
    assert urls == [f"{SERVER}/authorize", f"{SERVER}/login", f"{SERVER}/token"]
