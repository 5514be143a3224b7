"""summary.md: the verdict, the tables, and that it fits where it is shown."""

from dataclasses import replace

from authstorm.report.markdown import LIMIT_BYTES, summary_markdown


def test_verdict_exit_code_and_steps_are_in_it(written):
    folder, summary = written
    text = (folder / "summary.md").read_text()
    login = next(step for step in summary.steps if step.step == "login" and step.stage == "all")
    assert text.startswith(f"# {summary.headline}\n")
    assert "Exit code **0**: passed." in text
    assert "- ✅ **Objectives met: yes**\n  - All 4 objectives are met." in text
    row = next(line for line in text.splitlines() if line.startswith("| login | all |"))
    assert f"{login.success.p95_ms:.0f} ms" in row
    assert "Partial" not in text


def test_a_part_of_a_run_says_so(write_storm, half_storm):
    folder, _ = write_storm(half_storm, complete=False, verdict=False)
    text = (folder / "summary.md").read_text()
    assert "> **Partial:** it was still going when this was written, 40 s after its start." in text
    assert "Exit code **none yet**" in text


def test_names_cannot_break_a_table_or_bring_markup(written):
    _, summary = written
    steps = tuple(replace(step, step="a|b <img src=x> `c`\n# d") for step in summary.steps)
    text = summary_markdown(replace(summary, steps=steps), 200)
    assert "| a\\|b &lt;img src=x&gt; \\`c\\` \\# d |" in text
    assert "<img" not in text


def test_what_does_not_fit_is_left_out_and_said(written):
    _, summary = written
    steps = tuple(replace(step, step=f"{step.step}-{number}") for number in range(40) for step in summary.steps)
    text = summary_markdown(replace(summary, steps=steps), 200)
    assert len(text.encode()) < LIMIT_BYTES
    assert text.endswith("There is more in report.html and summary.json: it does not fit here.\n")
    assert "## Failures and refusals by code" in text
