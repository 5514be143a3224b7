"""What the report tells of guesses at passwords, and of the good users beside them."""

import re
from pathlib import Path

import pytest

from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from authstorm.report.digest import Watched, summarise
from authstorm.report.html import render_html
from authstorm.report.markdown import summary_markdown
from authstorm.report.terminal import verdict_text
from authstorm.report.timeline import Timeline
from authstorm.report.words import UNKNOWN
from authstorm.watch.facts import RunFacts
from authstorm.watch.health import Health
from authstorm.watch.sample import Sample
from authstorm.watch.tally import Tally
from tests.report.conftest import flash_sale_plan

STAGES = (Stage("calm", 0, 10), Stage("spike", 10, 20))
SCHEDULE = Schedule(STAGES, (Stream("login", Curve((Segment(0, 20, 20, 20),))),))


def samples(*kinds):
    """So many of a step in a stage: ``(count, step, outcome, stage)``; an expected refusal is that of a guess."""
    for count, step, outcome, stage in kinds:
        at_s = STAGES[stage].start_s + 1
        for number in range(count):
            is_expected = outcome == "good" or (step.startswith("guess") and outcome == "refused")
            yield Sample(step, "any", stage, outcome, "c", is_expected, at_s, at_s, at_s + 0.001 * (number + 1), 9)


@pytest.fixture
def told():
    def make(*kinds):
        plan = flash_sale_plan(schedule=SCHEDULE)
        watched = Watched(Tally.of(samples(*kinds)), Health(), None, RunFacts(20.0), complete=True)
        return summarise("run", plan, watched, [])

    return make


KINDS = [
    (200, "login", "good", 0), (90, "login", "good", 1), (10, "login", "refused", 1), (5, "sign-in", "refused", 1),
    (38, "guess", "refused", 1), (1, "guess", "wrong", 1), (1, "guess", "shed", 1),
]  # fmt: skip


def test_each_stage_has_its_guesses_beside_good_users_success_and_p99(told):
    calm, spike = told(*KINDS).guessing
    assert (calm.stage, calm.guesses, calm.sign_ins, calm.good_share, calm.locked_out) == ("calm", 0, 200, 1.0, 0)
    assert calm.p99_ms == pytest.approx(198, rel=0.02)
    assert (spike.guesses, spike.refused, spike.let_in) == (40, 38, 1)
    assert (spike.sign_ins, spike.good_share, spike.locked_out) == (105, 0.9, 15)


def test_through_a_login_page_what_carries_the_password_counts(told):
    pages = [
        (10, "guess: page", "good", 1), (10, "guess: credentials", "refused", 1), (1, "guess: code", "wrong", 1),
        (20, "login: page", "good", 1), (18, "login: credentials", "good", 1), (2, "login: credentials", "refused", 1),
    ]  # fmt: skip
    _, spike = told(*pages).guessing
    assert (spike.guesses, spike.refused, spike.let_in) == (10, 10, 1)
    assert (spike.sign_ins, spike.good_share, spike.locked_out) == (20, 0.9, 2)


def test_where_nobody_guesses_nothing_is_told(told):
    summary = told((30, "login", "good", 0), (5, "login", "refused", 1))
    assert summary.guessing == ()
    assert "guess" not in summary_markdown(summary, 20).lower()
    assert "guesses" not in verdict_text(summary, Path("reports"))
    assert 'id="guessing"' not in render_html(summary, Timeline(SCHEDULE, str), "")


def test_the_lockout_collateral_stands_in_page_summary_and_terminal(told, tmp_path):
    summary = told(*KINDS)
    guesses = "Of 40 guesses at passwords 38 were refused, 1 let in, 1 limited or unanswered."
    sentence = f"{guesses} Of 305 sign-ins of good users 15 (4.9%) were refused"
    text = summary_markdown(summary, 20)
    assert sentence in text
    assert f"| spike | 40 | 38 | 1 | 105 | 90.0% | {UNKNOWN} | 15 |" in text
    assert sentence in " ".join(verdict_text(summary, tmp_path).split())
    page = render_html(summary, Timeline(SCHEDULE, str), "")
    assert sentence in page
    row = page.split('aria-label="Guesses, and good users beside them"')[1].split("</table>")[0].split("<tr>")[-1]
    assert re.findall(r">([^<>\n]+)</t", row) == ["spike", "40", "38", "1", "105", "90.0%", UNKNOWN, "15"]


def test_where_guesses_hurt_nobody_that_is_said_too(told):
    text = summary_markdown(told((200, "login", "good", 1), (9, "guess", "refused", 1)), 20)
    assert "Of 9 guesses at passwords 9 were refused, 0 let in. Of 200 sign-ins of good users none was refused." in text


def test_refusals_that_were_asked_for_are_no_failures(told):
    rows = {row.step: row for row in told(*KINDS).steps if row.stage == "spike"}
    assert (rows["guess"].expected, rows["guess"].failed) == (38, 2)
    assert rows["login"].failed == 10
