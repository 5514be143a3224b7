"""An outage that begins and ends at known moments is told with its beginning and its end, right within a second."""

import shutil
import time

import pytest
import requests

from .conftest import ROOT, target_of

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
def hit(rehearse, sandbox, tmp_path):
    """Run a profile with an outage between two moments of the run.

    Gives what is told, when it really began, and when the first alert was heard on the terminal.
    """
    shutil.copy(ROOT / "config" / "alerts.yaml", tmp_path)

    def run(profile, kind, from_s, for_s):
        moments = []

        def plant(child):
            read = line = child.stdout.readline()
            while line and not line.startswith("report:"):  # written a few ms after the run's clock was started
                line = child.stdout.readline()
                read += line
            started_s = time.time()
            sandbox.plant({"outage": kind, "endpoints": ["token", "introspect"], "from_s": from_s, "for_s": for_s})
            planted_s = requests.get(f"{sandbox.url}/control/faults", timeout=5).json()["planted_s"]
            moments.append(planted_s + from_s - started_s)
            while line and ") firing at " not in line:
                line = child.stdout.readline()
                read += line
            moments.append(time.time() - started_s)
            return read

        ended = rehearse(target_of(sandbox), profile=profile, environ=sandbox.environ, stop=plant)
        return ended, *moments

    return run


def test_an_outage_in_a_hold_is_told_from_its_first_bad_second_to_its_end(hit):
    run, began_s, heard_s = hit(HOLD, "reset", from_s=4.6, for_s=3.3)
    told = run.json()["resilience"]
    assert told["detect_s"] == pytest.approx(heard_s - began_s, abs=1), run.output
    assert told["onset_s"] == told["recovery_from_s"] == pytest.approx(began_s, abs=1), run.output
    assert told["onset_s"] + told["recovery_s"] == pytest.approx(began_s + 3.3, abs=1)
    assert told["recovery_at_least_s"] is None
    assert told["retained_goodput"] < 0.4  # of the seconds in which it was out, the first and the last in part
    (row,) = [rule for rule in run.json()["objectives"] if rule["name"] == told["error_budget_of"] == "broken < 1%"]
    assert told["error_budget_burnt"] == pytest.approx(float(row["value"].rstrip("%")), abs=0.01)
    assert f"| Recovered in | {told['recovery_s']:g} s |" in run.text("summary.md")
    assert f'name="recovery_s" value="{told["recovery_s"]}"' in run.text("junit.xml")
    assert f", {told['recovery_s']:g} s after the first bad" in " ".join(run.output.split())


def test_recovery_from_a_spike_counts_from_the_end_of_its_fall(hit):
    run, began_s, heard_s = hit(SPIKE, "500", from_s=5.0, for_s=4.4)
    told = run.json()["resilience"]
    assert told["onset_s"] == pytest.approx(began_s, abs=1), run.output
    assert told["detect_s"] == pytest.approx(heard_s - began_s, abs=1)
    assert told["recovery_from_s"] == 7.0
    assert told["recovery_s"] == pytest.approx(began_s + 4.4 - 7.0, abs=1)


def test_an_outage_that_outlasts_the_run_is_told_with_how_long_it_took_at_least(hit):
    run, began_s, _ = hit(HOLD | {"stages": [{"hold": {"for": "9s"}}]}, "500", from_s=4.4, for_s=60)
    told = run.json()["resilience"]
    assert told["recovery_s"] is None
    assert told["onset_s"] == pytest.approx(began_s, abs=1), run.output
    assert told["recovery_at_least_s"] == pytest.approx(9 - began_s, abs=1)
    assert told["retained_goodput"] < 0.2
    assert "s after the first bad second, when the run ended" in " ".join(run.output.split())
    assert f"| Not recovered | &gt; {told['recovery_at_least_s']:g} s |" in run.text("summary.md")
