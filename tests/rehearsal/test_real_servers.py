"""A minute of every scenario against servers that nobody here wrote, by configuration alone."""

import pytest
import yaml

from tests.servers.real_server import real_server

from .conftest import config

pytestmark = pytest.mark.real


@pytest.mark.parametrize("name", ["oidc-provider", "django-oauth-toolkit"])
def test_a_minute_against_a_real_server_breaks_nothing(rehearse, name):
    with real_server(name) as server:
        target = config("targets", name)
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
