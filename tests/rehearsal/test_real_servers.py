"""Half a minute of every scenario against servers that nobody here wrote, two at once, by configuration alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from tests.servers.real_server import real_server

from .conftest import config

pytestmark = pytest.mark.real
STAGES = [{"warm-up": {"for": "4s", "from": "0/s", "measured": False}}, {"steady": {"for": "30s"}}]


def both(rehearse, profile, cases):
    """Rehearse each target (name, server, changes) against a server of its own, all at one time."""

    def one(case):
        name, server_name, changes = case
        with real_server(server_name) as server:
            target = config("targets", name) | changes
            moved = {"url": server.url} | ({"issuer": server.issuer} if "issuer" in target else {})
            run = rehearse(target | moved, profile=profile, environ=server.secrets, folder=name)
            return run, server.counts()

    with ThreadPoolExecutor(len(cases)) as pool:
        return list(pool.map(one, cases))


def is_right(run):
    """Whether no step ended broken or wrong, on the way up neither; it must have passed."""
    assert run.code == 0, run.output
    outcomes = [row["outcomes"] for row in run.json()["steps"]]
    return all(not row.get("broken") and not row.get("wrong") for row in outcomes)


def validated(by):
    return {"validation": {"by": by}}


def test_half_a_minute_by_password_against_two_real_servers_breaks_nothing(rehearse):
    """Password, client credentials, refresh with rotation, validation, revocation; all at once.

    The pages below validate the other way, so that both servers are asked both ways.
    """
    profile = config("profiles", "steady") | {"stages": STAGES}
    cases = [
        ("oidc-provider", "oidc-provider", validated("userinfo")),
        ("django-oauth-toolkit", "django-oauth-toolkit", validated("introspection")),
    ]
    for (run, seen), step in zip(both(rehearse, profile, cases), ("userinfo", "introspect"), strict=True):
        assert is_right(run), run.output
        made = run.counts()
        assert seen.logins == made["login"] + made["sign-in"]
        assert seen.grants["client_credentials"] == made["service"] > 100
        assert seen.grants["refresh_token"] == made["refresh"] > 250
        assert made[step] > 500
        assert made["revoke"] > 70
        assert seen.refresh_reuse == 0  # every rotated refresh token was stored
        assert seen.overlaps == 0  # no two visitors acted as one user at a time
        visitors = yaml.safe_load(run.text("plan.yaml"))["visitors"]
        assert len(seen.logins_by_user) == sum(count for name, count in visitors.items() if name != "service")


def test_half_a_minute_through_two_real_servers_login_pages_breaks_nothing(rehearse):
    """Authorization code with PKCE, consent, refresh with rotation, client credentials, revocation; all at once."""
    arrivals = {"login": "4/s", "service": "4/s", "refresh": "6/s", "validate": "12/s", "session": "2/s"}
    profile = {"name": "pages", "arrivals": arrivals, "stages": STAGES, "seed": 5}
    cases = [
        ("oidc-provider-code", "oidc-provider", validated("introspection")),
        ("django-oauth-toolkit-code", "django-oauth-toolkit", validated("userinfo")),
    ]
    for (run, seen), step in zip(both(rehearse, profile, cases), ("introspect", "userinfo"), strict=True):
        assert is_right(run), run.output
        made = run.counts()
        parts = ("page", "credentials", "consent", "code")
        assert {made[f"login: {part}"] for part in parts} == {made["login: page"]}  # nobody got stuck on the way
        assert seen.grants["authorization_code"] == made["login: code"] + made["sign-in: code"] > 150
        assert seen.grants["client_credentials"] == made["service"] > 100
        assert seen.grants["refresh_token"] == made["refresh"] > 150
        assert made[step] > 400
        assert made["revoke"] > 40
        assert seen.refused.get("login_page", 0) == seen.refresh_reuse == seen.overlaps == 0


def test_half_a_minute_against_a_real_json_api_breaks_nothing_and_mixes_nobody_up(rehearse):
    """The same framework with cookie sessions and with bearer tokens."""
    arrivals = {"login": "8/s", "validate": "20/s", "session": "4/s"}
    profile = {"name": "half-a-minute", "arrivals": arrivals, "stages": STAGES, "seed": 5}
    cases = [(name, "better-auth", {}) for name in ("better-auth-cookie", "better-auth-bearer")]
    for run, seen in both(rehearse, profile, cases):
        assert is_right(run), run.output
        ended = {outcome for row in run.json()["steps"] for outcome, count in row["outcomes"].items() if count}
        assert ended == {"good"}, run.output
        made = run.counts()
        assert seen.logins == made["login"] + made["sign-in"] > 300
        assert seen.families_ended == made["logout"] > 100
        assert made["validate"] > 900
        assert (seen.refused, seen.overlaps) == ({}, 0)
