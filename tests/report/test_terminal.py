"""What the terminal shows before and after a run."""

from dataclasses import replace
from pathlib import Path

from authstorm.plan.rule_reader import read_rule
from authstorm.plan.schedule import Schedule
from authstorm.plan.search import SearchPlan
from authstorm.report.facts import VerdictPart
from authstorm.report.terminal import header, notes_text, unwritten_text, verdict_text
from authstorm.report.words import UNKNOWN

FOLDER = Path("reports/20261123T201500Z-sandbox-flash-sale")


def test_the_header_says_all_that_decides_the_result(storm):
    assert header(storm.plan, 2, FOLDER) == (
        "Authstorm: flash-sale against sandbox (http://127.0.0.1:8080)\n"
        "Doors open. Logins jump tenfold in two seconds, hold, and fall.\n"
        "\n"
        "stage                   from   for  arrivals  most a second\n"
        "warm-up (not measured)   0 s  10 s        99           18/s\n"
        "baseline                10 s  20 s       400           20/s\n"
        "spike                   30 s  19 s     3,440          200/s\n"
        "recovery                49 s  20 s       401           21/s\n"
        "\n"
        "69 s in all, 4,340 arrivals, 2 workers, seed 7\n"
        "report: reports/20261123T201500Z-sandbox-flash-sale\n"
    )


def test_a_closed_model_plans_no_arrivals(storm):
    closed = Schedule(storm.plan.schedule.stages, storm.plan.schedule.streams, model="closed")
    text = header(replace(storm.plan, schedule=closed), 1, FOLDER)
    assert "closed model, 1 worker" in text
    assert "3,440" not in text


def test_a_search_plans_no_arrivals_and_takes_as_long_as_it_needs(storm):
    search = SearchPlan(49.0, {"login": 1.0}, 20.0, 160.0, 6.0, 0.05, read_rule("shed < 1%"))
    schedule = Schedule(storm.plan.schedule.stages, storm.plan.schedule.streams, search=search)
    text = header(replace(storm.plan, schedule=schedule), 1, FOLDER)
    assert f"recovery                49 s  20 s         {UNKNOWN}          160/s" in text
    assert "at most 69 s in all, a search of at most 12 probes, 1 worker" in text


def test_the_verdict_has_three_answers_a_table_and_the_way_to_the_report(written):
    _, summary = written
    lines = verdict_text(summary, FOLDER).splitlines()
    assert "[ ok ] valid: yes" in lines
    assert "[ ok ] objectives met: yes" in lines
    assert "         - All 4 objectives are met." in lines
    login = next(line for line in lines if line.startswith("login"))
    assert login.split()[-4:-2] == [f"{summary.steps[2].success.p95_ms:.0f}", "ms"]
    assert lines[-2:] == [f"report: {FOLDER}/report.html", "exit code 0: passed"]


def test_a_failure_is_told_with_its_reason_and_every_exit_code(written):
    _, summary = written
    missed = replace(summary.verdicts, objectives=VerdictPart("no", ("The p95 was 908 ms. " * 10,)))
    text = verdict_text(
        replace(summary, verdicts=missed, exit_code=3, exit_codes=(3, 7), exit_meaning="objective missed"), FOLDER
    )
    assert "[FAIL] objectives met: NO\n         - The p95 was 908 ms." in text
    assert "exit code 3: objective missed (also applies: 7)" in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_columns_stand_in_line(written):
    _, summary = written
    lines = verdict_text(summary, FOLDER).splitlines()
    first = next(index for index, line in enumerate(lines) if line.startswith("step "))
    assert len({len(line) for line in lines[first : first + 7]}) == 1


def test_a_verdict_is_told_when_its_report_cannot_be_written(storm):
    text = unwritten_text(storm.judged(), FOLDER, OSError(28, "No space left on device"))
    assert text.startswith("[ ok ] valid: yes\n")
    assert "The report could not be written: No space left on device. What its folder holds is older.\n" in text
    assert text.endswith(f"\nfolder: {FOLDER}\nexit code 1: internal error\n")


def test_notes_are_broken_at_words_and_what_is_to_be_copied_is_left_whole():
    text = notes_text(["few-accounts: there are too few of them", "see https://storm.example.test/a-long-path"], 24)
    assert text == (
        "note: few-accounts:\n      there are too few\n      of them\n"
        "note: see\n      https://storm.example.test/a-long-path\n"
    )
