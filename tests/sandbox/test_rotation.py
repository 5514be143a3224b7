"""Refresh tokens: one use each, and what happens to who uses one twice."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.sandbox.running import SECRET, basic, user
from tests.sandbox.test_tokens import read


def test_a_refresh_brings_a_new_token_set_for_the_same_person(sandbox):
    first = sandbox.log_in(31)
    second = sandbox.refresh(first).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == first["scope"]
    assert read(sandbox, second["access_token"]).claims["sub"] == user(31)
    assert read(sandbox, second["id_token"]).claims["sub"] == user(31)
    assert sandbox.active(first["access_token"])  # an access token outlives the refresh token it came with


def test_reuse_ends_the_whole_family(sandbox):
    sandbox.control("DELETE", "counts")
    first = sandbox.log_in(32)
    second = sandbox.refresh(first).json()
    other = sandbox.log_in(32)
    reused = sandbox.refresh(first)
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert sandbox.counts()["reuse_offences"] == 1
    for tokens in (first, second):
        assert not sandbox.active(tokens["access_token"])
        assert not sandbox.active(tokens["refresh_token"])
    assert sandbox.userinfo(second["access_token"]).status_code == 401
    assert sandbox.refresh(second).json()["error"] == "invalid_grant"
    assert sandbox.active(other["access_token"])  # another login of the same person is another family


def test_of_twenty_refreshes_at_once_exactly_one_wins(sandbox):
    sandbox.control("DELETE", "counts")
    tokens = sandbox.log_in(33)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    def refresh(_):
        return requests.post(f"{sandbox.url}/token", data=form, headers=basic("storm", SECRET), timeout=10)

    with ThreadPoolExecutor(20) as pool:
        answers = [*pool.map(refresh, range(20))]
    assert sorted(answer.status_code for answer in answers) == [200] + 19 * [400]
    assert sandbox.counts()["reuse_offences"] == 19
    winner = next(answer.json() for answer in answers if answer.status_code == 200)
    assert not sandbox.active(winner["access_token"])


def test_another_client_cannot_use_it_and_does_no_harm(sandbox):
    tokens = sandbox.log_in(34)
    form = {"grant_type": "refresh_token", "client_id": "storm-public", "refresh_token": tokens["refresh_token"]}
    assert sandbox.post("/token", client=None, **form).json()["error"] == "invalid_grant"
    assert sandbox.refresh(tokens).status_code == 200


def test_the_scope_can_be_narrowed_for_one_access_token(sandbox):
    tokens = sandbox.log_in(35, "openid email")
    narrow = sandbox.refresh(tokens, scope="email").json()
    assert narrow["scope"] == "email"
    assert sandbox.refresh(narrow).json()["scope"] == "openid email"


def test_the_scope_cannot_be_widened(sandbox):
    tokens = sandbox.log_in(36, "openid")
    assert sandbox.refresh(tokens, scope="openid email").json()["error"] == "invalid_scope"


def test_an_expired_refresh_token_is_refused_and_no_offence(brief):
    tokens = brief.log_in(3)
    time.sleep(2.01)
    brief.control("DELETE", "counts")
    assert brief.refresh(tokens).json()["error"] == "invalid_grant"
    assert brief.counts()["reuse_offences"] == 0


def test_what_has_expired_is_forgotten(brief):
    for number in range(30):
        brief.log_in(number)
    time.sleep(2.3)  # the longest lifetime and one sweep
    assert brief.counts()["held"] == {"access_token": 0, "refresh_token": 0, "code": 0, "visit": 0}
