"""What the terminal shows while the load runs: closed seconds alone, inside its size, and the terminal given back."""

import io
import logging

import pytest
from rich.console import Console

from authstorm.report.live_line import live_line
from authstorm.report.live_show import LiveShow
from authstorm.report.live_view import live_view
from authstorm.report.screen import Screen, has_screen
from authstorm.report.screen_parts import picture
from authstorm.watch.facts import AlertSpan
from authstorm.watch.tally import Tally

FIRING = AlertSpan("shed > 5% for 3s", "critical", bad_since_s=34.0, fired_s=37.0)
OVER = AlertSpan("login p95 > 800ms", "warning", bad_since_s=20.0, fired_s=21.0, resolved_s=25.0)


class Terminal(io.StringIO):
    """A terminal, as far as programs ask."""

    encoding = "utf-8"

    def isatty(self):
        return True


def at(storm, now_s):
    """The storm as it was closed at a moment: everything of the seconds before, and half of the one that is open."""
    tally = Tally()
    for sample in storm.samples:
        if sample.done_s < now_s:
            tally.add(sample)
    tally.closed(int(now_s))
    return live_view(tally, storm.health.each_second(), now_s)


def shown(storm, view, size=(80, 24), alerts=()):
    out = io.StringIO()
    console = Console(file=out, width=size[0], height=size[1])
    console.print(picture(storm.plan.schedule, "flash-sale against sandbox", view, alerts, size))
    return out.getvalue()


def test_the_open_second_does_not_make_rates_too_low(storm):
    view = at(storm, 42.5)
    good = sum(sample.outcome == "good" and 37 <= sample.done_s < 42 for sample in storm.samples)
    assert view.good_per_s == pytest.approx(good / 5)
    assert view.offered_per_s == view.started_per_s == 200.0
    assert live_line(storm.plan.schedule, view).startswith("  42 of 69 s  spike        offered  200.0/s")


def test_sign_ins_before_first_arrivals_are_no_goodput(storm):
    tally = Tally.of(sample._replace(step=step) for sample in storm.samples for step in ("login", "sign-in"))
    view = live_view(tally, storm.health.each_second(), 42.5)
    assert view.good_per_s == at(storm, 42.5).good_per_s > 0
    assert {step.name: step.good_per_s for step in view.steps} == dict.fromkeys(("login", "sign-in"), view.good_per_s)


def test_before_a_second_is_closed_there_is_nothing_to_say(storm):
    view = at(storm, 0.7)
    assert (view.over_s, view.good_per_s, view.p95_ms, view.steps) == (0, 0.0, None, ())
    assert "no second is over yet" in shown(storm, view)


def test_in_the_first_seconds_rates_are_over_what_there_is(storm):
    assert at(storm, 3.2).over_s == 3


def test_the_screen_says_stage_time_rates_steps_outcomes_alerts_and_generator(storm):
    text = shown(storm, at(storm, 45.0), alerts=(OVER, FIRING))
    for words in (
        "spike, 15 of 19 s", "24 s left of 69 s", "offered 200.0/s", "delivered 200.0/s", "goodput ",
        "in flight 400 of 600", "introspect", "◇ shed",
        "▲ shed > 5% for 3s critical, for 8 s, 1 resolved", "generator CPU",
    ):  # fmt: skip
        assert words in text
    assert "login p95 > 800ms" not in text


@pytest.mark.parametrize("size", [(80, 24), (50, 24), (40, 16), (200, 60)])
def test_the_screen_fits_its_terminal(storm, size):
    lines = shown(storm, at(storm, 45.0), size, alerts=(FIRING,) * 9).splitlines()
    assert max(map(len, lines)) <= size[0]
    assert len(lines) <= size[1] or size[0] < 70


def test_a_step_that_fails_shows_how_often(storm):
    failed = sum(s.step == "login" and s.outcome in {"shed", "broken"} and 42 <= s.done_s < 47 for s in storm.samples)
    line = next(line for line in shown(storm, at(storm, 47.0)).splitlines() if line.strip().startswith("login"))
    assert line.split()[-1] == str(failed)
    assert failed


@pytest.mark.parametrize(
    ("stream", "term", "expected"),
    [
        pytest.param(Terminal(), "xterm-256color", True, id="a terminal"),
        pytest.param(Terminal(), "dumb", False, id="one that cannot move its cursor"),
        pytest.param(io.StringIO(), "xterm", False, id="a pipe"),
    ],
)
def test_only_a_terminal_gets_a_screen(monkeypatch, stream, term, expected):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", term)
    assert has_screen(stream, {"TERM": term}) is expected


def test_behind_a_pipe_a_line_comes_every_five_seconds(storm):
    said = []
    show = LiveShow(storm.plan.schedule, None, said.append)
    for now_s in range(1, 18):
        show.show(storm.tally, storm.health.each_second(), now_s + 0.05)
    assert [line.split()[0] for line in said] == ["5", "10", "15"]
    show.close()


def test_the_screen_wipes_itself_and_gives_log_and_cursor_back(storm, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    handler = logging.StreamHandler(terminal)
    logger = logging.getLogger("authstorm.test-screen")
    logger.addHandler(handler)
    screen = Screen(storm.plan.schedule, "flash-sale", terminal)
    try:
        screen.open()
        screen.show(at(storm, 45.0))
        assert handler.stream is not terminal
        logger.warning("a line of the log")
        screen.show(at(storm, 46.0))
    finally:
        screen.close()
        screen.close()
        logger.removeHandler(handler)
    assert handler.stream is terminal
    assert "a line of the log\n" in terminal.getvalue()
    assert terminal.getvalue().rfind("\x1b[?25h") > terminal.getvalue().rfind("\x1b[?25l")


def test_no_color_is_respected(storm, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal = Terminal()
    screen = Screen(storm.plan.schedule, "flash-sale", terminal)
    screen.open()
    screen.show(at(storm, 47.0), (FIRING,))
    screen.close()
    assert "\x1b[36m" not in terminal.getvalue()
    assert "31m" not in terminal.getvalue()
