"""What every file of a run tells of receivers: delivery times, and what could not be delivered."""

from dataclasses import replace

import pytest

from authstorm.report.terminal import verdict_text
from authstorm.watch.facts import AlertSpan, Delivery

SPANS = (
    AlertSpan("target-down", "critical", 31.0, 33.0, 50.0, "Nothing was served."),
    AlertSpan("login-slow", "warning", 40.0, 42.0, None, "p95 was 3 s."),
)
WHY = "status-401: it answered 401 <b>no</b>"
DELIVERIES = (
    Delivery(0, "firing", "chat", 0.412, 1, "200 ok"),
    Delivery(0, "firing", "on-call", None, 1, WHY),
    Delivery(0, "resolved", "chat", 2.5, 3, "200 ok"),
    Delivery(1, "firing", "chat", 0.9, 1, "200 ok"),
    Delivery(-1, "final", "chat", None, 2, "timeout: no answer in time"),
)


@pytest.fixture
def told(write_storm, storm):
    return write_storm(replace(storm, run=replace(storm.run, alerts=SPANS, deliveries=DELIVERIES)))


def test_every_alert_has_its_deliveries_and_every_receiver_its_sums(told):
    _, summary = told
    assert [
        [(each.receiver, each.state, each.after_s, each.tries) for each in alert.deliveries] for alert in summary.alerts
    ] == [
        [("chat", "firing", 0.41, 1), ("on-call", "firing", None, 1), ("chat", "resolved", 2.5, 3)],
        [("chat", "firing", 0.9, 1)],
    ]
    assert [(each.name, each.delivered, each.undelivered, each.slowest_s, each.why) for each in summary.receivers] == [
        ("chat", 3, 1, 2.5, "timeout: no answer in time"),
        ("on-call", 0, 1, None, WHY),
    ]


def test_the_page_has_both(told):
    page = (told[0] / "report.html").read_text("utf-8")
    assert "chat, firing: 0.4 s; on-call, firing: not delivered; chat, resolved: 2.5 s" in page
    assert "status-401: it answered 401 &lt;b&gt;no&lt;/b&gt;" in page
    assert 'aria-label="Who was told"' in page


def test_so_has_the_summary_for_a_pipeline(told):
    text = (told[0] / "summary.md").read_text("utf-8")
    assert "| chat | timeout: no answer in time | 3 | 1 | 2.5 s |" in text
    assert "&lt;b&gt;no" in text


def test_the_terminal_names_who_was_not_told(told):
    folder, summary = told
    text = " ".join(verdict_text(summary, folder).split())
    assert "chat was not told 1 of 4 notices: timeout" in text
    assert "on-call was not told 1 of 1 notices: status-401" in text


def test_without_receivers_nothing_is_said_of_them(write_storm, storm):
    folder, summary = write_storm(replace(storm, run=replace(storm.run, alerts=SPANS)))
    assert summary.receivers == ()
    assert "Who was told" not in (folder / "report.html").read_text("utf-8") + (folder / "summary.md").read_text(
        "utf-8"
    )
