"""The rules by which an answer becomes an outcome and a code: one table, each row one rule."""

from __future__ import annotations

import json

import pytest

from authstorm.auth.codes import BROKEN, CODES, JSON_API_FAULTS, OAUTH_REFUSALS, PAGE_FAULTS, REFUSED, SHED
from authstorm.auth.discovery import discover
from authstorm.auth.jwks import fetch_keys
from authstorm.auth.session import TRANSPORT_FAILURES
from tests.auth.fakes import ENDPOINTS, SERVER, FakeAnswer, FakeSession, client, json_answer

TOKENS = {"access_token": "at", "token_type": "Bearer", "expires_in": 600}
JSON = {"content-type": "application/json"}
DEAD = 'Bearer realm="x", error="invalid_token"'
HTML = b"<!doctype html><title>Welcome</title>"


def login(answer):
    return client(answer).password("user", "pw")


HELD = login(json_answer(TOKENS | {"refresh_token": "rt"})).value
STEPS = {
    "password": login,
    "client credentials": lambda answer: client(answer).client_credentials(),
    "refresh": lambda answer: client(answer).refresh(HELD),
    "introspect": lambda answer: client(answer).introspect("at"),
    "userinfo": lambda answer: client(answer).userinfo("at"),
    "revoke": lambda answer: client(answer).revoke("at"),
    "get": lambda answer: client(answer).get(f"{SERVER}/api", "at"),
    "discover": lambda answer: discover(FakeSession(answer), SERVER),
    "keys": lambda answer: fetch_keys(FakeSession(answer), ENDPOINTS.jwks),
}  # fmt: skip


def tokens(**changed):
    """A good token answer but for some members; ... leaves one out."""
    return json_answer({name: value for name, value in (TOKENS | changed).items() if value is not ...})


def raw(body: bytes, status: int = 200, **headers: str) -> FakeAnswer:
    return FakeAnswer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


EVERY_STEP = [
    ("a timeout, though a status was read", FakeAnswer(200, b"{}", failure="timeout"), "timeout"),
    ("nothing came", FakeAnswer(0, failure="connect-failed"), "connect-failed"),
    ("no status and no reason", FakeAnswer(0), "odd-status"),
    ("a status below 200", FakeAnswer(101), "odd-status"),
    ("a status that HTTP has not", FakeAnswer(600), "odd-status"),
    ("a redirect", FakeAnswer(301, headers={"location": "/token/"}), "redirected"),
    ("not modified", FakeAnswer(304), "redirected"),
    ("a registered error", json_answer({"error": "invalid_request"}, 400), "invalid_request"),
    ("a registered error under another status", json_answer({"error": "invalid_client"}, 401), "invalid_client"),
    ("an error nobody registered", json_answer({"error": "user_is_tired"}, 400), "rejected"),
    ("an error nobody registered, with 401", json_answer({"error": "INVALID_PASSWORD"}, 401), "unauthorized"),
    ("an error that is an object", json_answer({"error": {"code": 7}}, 403), "forbidden"),
    ("an errcode in place of error", json_answer({"errcode": "M_FORBIDDEN"}, 403), "forbidden"),
    ("an empty 401", FakeAnswer(401), "unauthorized"),
    ("an empty 404", FakeAnswer(404), "not-found"),
    ("an HTML 403", raw(HTML, 403, content_type="text/html"), "forbidden"),
    ("JSON labelled as HTML", raw(b'\n {"error":"invalid_grant"}', 400, content_type="text/html"), "invalid_grant"),
    ("a problem+json", raw(b'{"title":"no"}', 409, content_type="application/problem+json"), "rejected"),
    ("broken JSON in an error", raw(b'{"error":"invalid_gr', 400), "rejected"),
    ("deep JSON in an error", raw(b'{"error":' + b"[" * 50_000, 400), "rejected"),
    ("an error body over 64 kB", raw(b'{"error":"invalid_grant","pad":"' + b"x" * 70_000 + b'"}', 400), "rejected"),
    ("a challenge", raw(b"", 401, www_authenticate=DEAD), "invalid_token"),
    ("an unquoted challenge", raw(b"", 403, www_authenticate="Bearer error=invalid_target, a=b"), "invalid_target"),
    ("a challenge without error", raw(b"", 401, www_authenticate='Basic realm="x"'), "unauthorized"),
    ("a body before a challenge", json_answer({"error": "invalid_scope"}, 401, www_authenticate=DEAD), "invalid_scope"),
    ("rate limited", FakeAnswer(429), "rate-limited"),
    ("rate limited, with an OAuth error", json_answer({"error": "invalid_request"}, 429), "rate-limited"),
    ("unavailable", FakeAnswer(503, HTML), "unavailable"),
    ("an OAuth error that speaks of load", json_answer({"error": "temporarily_unavailable"}, 400), "unavailable"),
    ("an internal error", FakeAnswer(500), "server-error"),
    ("an internal error in OAuth's words", json_answer({"error": "invalid_grant"}, 500), "server-error"),
    ("an OAuth error that admits a fault", json_answer({"error": "server_error"}, 400), "server-error"),
    ("a gateway that waited in vain", FakeAnswer(504, HTML), "server-error"),
]  # fmt: skip

STEPS_WITH_JSON = [
    ("no body", raw(b"", 200), "empty-body"),
    ("no content", raw(b"", 204), "empty-body"),
    ("blanks", raw(b" \r\n", 200), "empty-body"),
    ("HTML with 200", raw(HTML, 200, content_type="text/html"), "not-json"),
    ("HTML labelled JSON", raw(HTML, 200, content_type="application/json"), "not-json"),
    ("a form in place of JSON", raw(b"access_token=at&token_type=bearer"), "not-json"),
    ("bytes that are no UTF-8", raw(b"\xff\xfe{\x00}\x00"), "not-json"),
    ("bad UTF-8 within JSON", raw(b'{"access_token":"\xff"}'), "bad-json"),
    ("truncated JSON", raw(b'{"access_token":"at","token_ty', content_type="application/json"), "bad-json"),
    ("two JSON objects", raw(b"{}{}"), "bad-json"),
    ("JSON nested a hundred thousand deep", raw(b'{"a":' * 100_000), "bad-json"),
    ("a number of five thousand digits", raw(b'{"expires_in":' + b"9" * 5000 + b"}"), "bad-json"),
    ("null", raw(b"null"), "not-object"),
    ("an array", raw(b"[]"), "not-object"),
    ("a string that looks like one of our codes", raw(b'"bad-json"'), "not-object"),
]  # fmt: skip

LOGIN = [
    ("the usual", tokens(), "ok"),
    ("201", FakeAnswer(201, json.dumps(TOKENS).encode(), JSON), "ok"),
    ("no content type", raw(json.dumps(TOKENS).encode()), "ok"),
    ("blanks around", raw(b" \n" + json.dumps(TOKENS).encode() + b"\r\n"), "ok"),
    ("text/json in capitals", raw(json.dumps(TOKENS).encode(), content_type="Text/JSON; charset=x"), "ok"),
    ("a +json type", raw(json.dumps(TOKENS).encode(), content_type="application/vnd.x+json"), "ok"),
    ("text/html", raw(json.dumps(TOKENS).encode(), content_type="text/html"), "wrong-content-type"),
    ("text/x+json", raw(json.dumps(TOKENS).encode(), content_type="text/x+json"), "wrong-content-type"),
    ("duplicate members", raw(b'{"access_token":1,"access_token":"at"}'), "ok"),
    ("bearer in small letters", tokens(token_type="bearer"), "ok"),
    ("bearer in capitals", tokens(token_type="BEARER"), "ok"),
    ("no token type", tokens(token_type=...), "ok"),
    ("token type DPoP", tokens(token_type="DPoP"), "bad-token-type"),
    ("token type a number", tokens(token_type=1), "bad-token-type"),
    ("token type an array", tokens(token_type=["Bearer"]), "bad-token-type"),
    ("an error with 200", json_answer({"error": "invalid_grant"}), "no-access-token"),
    ("an access token of null", tokens(access_token=None), "no-access-token"),
    ("an empty access token", tokens(access_token=""), "bad-access-token"),
    ("an access token that is a number", tokens(access_token=17), "bad-access-token"),
    ("an access token that is true", tokens(access_token=True), "bad-access-token"),
    ("an access token that is an object", tokens(access_token={}), "bad-access-token"),
    ("an access token with a line break", tokens(access_token="at\r\nX: y"), "bad-access-token"),
    ("an access token with a blank", tokens(access_token="a t"), "bad-access-token"),
    ("an access token with an umlaut", tokens(access_token="ät"), "bad-access-token"),
    ("an access token with half a character", tokens(access_token="\ud800"), "bad-access-token"),
    ("an access token with a null byte", tokens(access_token="a\0"), "bad-access-token"),
    ("an access token with every sign", tokens(access_token="!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"), "ok"),
    ("no refresh token", tokens(refresh_token=None), "ok"),
    ("a refresh token that is a number", tokens(refresh_token=5), "bad-refresh-token"),
    ("an empty refresh token", tokens(refresh_token=""), "bad-refresh-token"),
    ("a refresh token with half a character", tokens(refresh_token="\udfff"), "bad-refresh-token"),
    ("an ID token that is an object", tokens(id_token={"sub": "u"}), "bad-id-token"),
    ("scopes as an array", tokens(scope=["openid"]), "ok"),
    ("no lifetime", tokens(expires_in=...), "ok"),
    ("a lifetime of null", tokens(expires_in=None), "ok"),
    ("a lifetime in a string", tokens(expires_in="3600"), "ok"),
    ("a lifetime with decimals", tokens(expires_in=0.5), "ok"),
    ("a lifetime of 68 years", tokens(expires_in=2**31 - 1), "ok"),
    ("a lifetime over 68 years", tokens(expires_in=2**31), "bad-expires-in"),
    ("a lifetime of forty digits", tokens(expires_in=10**40), "bad-expires-in"),
    ("a lifetime of zero", tokens(expires_in=0), "bad-expires-in"),
    ("a negative lifetime", tokens(expires_in=-1), "bad-expires-in"),
    ("a lifetime of true", tokens(expires_in=True), "bad-expires-in"),
    ("a lifetime of NaN", tokens(expires_in=float("nan")), "bad-expires-in"),
    ("a lifetime of infinity", tokens(expires_in=float("inf")), "bad-expires-in"),
    ("a lifetime of 1e999", raw(b'{"access_token":"at","expires_in":1e999}'), "bad-expires-in"),
    ("a lifetime as a date", tokens(expires_in="2030-01-01T00:00:00Z"), "bad-expires-in"),
    ("a lifetime in a negative string", tokens(expires_in="-3600"), "bad-expires-in"),
    ("a lifetime in an empty string", tokens(expires_in=""), "bad-expires-in"),
    ("a lifetime in Arabic digits", tokens(expires_in="٣٦٠٠"), "bad-expires-in"),
    ("a lifetime of five thousand digits in a string", tokens(expires_in="9" * 5000), "bad-expires-in"),
    ("a lifetime in an object", tokens(expires_in={}), "bad-expires-in"),
]  # fmt: skip

INTROSPECT = [
    ("active", json_answer({"active": True, "sub": "u"}), "ok"),
    ("not active", json_answer({"active": False}), "inactive"),
    ("nothing said", json_answer({"sub": "u"}), "bad-active"),
    ("active as a string", json_answer({"active": "true"}), "bad-active"),
    ("active as a number", json_answer({"active": 1}), "bad-active"),
    ("active of null", json_answer({"active": None}), "bad-active"),
]
USERINFO = [
    ("a subject", json_answer({"sub": "u"}), "ok"),
    ("no subject", json_answer({"email": "u@example.test"}), "no-sub"),
    ("an empty subject", json_answer({"sub": ""}), "no-sub"),
    ("a subject that is a number", json_answer({"sub": 2}), "no-sub"),
    ("a signed answer", raw(b'{"sub":"u"}', content_type="application/jwt"), "wrong-content-type"),
]
REVOKE = [
    ("200 without a body", raw(b""), "ok"),
    ("204", FakeAnswer(204), "ok"),
    ("200 in plain text", raw(b"done", content_type="text/plain"), "ok"),
]
GET = [
    ("HTML", raw(HTML, content_type="text/html"), "ok"),
    ("no body", FakeAnswer(204), "ok"),
]
DISCOVER = [
    ("a token endpoint", json_answer({"token_endpoint": f"{SERVER}/t"}), "ok"),
    ("an issuer alone", json_answer({"issuer": SERVER}), "no-endpoints"),
    ("an empty document", json_answer({}), "no-endpoints"),
    ("a relative endpoint", json_answer({"token_endpoint": "/token"}), "bad-endpoint"),
    ("an endpoint that is a number", json_answer({"token_endpoint": 1}), "bad-endpoint"),
    ("an endpoint with a line break", json_answer({"token_endpoint": f"{SERVER}/\r\nX:"}), "bad-endpoint"),
    ("an endpoint of another scheme", json_answer({"jwks_uri": "file:///etc/passwd"}), "bad-endpoint"),
    ("an endpoint with an open bracket", json_answer({"jwks_uri": "http://[::1/"}), "bad-endpoint"),
    ("an endpoint with a port that is none", json_answer({"jwks_uri": "http://h:x/"}), "bad-endpoint"),
]
KEYS = [
    ("no keys", json_answer({"keys": []}), "no-keys"),
    ("keys of null", json_answer({"keys": None}), "no-keys"),
    ("an error in place of keys", json_answer({"error": "x"}), "no-keys"),
    ("a symmetric key", json_answer({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}), "no-keys"),
]

ROWS = [
    *((step, *row) for step in STEPS for row in EVERY_STEP),
    *((step, *row) for step in STEPS.keys() - {"revoke", "get"} for row in STEPS_WITH_JSON),
    *((step, *row) for step in ("password", "client credentials", "refresh") for row in LOGIN),
    *(("introspect", *row) for row in INTROSPECT),
    *(("userinfo", *row) for row in USERINFO),
    *(("revoke", *row) for row in REVOKE),
    *(("get", *row) for row in GET),
    *(("discover", *row) for row in DISCOVER),
    *(("keys", *row) for row in KEYS),
]


@pytest.mark.parametrize(
    ("step", "gloss", "answer", "code"),
    sorted(ROWS, key=lambda row: row[:2]),
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_an_answer_gets_the_code_that_its_rule_says(step, gloss, answer, code):
    reply = STEPS[step](answer)
    assert (reply.code, reply.outcome) == (code, CODES[code]), gloss
    assert (reply.value is not None) == (reply.good and step != "revoke")


@pytest.mark.parametrize("failure", sorted(TRANSPORT_FAILURES))
def test_a_transport_failure_keeps_its_code(failure):
    assert login(FakeAnswer(0, failure=failure)).code == failure


@pytest.mark.parametrize("error", sorted(OAUTH_REFUSALS))
def test_a_registered_error_keeps_its_name(error):
    assert login(json_answer({"error": error}, 400)).code == error


def test_the_table_has_a_row_for_every_code_that_an_answer_can_get():
    """A new code needs a row here."""
    covered = {row[-1] for row in ROWS} | TRANSPORT_FAILURES | OAUTH_REFUSALS
    elsewhere = JSON_API_FAULTS | PAGE_FAULTS | {"login-rejected"}  # have tables of their own
    assert covered == (REFUSED | SHED | BROKEN | {"ok"}) - elsewhere
