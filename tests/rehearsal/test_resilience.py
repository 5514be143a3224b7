"""An outage that begins and ends at known moments is told with its beginning and its end, right within a second."""

import time

import pytest
import requests

from .conftest import target_of

pytestmark = pytest.mark.long

ARRIVALS = {"seed": 11, "visit": "1s", "patience": "5s", "arrivals": {"service": "20/s", "validate": "20/s"}}
HOLD = {"name": "hold", "stages": [{"hold": {"for": "15s"}}]} | ARRIVALS
SPIKE = ARRIVALS | {
    "name": "spike",
    "stages": [
        {"baseline": {"for": "4s"}},
        {"spike": {"peak": "2x", "rise": "500ms", "hold": "2s", "fall": "500ms"}},
        {"recovery": {"for": "7s"}},
    ],
}


@pytest.fixture
def hit(rehearse, sandbox):
    """Run a profile with an outage between two moments of the run; gives what is told, and when it really began."""

    def run(profile, kind, from_s, for_s):
        began = []

        def plant(child):
            read = line = child.stdout.readline()
            while line and not line.startswith("report:"):  # written a few ms after the run's clock was started
                line = child.stdout.readline()
                read += line
            started_s = time.time()
            sandbox.plant({"outage": kind, "endpoints": ["token", "introspect"], "from_s": from_s, "for_s": for_s})
            planted_s = requests.get(f"{sandbox.url}/control/faults", timeout=5).json()["planted_s"]
            began.append(planted_s + from_s - started_s)
            return read

        ended = rehearse(target_of(sandbox), profile=profile, environ=sandbox.environ, stop=plant)
        return ended, began[0]

    return run


def test_an_outage_in_a_hold_is_told_from_its_first_bad_second_to_its_end(hit):
    run, began_s = hit(HOLD, "reset", from_s=4.6, for_s=3.3)
    told = run.json()["resilience"]
    assert told["onset_s"] == told["recovery_from_s"] == pytest.approx(began_s, abs=1), run.output
    assert told["onset_s"] + told["recovery_s"] == pytest.approx(began_s + 3.3, abs=1)
    assert told["recovery_at_least_s"] is None
    assert told["retained_goodput"] < 0.4  # of the seconds in which it was out, the first and the last in part
    (row,) = [rule for rule in run.json()["objectives"] if rule["name"] == told["error_budget_of"] == "broken < 1%"]
    assert told["error_budget_burnt"] == pytest.approx(float(row["value"].rstrip("%")), abs=0.01)
    assert f"| Recovered in | {told['recovery_s']:g} s |" in run.text("summary.md")
    assert f'name="recovery_s" value="{told["recovery_s"]}"' in run.text("junit.xml")
    assert f"recovered {told['recovery_s']:g} s after the first bad second" in run.output


def test_recovery_from_a_spike_counts_from_the_end_of_its_fall(hit):
    run, began_s = hit(SPIKE, "500", from_s=5.0, for_s=4.4)
    told = run.json()["resilience"]
    assert told["onset_s"] == pytest.approx(began_s, abs=1), run.output
    assert told["recovery_from_s"] == 7.0
    assert told["recovery_s"] == pytest.approx(began_s + 4.4 - 7.0, abs=1)
