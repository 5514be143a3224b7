from __future__ import annotations

from base64 import urlsafe_b64encode
from json import dumps

import pytest

from authstorm.auth.renewal import RenewalRule, after_refresh, due_s
from authstorm.auth.tokens import TokenSet
from tests.auth.fakes import NOW_S, TODAY_S, client, json_answer


def jwt(claims) -> str:
    """A JWT that nobody signed."""
    return ".".join(urlsafe_b64encode(dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "x"}, claims, 0))


def held(lifetime_s: float | None = 600.0, **changed) -> TokenSet:
    expires_s = None if lifetime_s is None else NOW_S + lifetime_s
    tokens = TokenSet("at", "rt", "idt", "Bearer", "openid", NOW_S, expires_s)
    return tokens._replace(**changed)


def test_a_login_gives_all_that_the_server_said():
    body = {"access_token": "at", "token_type": "bearer", "expires_in": 600, "refresh_token": "rt", "id_token": "idt"}
    assert client(json_answer(body | {"scope": "openid"})).password("u", "p").value == held()


def test_what_the_server_leaves_out_is_empty():
    expected = TokenSet("at", "", "", "Bearer", "", NOW_S, None)
    assert client(json_answer({"access_token": "at"})).client_credentials().value == expected


@pytest.mark.parametrize("scope", [["openid"], 5, "\ud800"])
def test_a_scope_that_is_none_is_left_out(scope):
    assert client(json_answer({"access_token": "at", "scope": scope})).client_credentials().value.scope == ""


@pytest.mark.parametrize(
    ("gloss", "access", "told", "lifetime_s"),
    [
        ("the answer tells", "at", 600, 600.0),
        ("the answer tells in a string", "at", "90.5", 90.5),
        ("the answer tells otherwise than the JWT", jwt({"exp": TODAY_S + 60}), 600, 600.0),
        ("only the JWT tells, and when it was issued", jwt({"iat": 1000, "exp": 1300}), None, 300.0),
        ("only the JWT tells, by the wall clock", jwt({"exp": TODAY_S + 60}), None, 60.0),
        ("the JWT has no exp", jwt({"sub": "u"}), None, None),
        ("the JWT ended before it was issued", jwt({"iat": 1300, "exp": 1300}), None, None),
        ("the JWT ends in ten thousand years", jwt({"iat": 0, "exp": 3e11}), None, None),
        ("the JWT's exp is true", jwt({"exp": True}), None, None),
        ("the JWT's exp is a string", jwt({"exp": "2030"}), None, None),
        ("the JWT's exp is NaN", jwt({"exp": float("nan")}), None, None),
        ("the JWT holds an array", jwt([1]), None, None),
        ("the JWT is no base64", "eyJ.ä.c".replace("ä", "a"), None, None),
        ("the JWT is encrypted", "eyJ.a.b.c.d", None, None),
        ("nobody tells", "at", None, None),
    ],
)
def test_the_expiry_comes_from_the_answer_else_from_the_jwt(gloss, access, told, lifetime_s):
    tokens = client(json_answer({"access_token": access, "expires_in": told})).client_credentials().value
    assert tokens.expires_s == (None if lifetime_s is None else NOW_S + lifetime_s), gloss


def test_the_lifetime_counts_from_the_request_and_not_from_the_answer():
    """A login that takes ten seconds may have been issued at once, and then ends ten seconds sooner."""
    times = iter([100.0, 110.0])
    visitor = client(json_answer({"access_token": "at", "expires_in": 600}), clock=lambda: next(times))
    assert visitor.client_credentials().value.expires_s == 700.0


@pytest.mark.parametrize(
    ("gloss", "lifetime_s", "rule", "draw", "due_after_s"),
    [
        ("an hour: a minute before", 3600, RenewalRule(), 0.0, 3540),
        ("five minutes: a minute is just a fifth", 300, RenewalRule(), 0.0, 240),
        ("a minute: a fifth before", 60, RenewalRule(), 0.0, 48),
        ("two seconds: still before it ends", 2, RenewalRule(), 0.0, 1.6),
        ("a lead of one's own", 3600, RenewalRule(lead_s=5), 0.0, 3595),
        ("no lead", 3600, RenewalRule(lead_s=0), 0.0, 3600),
        ("jitter, first in line", 3600, RenewalRule(jitter_s=30), 0.0, 3540),
        ("jitter, in the middle", 3600, RenewalRule(jitter_s=30), 0.5, 3525),
        ("jitter is a fifth at most", 100, RenewalRule(jitter_s=1000), 1.0, 60),
        ("jitter without lead", 100, RenewalRule(lead_s=0, jitter_s=10), 1.0, 90),
        ("unknown: the default", None, RenewalRule(), 0.0, 240),
        ("unknown: a default of one's own", None, RenewalRule(unknown_lifetime_s=10), 0.0, 8),
    ],
)
def test_renewal_is_due_before_the_end_and_after_three_fifths(gloss, lifetime_s, rule, draw, due_after_s):
    assert due_s(held(lifetime_s), rule, draw) == pytest.approx(NOW_S + due_after_s), gloss


@pytest.mark.parametrize(
    ("gloss", "answered", "kept"),
    [
        ("rotation: the new one", {"refresh_token": "rt2"}, {"refresh": "rt2"}),
        ("no refresh token: the old one", {}, {}),
        ("the same again", {"refresh_token": "rt"}, {}),
        ("a smaller scope", {"scope": "email"}, {"scope": "email"}),
        ("a new ID token", {"id_token": "idt2"}, {"id_token": "idt2"}),
    ],
)
def test_a_refresh_keeps_what_the_server_did_not_send_again(gloss, answered, kept):
    """RFC 6749 6; the new access token and its expiry always count."""
    visitor = client(json_answer({"access_token": "at2", "expires_in": 60} | answered), clock=lambda: NOW_S + 500)
    new = visitor.refresh(held()).value
    assert new == held(access="at2", obtained_s=NOW_S + 500, expires_s=NOW_S + 560, **kept), gloss


def test_a_visitor_who_refreshes_three_times_shows_a_new_refresh_token_each_time():
    """The natural mistake is to show the first one for ever."""
    answers = [json_answer({"access_token": "at", "refresh_token": f"rt{n}"}) for n in range(4)]
    visitor = client(*answers)
    tokens = visitor.password("u", "p").value
    for _ in range(3):
        tokens = visitor.refresh(tokens).value
    assert [body.rpartition(b"=")[2] for _, _, _, body in visitor.session.asked[1:]] == [b"rt0", b"rt1", b"rt2"]


def test_an_expiry_that_is_unknown_after_a_refresh_is_not_the_old_one():
    assert after_refresh(held(), held(None)).expires_s is None
