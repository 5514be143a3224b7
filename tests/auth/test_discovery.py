from __future__ import annotations

import pytest

from authstorm.auth.discovery import discover, metadata_urls
from authstorm.auth.endpoints import Endpoints
from tests.auth.fakes import ENDPOINTS, SERVER, FakeAnswer, FakeSession, json_answer

METADATA = {
    "issuer": SERVER,
    "token_endpoint": f"{SERVER}/token",
    "introspection_endpoint": f"{SERVER}/introspect",
    "userinfo_endpoint": f"{SERVER}/userinfo",
    "revocation_endpoint": f"{SERVER}/revoke",
    "jwks_uri": f"{SERVER}/jwks",
    "authorization_endpoint": f"{SERVER}/authorize",
    "scopes_supported": ["openid"],
}
NAMES = ("token", "introspection", "userinfo", "revocation", "jwks", "authorization", "issuer")
FOUND = json_answer(METADATA)
NOT_FOUND = FakeAnswer(404)
OIDC = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


@pytest.mark.parametrize(
    ("gloss", "issuer", "places"),
    [
        ("an issuer without path", SERVER, [SERVER + OIDC, SERVER + OAUTH]),
        ("a slash at the end", f"{SERVER}/", [SERVER + OIDC, SERVER + OAUTH]),
        ("a path", f"{SERVER}/o/r", [f"{SERVER}/o/r{OIDC}", f"{SERVER}{OAUTH}/o/r", f"{SERVER}/o/r{OAUTH}"]),
        ("a path and a slash", f"{SERVER}/o/", [f"{SERVER}/o{OIDC}", f"{SERVER}{OAUTH}/o", f"{SERVER}/o{OAUTH}"]),
        ("a port", "http://127.0.0.1:9101", [f"http://127.0.0.1:9101{OIDC}", f"http://127.0.0.1:9101{OAUTH}"]),
        ("the metadata's own address", f"{SERVER}/o{OIDC}", [f"{SERVER}/o{OIDC}"]),
    ],
)
def test_the_metadata_is_looked_for_in_these_places(gloss, issuer, places):
    """OpenID Connect Discovery 4 appends to the path, RFC 8414 3 stands before it."""
    assert list(metadata_urls(issuer)) == places, gloss


@pytest.mark.parametrize("issuer", ["", "login.example.test", "/realm"])
def test_an_issuer_that_is_no_url_is_named(issuer):
    with pytest.raises(ValueError, match="is no absolute URL"):
        discover(FakeSession(FOUND), issuer)


def test_discovery_finds_every_endpoint():
    session = FakeSession(FOUND)
    reply = discover(session, SERVER)
    assert (reply.code, reply.value) == ("ok", ENDPOINTS)
    assert [(method, url) for method, url, _, _ in session.asked] == [("GET", SERVER + OIDC)]


@pytest.mark.parametrize(
    ("gloss", "first", "asked", "code"),
    [
        ("nothing there", NOT_FOUND, 2, "ok"),
        ("forbidden there", FakeAnswer(403), 2, "ok"),
        ("a start page for every path", FakeAnswer(200, b"<html>", {"content-type": "text/html"}), 2, "ok"),
        ("a redirect", FakeAnswer(302), 2, "ok"),
        ("a server error", FakeAnswer(500), 2, "ok"),
        ("a document without endpoints", json_answer({}), 2, "ok"),
        ("rate limited: asking more makes it worse", FakeAnswer(429), 1, "rate-limited"),
        ("unavailable", FakeAnswer(503), 1, "unavailable"),
        ("not reachable", FakeAnswer(0, failure="connect-failed"), 1, "connect-failed"),
    ],
)
def test_the_next_place_is_tried_unless_it_could_not_help(gloss, first, asked, code):
    session = FakeSession(first, FOUND)
    assert discover(session, SERVER).code == code, gloss
    assert len(session.asked) == asked


def test_when_no_place_is_good_the_first_reply_counts():
    """It is the one that a reader expects: a redirect there says more than a 404 elsewhere."""
    session = FakeSession(FakeAnswer(301), NOT_FOUND)
    assert discover(session, f"{SERVER}/o").code == "redirected"
    assert len(session.asked) == 3


def test_a_declared_issuer_is_kept_as_it_is():
    """A server that says localhost while it is bound to 127.0.0.1 is common."""
    reply = discover(FakeSession(json_answer(METADATA | {"issuer": "http://localhost:9101/"})), "http://127.0.0.1:9101")
    assert reply.value.issuer == "http://localhost:9101/"


@pytest.mark.parametrize("absent", [None, ...])
def test_an_endpoint_that_the_server_has_not_is_empty(absent):
    metadata = {k: v for k, v in (METADATA | {"introspection_endpoint": absent}).items() if v is not ...}
    assert discover(FakeSession(json_answer(metadata)), SERVER).value.introspection == ""


@pytest.mark.parametrize("endpoint", NAMES)
def test_what_the_target_gives_wins_over_what_discovery_says(endpoint):
    """One endpoint given, all others found."""
    given = Endpoints(**{endpoint: "http://10.0.0.1/mine"})
    merged = given.over(ENDPOINTS)
    assert getattr(merged, endpoint) == "http://10.0.0.1/mine"
    assert given.over(Endpoints()) == given
    assert all(getattr(merged, name) == getattr(ENDPOINTS, name) for name in NAMES if name != endpoint)


def test_every_host_that_would_be_loaded_is_named():
    """Discovery can name a host that the target's owner never allowed; the issuer is a name, not a place."""
    endpoints = Endpoints(issuer="http://name/", token="http://A.example.test:8080/t", jwks="https://b.example.test/k")
    assert endpoints.hosts == {"a.example.test", "b.example.test"}
