"""What goes out, to the byte."""

from __future__ import annotations

import sys
from base64 import b64decode
from urllib.parse import parse_qsl, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authstorm.auth.client_auth import ClientAuth
from authstorm.auth.endpoints import Endpoints
from authstorm.auth.form import encoded, encoded_fields
from authstorm.auth.oauth import OAuthExchanges
from tests.auth.fakes import SERVER, FakeSession, client, json_answer, provider

TOKENS = json_answer({"access_token": "at2", "expires_in": 600, "refresh_token": "r+t/2="})
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
BASIC = FORM | {"Authorization": "Basic YXBwOnMzY3JldA=="}  # app:s3cret
POST = {"client_auth": ClientAuth.post("app", "s3cret")}
PUBLIC = {"client_auth": ClientAuth.none("app")}
HELD = client(TOKENS).password("u", "p").value


@pytest.mark.parametrize(
    ("gloss", "settings", "call", "sent"),
    [
        (
            "password, basic",
            {},
            lambda c: c.password("user 1", "p&w=ü"),
            ("/token", BASIC, b"grant_type=password&scope=openid&username=user+1&password=p%26w%3D%C3%BC"),
        ),
        (
            "password, post",
            POST,
            lambda c: c.password("u", "p"),
            (
                "/token",
                FORM,
                b"grant_type=password&client_id=app&client_secret=s3cret&scope=openid&username=u&password=p",
            ),
        ),
        (
            "password, public",
            PUBLIC,
            lambda c: c.password("u", "p"),
            ("/token", FORM, b"grant_type=password&client_id=app&scope=openid&username=u&password=p"),
        ),
        (
            "password, no scope, more fields",
            {"scope": "", "extra": {"audience": "a b"}},
            lambda c: c.password("u", "p"),
            ("/token", BASIC, b"grant_type=password&audience=a+b&username=u&password=p"),
        ),
        (
            "client credentials",
            {"scope": "a b"},
            lambda c: c.client_credentials(),
            ("/token", BASIC, b"grant_type=client_credentials&scope=a+b"),
        ),
        (
            "refresh",
            {},
            lambda c: c.refresh(HELD),
            ("/token", BASIC, b"grant_type=refresh_token&refresh_token=r%2Bt%2F2%3D"),
        ),
        ("introspect", {}, lambda c: c.introspect("a.t"), ("/introspect", BASIC, b"token=a.t")),
        (
            "introspect, with a hint",
            POST,
            lambda c: c.introspect("at", hint="refresh_token"),
            ("/introspect", FORM, b"client_id=app&client_secret=s3cret&token=at&token_type_hint=refresh_token"),
        ),
        (
            "introspect, as a resource server",
            {"introspection_auth": ClientAuth.post("rs", "r")},
            lambda c: c.introspect("at"),
            ("/introspect", FORM, b"client_id=rs&client_secret=r&token=at"),
        ),
        (
            "introspect, with a bearer token",
            {"introspection_auth": ClientAuth.bearer("b")},
            lambda c: c.introspect("at"),
            ("/introspect", FORM | {"Authorization": "Bearer b"}, b"token=at"),
        ),
        (
            "introspect, with one for this call",
            POST,
            lambda c: c.introspect("at", bearer="b2"),
            ("/introspect", FORM | {"Authorization": "Bearer b2"}, b"token=at"),
        ),
        ("revoke", {}, lambda c: c.revoke("at"), ("/revoke", BASIC, b"token=at")),
        (
            "revoke, with a hint",
            PUBLIC,
            lambda c: c.revoke("rt", "refresh_token"),
            ("/revoke", FORM, b"client_id=app&token=rt&token_type_hint=refresh_token"),
        ),
    ],
)
def test_a_step_posts_this_form(gloss, settings, call, sent):
    visitor = client(TOKENS, **settings)
    call(visitor)
    path, headers, body = sent
    assert visitor.session.asked == [("POST", SERVER + path, headers, body)], gloss


def test_userinfo_is_a_get_with_a_bearer_token():
    visitor = client(json_answer({"sub": "u"}))
    assert visitor.userinfo("at").value == {"sub": "u"}
    assert visitor.session.asked == [
        ("GET", f"{SERVER}/userinfo", {"Accept": "application/json", "Authorization": "Bearer at"}, b"")
    ]


def test_any_protected_url_can_be_fetched():
    visitor = client(json_answer([1]))
    assert visitor.get(f"{SERVER}/api?x=1", "at").value == b"[1]"
    method, url, headers, body = visitor.session.asked[0]
    assert (method, url, headers["Authorization"], body) == ("GET", f"{SERVER}/api?x=1", "Bearer at", b"")


@pytest.mark.parametrize(
    ("gloss", "client_id", "secret", "pair"),
    [
        ("a colon in the id cannot end it", "a:b", "s", b"a%3Ab:s"),
        ("a percent sign", "app", "100%", b"app:100%25"),
        ("plus is not a blank", "app", "a+b c", b"app:a%2Bb+c"),
        ("beyond ASCII", "ü", "ß€", b"%C3%BC:%C3%9F%E2%82%AC"),
        ("no secret", "app", "", b"app:"),
    ],
)
def test_basic_form_encodes_id_and_secret_first(gloss, client_id, secret, pair):
    """RFC 6749 2.3.1: only so can the two be told apart again."""
    scheme, _, value = ClientAuth.basic(client_id, secret).headers["Authorization"].partition(" ")
    assert (scheme, b64decode(value)) == ("Basic", pair), gloss
    assert [unquote_plus(part) for part in pair.decode().split(":")] == [client_id, secret]


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1))
def test_a_form_reads_back_as_it_was(fields):
    assert dict(parse_qsl(encoded_fields(fields).decode(), keep_blank_values=True, strict_parsing=True)) == fields


@given(st.text())
def test_an_encoded_value_can_stand_in_any_form(text):
    assert unquote_plus(encoded(text).decode()) == text
    assert not set(encoded(text)) & set(b"&=; \r\n")


def test_a_bearer_token_that_cannot_stand_in_a_header_is_not_taken():
    with pytest.raises(ValueError, match="without blanks or line breaks") as caught:
        ClientAuth.bearer("s3cret\r\nX: y")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "field", ["grant_type", "scope", "username", "password", "refresh_token", "client_id", "client_secret"]
)
def test_no_field_is_sent_twice(field):
    with pytest.raises(ValueError, match=f"extra token request fields {field} are sent by themselves"):
        provider(extra={field: "x", "audience": "y"})


@pytest.mark.parametrize(
    ("endpoint", "call"),
    [
        ("token", lambda c: c.password("u", "p")),
        ("introspection", lambda c: c.introspect("at")),
        ("introspection", lambda c: c.introspect("at", bearer="b")),
        ("userinfo", lambda c: c.userinfo("at")),
        ("revocation", lambda c: c.revoke("at")),
    ],
)
def test_an_endpoint_that_the_target_has_not_is_named(endpoint, call):
    with pytest.raises(ValueError, match=f"the target has no {endpoint} endpoint"):
        call(client(TOKENS, endpoints=Endpoints()))


def test_a_refresh_without_a_refresh_token_says_what_to_do():
    tokens = HELD._replace(refresh="")
    with pytest.raises(ValueError, match="ask for the scope that gives one"):
        client(TOKENS).refresh(tokens)


def test_a_visitor_costs_less_than_a_hundred_bytes():
    """All that is prepared is shared."""
    shared = provider()
    visitors = [OAuthExchanges(FakeSession(TOKENS), shared) for _ in range(3)]
    assert all(visitor.provider is shared for visitor in visitors)
    assert sys.getsizeof(visitors[0]) < 100
    assert not hasattr(visitors[0], "__dict__")


def test_each_login_is_of_who_signs_in():
    """The form of the last one is kept, since visitors mostly stay who they are."""
    visitor = client(TOKENS)
    people = [("", ""), ("u", "p"), ("u", "p"), ("u", "q"), ("v", "q")]
    for name, password in people:
        visitor.password(name, password)
    forms = [dict(parse_qsl(body.decode(), keep_blank_values=True)) for _, _, _, body in visitor.session.asked]
    assert [(form["username"], form["password"]) for form in forms] == people


def test_the_prepared_requests_stay_as_they_are():
    """A session that changed what it is given would change it for all visitors; this holds the client to the same."""
    visitor = client(TOKENS)
    password, introspection = visitor.provider.password, visitor.provider.introspection
    before = dict(password.headers), password.body, dict(introspection.headers), introspection.body
    visitor.password("u", "p")
    visitor.introspect("at", bearer="b", hint="access_token")
    visitor.introspect("at")
    assert before == (dict(password.headers), password.body, dict(introspection.headers), introspection.body)
