"""better-auth does what docs/real-servers.md says of it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from tests.servers.real_server import RealServer, real_server

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def server() -> Iterator[RealServer]:
    with real_server("better-auth") as running:
        yield running
    assert not running.runs()


def sign_in(server: RealServer, user: str, password: str = "", jar: object = requests) -> requests.Response:
    account = {"email": f"{user}@example.test", "password": password or server.password}
    headers = {"Origin": server.url}
    return jar.post(f"{server.url}/api/auth/sign-in/email", json=account, headers=headers, timeout=30)


def session_of(server: RealServer, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{server.url}/api/auth/get-session", headers=headers, timeout=30)


def test_a_sign_in_brings_token_user_and_cookie_and_no_lifetime(server: RealServer):
    answer = sign_in(server, "user0199")
    assert answer.status_code == 200
    assert sorted(answer.json()) == ["redirect", "token", "user"]
    assert answer.json()["user"]["email"] == "user0199@example.test"
    assert "better-auth.session_token" in answer.cookies


def test_a_wrong_password_and_an_unknown_account_are_401(server: RealServer):
    assert [sign_in(server, user, "not-it").status_code for user in ("user0001", "user0200")] == [401, 401]


def test_a_session_that_has_ended_is_answered_with_200_and_null(server: RealServer):
    token = sign_in(server, "user0002").json()["token"]
    assert session_of(server, token).json()["user"]["email"] == "user0002@example.test"
    out = requests.post(f"{server.url}/api/auth/sign-out", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert (out.status_code, out.json()) == (200, {"success": True})
    dead = session_of(server, token)
    assert (dead.status_code, dead.json()) == (200, None)


def test_a_post_with_a_cookie_needs_an_origin(server: RealServer):
    jar = requests.Session()
    sign_in(server, "user0003", jar=jar)
    assert jar.post(f"{server.url}/api/auth/sign-out", timeout=30).status_code == 403
    headers = {"Origin": server.url}
    assert jar.post(f"{server.url}/api/auth/sign-out", headers=headers, timeout=30).status_code == 200


def test_two_visitors_with_one_account_are_seen_as_an_overlap(server: RealServer):
    before = server.counts().overlaps
    first = sign_in(server, "user0004").json()["token"]
    session_of(server, first)
    assert server.counts().overlaps == before
    sign_in(server, "user0004")
    session_of(server, first)
    assert server.counts().overlaps == before + 1


def test_a_session_lives_as_long_as_it_is_told_to():
    with real_server("better-auth", "--access-ttl", "1") as server:
        token = sign_in(server, "user0005").json()["token"]
        give_up_at = time.monotonic() + 20
        while session_of(server, token).json() is not None:
            assert time.monotonic() < give_up_at, "the session outlived its second"
            time.sleep(0.2)
