"""The servers' own counts tell a careless load test from a careful one."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.servers.asking import Asking, Browser
from tests.servers.real_server import Counts, RealServer

pytestmark = pytest.mark.real


@pytest.fixture
def ask(server: RealServer) -> Asking:
    return Asking(server)


class Watch:
    """What the counts gained since ``before``."""

    def __init__(self, server: RealServer) -> None:
        self._server = server
        self._before = server.counts()

    def gained(self) -> Counts:
        """The difference, without zeros."""
        now, before = self._server.counts(), self._before
        return Counts(
            grants=dict(Counter(now.grants) - Counter(before.grants)),
            refused=dict(Counter(now.refused) - Counter(before.refused)),
            logins_by_user=dict(Counter(now.logins_by_user) - Counter(before.logins_by_user)),
            refresh_reuse=now.refresh_reuse - before.refresh_reuse,
            overlaps=now.overlaps - before.overlaps,
            families_ended=now.families_ended - before.families_ended,
        )


def test_a_careful_visitor_leaves_no_offence(ask: Asking):
    watch = Watch(ask.server)
    tokens = ask.login("user0100").json()
    for _ in range(5):
        tokens = ask.refresh(tokens["refresh_token"]).json()
        ask.userinfo(tokens["access_token"])
        ask.introspect(tokens["access_token"])
    ask.service()
    ask.login("user0100")  # the same person comes again, after he has gone
    grants = {"password": 2, "refresh_token": 5, "client_credentials": 1}
    assert watch.gained() == Counts(grants, {}, {"user0100": 2}, 0, 0, 0)


def test_a_rotated_refresh_token_that_comes_back_is_counted_each_time(ask: Asking):
    watch = Watch(ask.server)
    tokens = ask.login("user0101").json()
    ask.refresh(tokens["refresh_token"])
    ask.refresh(tokens["refresh_token"])
    ask.refresh(tokens["refresh_token"])
    ask.refresh("never-issued")
    gained = watch.gained()
    assert (gained.refresh_reuse, gained.refused, gained.families_ended) == (2, {"refresh_token": 3}, 1)


def test_parallel_refreshes_with_one_token_are_all_but_one_counted(ask: Asking):
    watch = Watch(ask.server)
    tokens = ask.login("user0106").json()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask.refresh(tokens["refresh_token"]), range(8)))
    assert {answer.status_code for answer in answers} <= {200, 400}
    assert watch.gained().refresh_reuse == 7


def test_a_refresh_refused_for_its_client_secret_is_no_reuse(ask: Asking):
    watch = Watch(ask.server)
    token = ask.login("user0107").json()["refresh_token"]
    assert ask.token(secret="not-it", grant_type="refresh_token", refresh_token=token).status_code == 401
    assert ask.refresh(token).status_code == 200
    assert watch.gained().refresh_reuse == 0


@pytest.mark.parametrize("use", ["refresh", "userinfo", "introspect"])
def test_two_visitors_with_one_account_are_seen_as_an_overlap(ask: Asking, use: str):
    watch = Watch(ask.server)
    first = ask.login("user0102").json()
    ask.login("user0102")
    token = first["refresh_token"] if use == "refresh" else first["access_token"]
    assert getattr(ask, use)(token).status_code == 200
    assert watch.gained().overlaps == 1


def test_sign_ins_by_the_page_are_counted_with_their_user(ask: Asking):
    watch = Watch(ask.server)
    browser = Browser(ask)
    page = browser.submit(browser.open(), username="user0103", password="not-it")
    landed = browser.submit(page, username="user0103", password=ask.server.password)
    browser.exchange(browser.code_of(landed))
    assert watch.gained() == Counts({"authorization_code": 1}, {"login_page": 1}, {"user0103": 1}, 0, 0, 0)


def test_refusals_are_counted_by_grant_type(ask: Asking):
    watch = Watch(ask.server)
    ask.login("user0104", "not-it")
    ask.token(secret="not-it", grant_type="client_credentials")
    ask.token(grant_type="nonsense")
    assert watch.gained().refused == {"password": 1, "client_credentials": 1, "other": 1}


def test_a_sign_out_ends_one_family(ask: Asking):
    watch = Watch(ask.server)
    ask.revoke(ask.login("user0105").json()["refresh_token"])
    assert watch.gained().families_ended == 1
