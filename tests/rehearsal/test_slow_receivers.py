"""Two hundred alerts at once, and receivers that hang, fail or are not there: the load does not feel it."""

import pytest
import yaml

from tests.receivers.http_receiver import receiving

from .conftest import Sandbox, target_of

STAGES = [{"warm-up": {"for": "1s", "measured": False}}, {"steady": {"for": "14s"}}]
STEADY = {
    "name": "steady",
    "seed": 5,
    "visit": "1s",
    "arrivals": {"login": "25/s", "validate": "50/s"},
    "stages": STAGES,
}
ALL_AT_ONCE = {
    f"rule-{number}": {
        "when": "count", "of": {"steps": ["login", "introspect"]}, "for": "4s", "keep": "60s", "severity": "critical",
    }
    for number in range(200)
}  # fmt: skip

pytestmark = pytest.mark.long


@pytest.fixture
def server():
    server = Sandbox()
    yield server
    server.close()


def test_two_hundred_alerts_and_bad_receivers_change_nothing_of_the_load(rehearse, server, tmp_path):
    """Beside a run without any alert: planned, started and done the same within 1 %, start delay p99 within 5 ms."""

    def run(alerts):
        (tmp_path / "alerts.yaml").write_text(yaml.safe_dump(alerts))
        return rehearse(target_of(server), profile=STEADY, environ=server.environ).json()

    quiet = run({})
    with receiving(hold_s=30) as hanging, receiving(answer=lambda _: (500, {}, b"")) as failing, receiving() as well:
        urls = {"hanging": hanging.url, "failing": failing.url, "missing": "http://127.0.0.1:1", "well": well.url}
        receivers = {name: {"kind": "webhook", "url": url, "timeout": "40s"} for name, url in urls.items()}
        loud = run({"rules": ALL_AT_ONCE, "receivers": receivers, "last-call": "1s"})
    assert len(loud["alerts"]) == 200
    assert len({alert["fired_s"] for alert in loud["alerts"]}) == 1
    told = {receiver["name"]: receiver for receiver in loud["receivers"]}
    assert told["well"]["undelivered"] == 0
    assert [told[name]["delivered"] for name in ("hanging", "failing", "missing")] == [0, 0, 0]
    figures = {}
    for name, summary in (("quiet", quiet), ("loud", loud)):
        done = sum(step["count"] for step in summary["steps"] if step["stage"] == "all")
        figures[name] = {key: summary["generator"][key] for key in ("offered", "started", "dropped")} | {"done": done}
    for key, planned in figures["quiet"].items():
        assert figures["loud"][key] == pytest.approx(planned, rel=0.01), figures
    delays_ms = [summary["generator"]["start_delay_p99_ms"] for summary in (quiet, loud)]
    assert delays_ms[1] <= delays_ms[0] + 5, delays_ms
