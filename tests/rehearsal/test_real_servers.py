"""A minute of every scenario against servers that nobody here wrote, by configuration alone."""

import pytest
import yaml

from tests.servers.real_server import real_server

from .conftest import config

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("name", "validation"), [("oidc-provider", "userinfo"), ("django-oauth-toolkit", "introspection")]
)
def test_a_minute_against_a_real_server_breaks_nothing(rehearse, name, validation):
    """By password; the pages below validate the other way, so that both servers are asked both ways."""
    with real_server(name) as server:
        target = config("targets", name) | {"validation": {"by": validation}}
        moved = {"url": server.url, "issuer": server.issuer} if "issuer" in target else {"url": server.url}
        run = rehearse(target | moved, profile=config("profiles", "steady"), environ=server.secrets)
        seen = server.counts()
    assert run.json()["verdicts"]["objectives"]["answer"] == "yes", run.output
    assert run.json()["verdicts"]["correct"]["answer"] == "yes", run.output
    assert run.code == 0, run.output
    outcomes = [row["outcomes"] for row in run.json()["steps"] if row["stage"] == "all"]
    assert all(row.get("broken", 0) == 0 for row in outcomes)
    made = run.counts()
    assert seen.logins == made["login"] + made["sign-in"]
    assert seen.grants["refresh_token"] == made["refresh"] > 400
    assert seen.refresh_reuse == 0  # every rotated refresh token was stored
    assert seen.overlaps == 0  # no two visitors acted as one user at a time
    visitors = yaml.safe_load(run.text("plan.yaml"))["visitors"]
    assert len(seen.logins_by_user) == sum(count for scenario, count in visitors.items() if scenario != "service")


@pytest.mark.long
@pytest.mark.parametrize("name", ["better-auth-cookie", "better-auth-bearer"])
def test_half_a_minute_against_a_real_json_api_breaks_nothing_and_mixes_nobody_up(rehearse, name):
    arrivals = {"login": "8/s", "validate": "20/s", "session": "4/s"}
    profile = {"name": "half-a-minute", "arrivals": arrivals, "stages": [{"steady": {"for": "30s"}}], "seed": 5}
    with real_server("better-auth") as server:
        run = rehearse(config("targets", name) | {"url": server.url}, profile=profile, environ=server.secrets)
        seen = server.counts()
    assert run.json()["verdicts"]["objectives"]["answer"] == "yes", run.output
    assert run.json()["verdicts"]["correct"]["answer"] == "yes", run.output
    assert run.code == 0, run.output
    ended = {outcome for row in run.json()["steps"] for outcome, count in row["outcomes"].items() if count}
    assert ended == {"good"}, run.output
    made = run.counts()
    assert seen.logins == made["login"] + made["sign-in"] > 300
    assert seen.families_ended == made["logout"] > 100
    assert made["validate"] > 900
    assert (seen.refused, seen.overlaps) == ({}, 0)


@pytest.mark.parametrize(
    ("name", "validation"),
    [
        ("oidc-provider", "introspection"),
        ("django-oauth-toolkit", "userinfo"),
        pytest.param("oidc-provider", "userinfo", marks=pytest.mark.long),
        pytest.param("django-oauth-toolkit", "introspection", marks=pytest.mark.long),
    ],
)
def test_half_a_minute_through_a_real_servers_login_pages_breaks_nothing(rehearse, name, validation):
    """Authorization code with PKCE, consent, refresh with rotation, client credentials, revocation; all at once."""
    target = config("targets", f"{name}-code") | {"validation": {"by": validation}}
    arrivals = {"login": "4/s", "service": "4/s", "refresh": "6/s", "validate": "12/s", "session": "2/s"}
    stages = [{"warm-up": {"for": "4s", "from": "0/s", "measured": False}}, {"steady": {"for": "30s"}}]
    profile = {"name": "pages", "arrivals": arrivals, "stages": stages, "seed": 5}
    with real_server(name) as server:
        moved = {"url": server.url} | ({"issuer": server.issuer} if "issuer" in target else {})
        run = rehearse(target | moved, profile=profile, environ=server.secrets)
        seen = server.counts()
    assert run.code == 0, run.output
    rows = [row for row in run.json()["steps"] if row["stage"] == "all"]
    assert [row["step"] for row in rows if row["outcomes"].get("broken") or row["outcomes"].get("wrong")] == []
    made = run.counts()
    steps = ("page", "credentials", "consent", "code")
    assert {made[f"login: {part}"] for part in steps} == {made["login: page"]}  # nobody got stuck on the way
    assert seen.grants["authorization_code"] == made["login: code"] + made["sign-in: code"] > 150
    assert seen.grants["client_credentials"] == made["service"] > 100
    assert seen.grants["refresh_token"] == made["refresh"] > 150
    assert seen.refused.get("login_page", 0) == seen.refresh_reuse == seen.overlaps == 0
