"""Clients that ask again make a storm of their own: what they make is counted, and told as amplification."""

import pytest

from .conftest import Sandbox, target_of

STAGES = [{"warm-up": {"for": "1s", "measured": False}}, {"calm": {"for": "4s"}}]
CROWD = {"name": "crowd", "seed": 3, "visit": "2s", "arrivals": {"login": "40/s"}, "stages": STAGES}


@pytest.fixture
def server():
    server = Sandbox()
    yield server
    server.close()


@pytest.mark.parametrize(
    ("retries", "least", "most"),
    [
        pytest.param({}, 1.0, 1.0, marks=pytest.mark.long),
        pytest.param({"login": "none"}, 1.0, 1.0, marks=pytest.mark.long),
        ({"login": {"how": "immediate", "honour-retry-after": False}}, 1.5, 3.0),
    ],
    ids=["left out", "none", "immediate"],
)
def test_a_server_that_sheds_is_asked_again_only_by_clients_that_do(rehearse, server, retries, least, most):
    server.plant({"admission_per_s": 10})
    run = rehearse(target_of(server), profile=CROWD | {"retries": retries}, environ=server.environ)
    amplification = run.json()["resilience"]["amplification"]
    assert least <= amplification <= most, run.output
    asked = sum(row["count"] for row in server.counts()["requests"] if row["endpoint"] == "token")
    assert asked == run.counts()["login"]
