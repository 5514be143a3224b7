"""A JSON login API: what is sent, what is made of the answer, and whose it must be."""

import json

import pytest

from authstorm.auth.codes import CODES, JSON_API_FAULTS
from authstorm.auth.exchange import Identity
from authstorm.auth.json_answer import is_same_user, value_at
from authstorm.auth.json_api import prepare_api
from authstorm.auth.json_client import JsonClient
from authstorm.plan.json_api import JsonApi
from authstorm.plan.json_path import parse_path
from tests.auth.fakes import NOW_S, TODAY_S, FakeAnswer, json_answer

ANN = Identity("Ann@example.test", 'pass"word')
BEARER = {
    "headers": {"Origin": "{origin}", "X-Key": "{api_key}"},
    "secrets": {"api_key": {"env": "KEY"}},
    "login": {
        "path": "/login",
        "json": {"email": "{username}", "password": "{password}"},
        "token": "data.token",
        "refresh-token": "data.refresh",
        "lifetime": "data.ttl",
        "user": "data.users[0].mail",
    },
    "refresh": {"path": "/refresh", "form": {"rt": "{refresh_token}"}},
    "validate": {"path": "/me", "user": "mail"},
    "logout": {"method": "DELETE", "path": "/session", "expect": [204]},
}
COOKIE = {
    "login": {"path": "/login", "form": {"u": "{username}", "p": "{password}"}, "expect": [200, 302]},
    "validate": {"path": "/me", "user": "session.user.mail"},
    "logout": {"path": "/logout"},
}
GOOD = {"data": {"token": "at-1", "refresh": "rt-1", "ttl": 300, "users": [{"mail": "ann@example.test"}]}}


class Server:
    """Answers as told, and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.forgotten = 0

    def send(self, method, url, headers, body=b""):
        self.asked.append((method, url, headers, body))
        return self.answers.pop(0)

    def forget(self):
        self.forgotten += 1

    def close(self):
        """Nothing to close."""


def client(api, *answers):
    server = Server(*answers)
    known = {"api_key": "k-1", "origin": "http://a.test"}
    prepared = prepare_api(
        JsonApi.model_validate(api),
        lambda path: f"http://a.test{path}",
        known,
        clock=lambda: NOW_S,
        wall_clock=lambda: TODAY_S,
    )
    return JsonClient(server, prepared), server


def login(api, answer):
    someone, _ = client(api, answer)
    (exchange,) = someone.login(ANN, "login")
    return exchange


def changed(path, value):
    """GOOD with another value at one key of data, or without the key."""
    data = {**GOOD["data"], path: value}
    return {"data": {key: inner for key, inner in data.items() if inner is not Ellipsis}}


def test_a_login_fills_the_template_and_takes_what_stands_at_the_paths():
    someone, server = client(BEARER, json_answer(GOOD))
    (exchange,) = someone.login(ANN, "sign-in")
    method, url, headers, body = server.asked[0]
    assert (method, url) == ("POST", "http://a.test/login")
    assert json.loads(body) == {"email": ANN.name, "password": ANN.password}
    assert headers == {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Origin": "http://a.test",
        "X-Key": "k-1",
    }
    tokens = exchange.reply.value
    assert (exchange.step, tokens.access, tokens.refresh, tokens.token_type) == ("sign-in", "at-1", "rt-1", "Bearer")
    assert tokens.expires_s == NOW_S + 300
    assert server.forgotten == 1  # no cookie of the visit before


@pytest.mark.parametrize(
    ("headers", "ended", "token", "gloss"),
    [
        ({"authorization": "Bearer at-7", "x-refresh": "rt-7"}, "ok", "at-7", "as others send it back"),
        ({"authorization": "at-7", "x-refresh": "rt-7"}, "ok", "at-7", "the token alone"),
        ({"x-refresh": "rt-7"}, "no-token-at-path", None, "no token"),
        ({"authorization": "Bearer", "x-refresh": "rt-7"}, "no-token-at-path", None, "no token behind its word"),
        ({"authorization": "Bearer at-7"}, "no-refresh-at-path", None, "no refresh token"),
        ({"authorization": "Bearer a b", "x-refresh": "rt-7"}, "bad-access-token", None, "no token at all"),
    ],
)
def test_tokens_may_come_in_headers_with_or_without_a_body(headers, ended, token, gloss):
    described = {
        "login": {
            "path": "/login",
            "json": {"email": "{username}", "password": "{password}"},
            "token": {"header": "Authorization"},
            "refresh-token": {"header": "X-Refresh"},
        },
        "refresh": {"path": "/refresh", "json": {"token": "{refresh_token}"}},
    }
    answers = [FakeAnswer(204, b"", headers), FakeAnswer(200, b"", {"authorization": "Bearer at-8"})]
    someone, server = client(described, *answers)
    (exchange,) = someone.login(ANN, "login")
    assert exchange.reply.code == ended, gloss
    if token:
        (renewed,) = someone.refresh(exchange.reply.value)
        assert json.loads(server.asked[1][3]) == {"token": "rt-7"}
        assert server.asked[1][2]["Authorization"] == f"Bearer {token}"
        assert (renewed.reply.value.access, renewed.reply.value.refresh) == ("at-8", "rt-7")


def test_the_other_calls_show_the_token_and_go_where_they_are_described():
    refreshed = {"data": {"token": "at-2"}}
    answers = [json_answer(GOOD), json_answer(refreshed), json_answer({"mail": "ANN@example.test"}), FakeAnswer(204)]
    someone, server = client(BEARER, *answers)
    (exchange,) = someone.login(ANN, "login")
    (exchange,) = someone.refresh(exchange.reply.value)
    tokens = exchange.reply.value
    assert (tokens.access, tokens.refresh, tokens.expires_s) == ("at-2", "rt-1", None)
    assert [e.reply.code for e in (*someone.validate(tokens), *someone.revoke(tokens))] == ["ok", "ok"]
    asked = [(method, url, headers.get("Authorization"), body) for method, url, headers, body in server.asked[1:]]
    assert asked == [
        ("POST", "http://a.test/refresh", "Bearer at-1", b"rt=rt-1"),
        ("GET", "http://a.test/me", "Bearer at-2", b""),
        ("DELETE", "http://a.test/session", "Bearer at-2", b""),
    ]


def test_a_cookie_session_is_a_token_set_without_a_token_and_its_calls_show_none():
    set_cookie = {"set-cookie": "sid=1"}
    someone, server = client(COOKIE, FakeAnswer(302, headers=set_cookie), json_answer({"session": None}))
    (exchange,) = someone.login(ANN, "login")
    tokens = exchange.reply.value
    assert (tokens.access, tokens.refresh, tokens.token_type) == ("", "", "Cookie")
    assert server.asked[0][3] == b"u=Ann%40example.test&p=pass%22word"
    (exchange,) = someone.validate(tokens)
    assert "Authorization" not in server.asked[1][2]
    assert exchange.reply.code == "inactive"


def test_what_is_not_described_is_not_asked():
    someone, server = client({"login": BEARER["login"]}, json_answer(GOOD))
    (exchange,) = someone.login(ANN, "login")
    tokens = exchange.reply.value
    verbs = (someone.refresh(tokens), someone.validate(tokens), someone.revoke(tokens), someone.service_token())
    assert [list(verb) for verb in verbs] == [[], [], [], []]
    assert len(server.asked) == 1


LOGIN_FAULTS = [
    ("nothing where the token should stand", json_answer(changed("token", ...)), "no-token-at-path"),
    ("a null for a token", json_answer(changed("token", None)), "no-token-at-path"),
    ("a token that is none", json_answer(changed("token", "a b")), "bad-access-token"),
    ("no refresh token", json_answer(changed("refresh", ...)), "no-refresh-at-path"),
    ("a refresh token that is none", json_answer(changed("refresh", 7)), "bad-refresh-token"),
    ("no lifetime", json_answer(changed("ttl", ...)), "no-lifetime-at-path"),
    ("a lifetime that is none", json_answer(changed("ttl", "soon")), "bad-expires-in"),
    ("a user path that leads nowhere", json_answer(changed("users", [])), "no-user-at-path"),
    ("a null for a user", json_answer(changed("users", None)), "inactive"),
    ("somebody else", json_answer(changed("users", [{"mail": "bob@example.test"}])), "wrong-user"),
    ("an error sent with 200", json_answer({"error": "bad password"}), "no-user-at-path"),
    ("HTML", FakeAnswer(200, b"<html>", {"content-type": "text/html"}), "not-json"),
    ("401 in its own words", json_answer({"message": "no"}, 401), "unauthorized"),
    ("too many", json_answer({}, 429), "rate-limited"),
    ("a redirect that was not declared", FakeAnswer(302), "redirected"),
    ("no answer", FakeAnswer(0, failure="timeout"), "timeout"),
]


@pytest.mark.parametrize(("gloss", "answer", "code"), LOGIN_FAULTS, ids=[row[0] for row in LOGIN_FAULTS])
def test_a_login_that_is_not_as_declared_gets_its_code(gloss, answer, code):
    reply = login(BEARER, answer).reply
    assert (reply.code, reply.outcome, reply.value) == (code, CODES[code], None)


OTHER_FAULTS = [
    ("a cookie session without a cookie", COOKIE, FakeAnswer(200), "no-cookie"),
    (
        "a success that was not declared",
        COOKIE,
        FakeAnswer(202, headers={"set-cookie": "sid=1"}),
        "unexpected-status",
    ),
    ("a refused cookie login", COOKIE, FakeAnswer(403), "forbidden"),
]


@pytest.mark.parametrize(("gloss", "api", "answer", "code"), OTHER_FAULTS, ids=[row[0] for row in OTHER_FAULTS])
def test_a_cookie_login_that_is_not_as_declared_gets_its_code(gloss, api, answer, code):
    reply = login(api, answer).reply
    assert (reply.code, reply.outcome) == (code, CODES[code])


def test_the_tables_have_a_row_for_every_code_of_json_apis():
    assert {row[-1] for row in (*LOGIN_FAULTS, *OTHER_FAULTS)} >= JSON_API_FAULTS | {"wrong-user", "inactive"}


def validated(body, user="mail"):
    api = {**BEARER, "validate": {"path": "/me", "user": user}}
    someone, _ = client(api, json_answer(GOOD), FakeAnswer(200, body, {"content-type": "application/json"}))
    (exchange,) = someone.login(ANN, "login")
    (exchange,) = someone.validate(exchange.reply.value)
    return exchange


@pytest.mark.parametrize(
    ("body", "code", "gloss"),
    [
        (b'{"mail": "ann@EXAMPLE.test"}', "ok", "letter case does not count"),
        (b'{"mail": "bob@example.test"}', "wrong-user", "somebody else"),
        (b'{"mail": null}', "inactive", "nobody"),
        (b"null", "inactive", "nobody, as better-auth says it"),
        (b"{}", "inactive", "nobody, as Auth.js says it"),
        (b'{"other": 1}', "no-user-at-path", "something else than was declared"),
        (b"[]", "not-object", "a list"),
        (b"", "empty-body", "nothing"),
    ],
)
def test_a_validation_must_name_the_visitor(body, code, gloss):
    assert validated(body).reply.code == code, gloss


def test_somebody_elses_answer_comes_with_evidence_that_names_both():
    exchange = validated(b'{"mail": "bob@example.test"}')
    assert exchange.reply.outcome == "wrong"
    assert exchange.evidence.fault == ("wrong-user", "mail of the answer", "Ann@example.test", "bob@example.test")
    assert exchange.evidence.identity == "Ann@example.test"


@pytest.mark.parametrize(
    ("told", "left_s", "gloss"),
    [
        ("2023-11-14T22:18:20Z", 300, "a date"),
        ("2023-11-14T23:18:20+01:00", 300, "a date elsewhere"),
        ("2023-11-14T22:18:20", 300, "a date without a zone is UTC"),
        (TODAY_S + 60, 60, "seconds since 1970"),
        (str(int(TODAY_S) + 60), 60, "the same in a text"),
        ((TODAY_S + 60) * 1000, 60, "milliseconds since 1970"),
        (TODAY_S - 1, None, "over already"),
        ("tomorrow", None, "no date"),
        (True, None, "no moment"),
        (10**400, None, "a number of 400 digits"),
    ],
)
def test_the_end_of_a_session_may_be_told_as_a_moment(told, left_s, gloss):
    api = {"login": {**BEARER["login"], "expires": "data.end"}}
    del api["login"]["lifetime"]
    reply = login(api, json_answer(changed("end", told))).reply
    if left_s is None:
        assert reply.code == "bad-expires-in", gloss
    else:
        assert reply.value.expires_s == NOW_S + left_s, gloss


@pytest.mark.parametrize(
    ("path", "value"),
    [("a", 1), ("b.c", "x"), ("b.d[1].e", "y"), ('["odd.key"]', "z"), ("$.b.c", "x"), ("b.none.deep", None)],
)
def test_a_path_leads_to_its_value(path, value):
    body = {"a": 1, "b": {"c": "x", "d": [0, {"e": "y"}], "none": None}, "odd.key": "z"}
    assert value_at(body, parse_path(path)) == value


@pytest.mark.parametrize(
    ("told", "name", "same"),
    [("ann", "ANN", True), ("ann", "bob", False), (7, "7", True), (None, "None", False), (["ann"], "ann", False)],
)
def test_a_user_is_told_by_the_name_that_was_signed_in_with(told, name, same):
    assert is_same_user(told, name) is same


def test_neither_a_client_nor_its_calls_show_a_secret():
    someone, _ = client(BEARER)
    assert "k-1" not in repr(someone.api)
