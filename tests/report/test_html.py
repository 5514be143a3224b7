"""The page: its numbers, its honesty about parts of runs, its size, and that no name in it can do harm."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import jinja2
import pytest

from authstorm.report import html
from authstorm.report.html import embedded
from authstorm.watch.facts import AlertSpan

HOSTILE = "</script><script>alert(1)</script><!--"


class Reader(HTMLParser):
    """Collects the elements and the text of each kind of element."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self._open = [], {}, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_data(self, data):
        for tag in self._open[-1:]:
            self.text.setdefault(tag, []).append(data)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="run-data">(.*?)</script>', page, re.DOTALL)[1])


def test_the_numbers_of_the_page_are_those_of_the_summary(written):
    folder, _ = written
    assert data_of((folder / "report.html").read_text())["summary"] == json.loads((folder / "summary.json").read_text())


def test_the_page_tells_the_timeline_of_the_table(written, rows_of):
    folder, _ = written
    timeline = data_of((folder / "report.html").read_text())["timeline"]
    shed = timeline["outcomes"].index("shed")
    charted = sum(cell[1][shed] for row in timeline["seconds"] for cell in row[-1])
    tabled = sum(
        int(row["count"]) for row in rows_of((folder / "timeline.csv").read_text()) if row["outcome"] == "shed"
    )
    assert charted == tabled > 0


def test_the_verdict_stands_on_top_with_its_exit_code(written):
    folder, summary = written
    reader = Reader((folder / "report.html").read_text())
    assert reader.text["h1"] == [summary.headline]
    assert "exit 0" in (folder / "report.html").read_text()
    assert "Partial" not in (folder / "report.html").read_text()


@pytest.mark.parametrize(
    ("facts", "complete", "said"),
    [
        ({}, False, "It was still going when this was written, 40 s after its start."),
        ({"interrupted": True}, True, "It was interrupted after 40 s."),
        ({"aborted_by": "broken < 5%"}, True, "It was stopped after 40 s by the rule “broken &lt; 5%”."),
    ],
)
def test_a_part_of_a_run_says_so_loudly(make_storm, write_storm, facts, complete, said):
    folder, _ = write_storm(make_storm(until_s=40.0, facts=facts), complete=complete, verdict=complete)
    page = (folder / "report.html").read_text()
    assert '<div class="partial" role="alert"><strong>Partial: this is not a whole run.' in page
    assert said in page
    assert ("if nothing is running any more, the run was killed" in page) is not complete


def test_once_prepared_no_page_compiles_its_template_while_a_load_runs(make_storm, write_storm, monkeypatch):
    html.page_environment.cache_clear()
    html.prepare()
    monkeypatch.setattr(jinja2.Environment, "compile", lambda *_: pytest.fail("compiled"))
    folder, _ = write_storm(make_storm(until_s=40.0), complete=False, verdict=False)
    assert data_of((folder / "report.html").read_text())


def test_no_name_can_end_its_element_or_begin_one(make_storm, write_storm):
    hostile = make_storm(
        profile=HOSTILE,
        target=HOSTILE,
        about=HOSTILE,
        meanings={"shed-503": HOSTILE},
        versions={HOSTILE: HOSTILE},
        effective={HOSTILE: HOSTILE},
        chapters={"refresh": HOSTILE},
    )
    folder, _ = write_storm(hostile)
    page = (folder / "report.html").read_text()
    scripts = [attrs for tag, attrs in Reader(page).tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "run-data"}, {}]
    assert data_of(page)["summary"]["run"]["profile"] == HOSTILE
    assert "alert(1)</script>" not in page


def test_embedded_data_means_the_same_after_its_escape():
    text = embedded(json.dumps({"step": HOSTILE + "&amp;"}), "[]")
    assert "<" not in text
    assert json.loads(text) == {"summary": {"step": HOSTILE + "&amp;"}, "timeline": []}


def test_the_page_needs_nothing_from_elsewhere(written):
    folder, _ = written
    reader = Reader((folder / "report.html").read_text())
    links = [attrs[key] for _, attrs in reader.tags for key in ("src", "href") if attrs.get(key)]
    assert {link for link in links if not link.startswith(("#", "data:"))} == set()
    policy = next(attrs["content"] for _, attrs in reader.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy


def test_each_kind_of_step_has_its_own_chapter_and_chart(written):
    folder, _ = written
    reader = Reader((folder / "report.html").read_text())
    charted = [attrs["data-step"] for _, attrs in reader.tags if "data-step" in attrs]
    assert charted == ["authorize", "login", "token", "refresh", "introspect", "userinfo"]
    assert [title for title in reader.text["h2"] if title in {"Login", "Refresh", "Validation"}] == [
        "Login", "Refresh", "Validation",
    ]  # fmt: skip


def test_an_alert_that_flaps_does_not_make_the_page_endless(storm, write_storm):
    spans = tuple(AlertSpan("flaps", "warning", at_s, at_s + 1.0, at_s + 2.0) for at_s in range(html.MOST_ALERTS + 9))
    folder, _ = write_storm(replace(storm, run=replace(storm.run, alerts=spans)))
    page = (folder / "report.html").read_text()
    assert page.count('scope="row"><span class="alert-mark"') == html.MOST_ALERTS
    assert "and 9 later ones in alerts.jsonl." in page


def test_ten_minutes_of_eight_steps_on_three_workers_stay_below_a_megabyte_and_a_half(ten_minutes, write_storm):
    folder, summary = write_storm(ten_minutes)
    assert len({step.step for step in summary.steps}) == 8
    assert summary.run.workers == 3
    assert len(data_of((folder / "report.html").read_text())["timeline"]["seconds"]) == 600
    assert (folder / "report.html").stat().st_size < 1_500_000
    assert (folder / "summary.md").stat().st_size < 60_000
