"""The first wrong answers as the report tells them."""

import json
from dataclasses import replace

import pytest

from authstorm.plan.secrets import Redactor, Secret
from authstorm.watch.wrongs import WrongAnswer

TRACE = "00aa11bb22cc33dd44ee55ff66778899"


@pytest.fixture
def wronged(storm):
    answer = WrongAnswer(
        41.25, "login", "login", 2, "wrong-subject", "user7@example.test", "sub of the ID token", "s-7", "s-<9>", TRACE
    )
    untraced = answer._replace(done_s=50.0, stage=3, trace="")
    return replace(storm, run=replace(storm.run, wrongs=(answer, untraced)))


def test_they_stand_in_the_summary_with_the_time_of_day(write_storm, wronged):
    folder, _ = write_storm(wronged)
    first, second = json.loads((folder / "summary.json").read_text())["wrongs"]
    assert first == {
        "second": 41, "at_utc": "2026-11-23T20:15:41Z", "stage": "spike", "step": "login", "code": "wrong-subject",
        "identity": "user7@example.test", "what": "sub of the ID token", "expected": "s-7", "got": "s-<9>",
        "trace": TRACE,
    }  # fmt: skip
    assert (second["second"], second["stage"], second["trace"]) == (50, "recovery", "")


def test_they_stand_on_the_page(write_storm, wronged):
    folder, _ = write_storm(wronged)
    page = (folder / "report.html").read_text()
    assert '<h3 id="wrongs">The first wrong answers</h3>' in page
    assert f"<code>{TRACE}</code>" in page
    assert "for user7@example.test: sub of the ID token should be s-7, and is s-&lt;9&gt;" in page


def test_they_stand_in_the_markdown(write_storm, wronged):
    folder, _ = write_storm(wronged)
    rows = (folder / "summary.md").read_text().partition("## The first wrong answers")[2].splitlines()[4:6]
    told = "login | wrong-subject | user7@example.test | sub of the ID token | s-7 | s-&lt;9&gt;"
    assert rows == [
        f"| 41 | 2026-11-23T20:15:41Z | {told} | {TRACE} |",
        f"| 50 | 2026-11-23T20:15:50Z | {told} | not sent |",
    ]


def test_a_run_without_any_does_not_speak_of_them(written):
    folder, _ = written
    assert "first wrong answers" not in (folder / "summary.md").read_text() + (folder / "report.html").read_text()


def test_they_are_redacted_by_value(write_storm, wronged):
    told = wronged.run.wrongs[0]._replace(got="hunter2hunter2")
    storm = replace(wronged, run=replace(wronged.run, wrongs=(told,)))
    folder, _ = write_storm(storm, redact=Redactor([Secret("hunter2hunter2")]))
    for name in ("summary.json", "report.html", "summary.md"):
        text = (folder / name).read_text()
        assert "hunter2" not in text
        assert "redacted" in text
