"""The summary in a pipeline's own page."""

import logging

from authstorm.report.step_summary import VARIABLE, append_step_summary


def test_it_is_appended_to_what_is_there(written, tmp_path):
    page, summary = tmp_path / "step.md", written[0] / "summary.md"
    page.write_text("before\n")
    assert append_step_summary(summary, {VARIABLE: str(page)})
    assert page.read_text("utf-8") == f"before\n{summary.read_text('utf-8')}\n"


def test_without_the_variable_nothing_happens(written):
    assert not append_step_summary(written[0] / "summary.md", {})
    assert not append_step_summary(written[0] / "summary.md", {VARIABLE: ""})


def test_a_place_that_refuses_is_said_and_breaks_nothing(written, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        assert not append_step_summary(written[0] / "summary.md", {VARIABLE: str(tmp_path)})
    assert "cannot append to GITHUB_STEP_SUMMARY" in caplog.text
