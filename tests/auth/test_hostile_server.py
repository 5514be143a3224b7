"""Real sockets, and a server that does everything wrong."""

from __future__ import annotations

import json
import socket
from dataclasses import fields

import pytest

from authstorm.auth.client_auth import ClientAuth
from authstorm.auth.discovery import discover
from authstorm.auth.endpoints import Endpoints
from authstorm.auth.oauth import OAuthExchanges
from authstorm.auth.outcome import Outcome
from authstorm.auth.provider import prepare
from tests.auth.hostile_server import RESET, STAY_SILENT, HostileServer, http
from tests.auth.requests_session import RequestsSession

GOOD = json.dumps({"access_token": "at", "token_type": "Bearer", "expires_in": 60, "refresh_token": "rt"}).encode()
CASES = [
    ("a good answer", http(GOOD), "ok"),
    ("JSON cut off, its length told truly", http(GOOD[:40]), "bad-json"),
    ("a body cut off, its length told as whole", http(GOOD[:40], length=len(GOOD)), "reset"),
    ("HTML with 200", http(b"<html>Log in</html>", content_type="text/html"), "not-json"),
    ("a megabyte of JSON", http(GOOD[:-1] + b',"pad":"' + b"x" * 1_000_000 + b'"}'), "ok"),
    ("a megabyte of brackets", http(b"[" * 1_000_000), "bad-json"),
    ("a megabyte of error", http(b'{"error":"' + b"x" * 1_000_000, "400 Bad Request"), "rejected"),
    ("more than the session takes", http(b"x" * 5_000_000), "too-large"),
    ("JSON as text/html", http(GOOD, content_type="text/html"), "wrong-content-type"),
    ("an error as text/html", http(b'{"error":"invalid_grant"}', "400 Bad", content_type="text/html"), "invalid_grant"),
    ("a redirect to the slash", b"HTTP/1.1 301 Moved\r\nLocation: /token/\r\nContent-Length: 0\r\n\r\n", "redirected"),
    ("a reset before an answer", RESET, "reset"),
    ("a reset in the middle", http(GOOD[:40], length=len(GOOD)) + RESET, "reset"),
    ("closed without an answer", b"", "reset"),
    ("silence", STAY_SILENT, "timeout"),
    ("half an answer and silence", http(GOOD[:40], length=len(GOOD)) + STAY_SILENT, "timeout"),
]


def path(gloss: str) -> str:
    return "/" + gloss.replace(" ", "-").replace(",", "")


@pytest.fixture(scope="module")
def server():
    with HostileServer({path(gloss): answer for gloss, answer, _ in CASES}) as running:
        yield running


def visitor(url: str) -> OAuthExchanges:
    endpoints = Endpoints(**{field.name: url for field in fields(Endpoints)})
    return OAuthExchanges(RequestsSession(timeout_s=0.3), prepare(endpoints, ClientAuth.basic("app", "s3cret")))


@pytest.mark.parametrize(("gloss", "answer", "code"), CASES, ids=[row[0] for row in CASES])
def test_a_login_at_a_hostile_server_ends_with_a_code(server, gloss, answer, code):
    client = visitor(server.url + path(gloss))
    reply = client.password("user", "pw")
    client.session.close()
    assert reply.code == code
    assert (reply.value is not None) == (code == "ok")


def test_a_server_that_is_gone_is_broken_for_discovery_too():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    reply = discover(RequestsSession(), f"http://127.0.0.1:{port}")
    assert (reply.outcome, reply.answer.status) == (Outcome.BROKEN, 0)
