"""A search finds the limit of a server whose limit is known."""

import pytest

from .conftest import target_of
from .many import over_processes

LONGEST_S = 120
"""A search makes a probe again in which others took the generator's time; mostly it takes half as long."""


def searching(limit):
    return {
        "name": "searching",
        "mix": {"service": 1},
        "arrivals": f"{limit // 4}/s",
        "spacing": "even",
        "visit": "1s",
        "stages": [
            {"warm-up": {"for": "3s"}},
            {
                "search": {
                    "from": f"{limit // 3}/s",
                    "to": f"{limit * 4}/s",
                    "probe": "4s",
                    "precision": "3%",
                    "rule": "shed < 1%",
                }
            },
        ],
    }


@pytest.mark.real  # a minute each
@pytest.mark.parametrize(
    "limit", [pytest.param(40, marks=pytest.mark.long), 90, pytest.param(200, marks=pytest.mark.long)]
)
def test_a_search_finds_the_rate_that_the_target_admits(rehearse, sandbox, limit):
    sandbox.plant({"admission_per_s": limit})
    run = rehearse(target_of(sandbox), profile=searching(limit), environ=sandbox.environ, within_s=LONGEST_S)
    objective = run.json()["objectives"][0]
    assert objective["state"] == "holds", run.output
    found = float(objective["value"].split(": ")[1].split("/s")[0])
    assert found == pytest.approx(limit, rel=0.05), objective


@pytest.mark.real
@pytest.mark.long
def test_a_search_with_three_workers_finds_the_same(rehearse, sandbox):
    sandbox.plant({"admission_per_s": 120})
    asked = {"profile": searching(120), "environ": sandbox.environ, "options": over_processes(3)}
    run = rehearse(target_of(sandbox), **asked, within_s=LONGEST_S)
    found = float(run.json()["objectives"][0]["value"].split(": ")[1].split("/s")[0])
    assert found == pytest.approx(120, rel=0.05), run.output
