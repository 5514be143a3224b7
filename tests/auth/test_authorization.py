"""The authorization request and what comes back to the redirect URI."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from urllib.parse import parse_qsl, urlsplit

import pytest

from authstorm.auth.authorization import challenge, nonce_fault, prepare_authorization, read_return

BACK = "http://127.0.0.1:9/callback"


def jwt(claims):
    part = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{part}.x"


def test_the_challenge_is_that_of_the_standard():
    """RFC 7636 appendix B."""
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_request_carries_everything_once_and_is_new_each_time():
    way = prepare_authorization("https://idp.example.test/auth?realm=a", "app", BACK, "openid x", {"prompt": "consent"})
    one, other = way.request(), way.request()
    sent = dict(parse_qsl(urlsplit(one.url).query, strict_parsing=True))
    assert sent == {
        "realm": "a", "response_type": "code", "client_id": "app", "redirect_uri": BACK, "scope": "openid x",
        "prompt": "consent", "code_challenge_method": "S256", "code_challenge": challenge(one.verifier),
        "state": one.state, "nonce": one.nonce,
    }  # fmt: skip
    assert len({one.state, one.nonce, one.verifier, other.state, other.nonce, other.verifier}) == 6
    assert len(one.verifier) == 43  # RFC 7636 4.1: 43 at the least
    assert one.state not in repr(one)


def test_a_parameter_that_is_made_here_cannot_be_given():
    with pytest.raises(ValueError, match="nonce, state are sent by themselves"):
        prepare_authorization("https://idp.example.test/auth", "app", BACK, extra={"state": "1", "nonce": "2"})


@pytest.mark.parametrize(
    ("query", "expected", "gloss"),
    [
        ("code=abc&state=s", ("abc", ""), "as it should be"),
        ("code=abc&state=s&iss=x", ("abc", ""), "with more beside"),
        ("code=abc", ("", "state-mismatch"), "no state"),
        ("code=abc&state=t", ("", "state-mismatch"), "somebody else's state"),
        ("code=abc&state=", ("", "state-mismatch"), "an empty state"),
        ("error=access_denied&state=s", ("", "access_denied"), "refused"),
        ("error=access_denied", ("", "access_denied"), "refused, and the state forgotten"),
        ("error=access_denied&state=t", ("", "state-mismatch"), "refused, to somebody else"),
        ("error=server_error&state=s", ("", "server-error"), "broken"),
        ("error=temporarily_unavailable&state=s", ("", "unavailable"), "shed"),
        ("error=strange&state=s", ("", "rejected"), "an error that nobody registered"),
        ("state=s", ("", "no-code"), "nothing"),
        ("code=&state=s", ("", "no-code"), "an empty code"),
        ("code=a%0Ab&state=s", ("", "no-code"), "a line break in it"),
    ],
)
def test_what_comes_back_is_read(query, expected, gloss):
    assert read_return(f"{BACK}?{query}", "s") == expected, gloss


@pytest.mark.parametrize(
    ("token", "expected", "gloss"),
    [
        (jwt({"nonce": "n"}), "", "the same"),
        (jwt({"nonce": "m"}), "nonce-mismatch", "another"),
        (jwt({}), "nonce-mismatch", "none"),
        (jwt({"nonce": ["n"]}), "nonce-mismatch", "in a list"),
        ("opaque", "nonce-mismatch", "no ID token at all"),
        ("", "", "none was given"),
        ("a.b.c.d.e", "", "encrypted: it cannot be read"),
    ],
)
def test_the_nonce_must_come_back(token, expected, gloss):
    assert nonce_fault(token, "n") == expected, gloss
