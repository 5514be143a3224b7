"""The picture of a plan: as high as its rates, named under its stages, and readable on any terminal."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from authstorm.__main__ import main
from authstorm.commands import plan as command
from authstorm.plan.advice import advise
from authstorm.plan.census import arrivals_by_stage, whole_load
from authstorm.plan.compile import compile_profile
from authstorm.plan.drawing import draw, grouped, in_ascii
from authstorm.plan.overview import overview
from authstorm.plan.profile import Profile
from authstorm.plan.rehearsal import load_rehearsal, names_in
from authstorm.plan.scenario import SCENARIOS

ROOT = Path(__file__).parents[2]
SPIKE = [
    {"warm-up": {"for": "10s", "from": "0/s", "measured": False}},
    {"baseline": {"for": "20s"}},
    {"spike": {"peak": "8x", "hold": "10s"}},
    {"recovery": {"for": "20s"}},
]


def schedule(*stages, **changes):
    profile = {"name": "p", "mix": {"login": 3, "validate": 1}, "arrivals": "10/s", "stages": list(stages)} | changes
    return compile_profile(Profile.model_validate(profile))


def rehearsal(name, target="sandbox", **changes):
    return load_rehearsal(name, target, ROOT / "config", **changes)


def chart(lines):
    """The rows of the load alone, without the axis."""
    return [
        line.split("┤")[-1].split("│")[-1] for line in lines[: next(i for i, line in enumerate(lines) if "└" in line)]
    ]


def test_the_height_of_each_column_is_the_load_there():
    rows = chart(draw(schedule(*SPIKE), 100))
    heights = [sum(row[column : column + 1] == "█" for row in rows) for column in range(len(rows[-1]))]
    highs = {round(80 * height / len(rows)) for height in heights if height}
    assert highs == {80, 10}  # eight lines of 10/s: the spike, and the baseline before and after it
    assert heights.count(len(rows)) == pytest.approx(len(rows[-1]) / 6, abs=1)  # 10 of 60 s


def test_a_spike_shorter_than_a_column_is_drawn_at_its_full_height():
    rows = chart(
        draw(schedule({"calm": {"for": "2h"}}, {"spike": {"peak": "8x", "hold": "1s"}}, {"end": {"for": "2h"}}))
    )
    assert "█" in rows[0]


def test_what_is_not_measured_is_shaded():
    rows = chart(draw(schedule(*SPIKE), 100))
    assert "▒" in rows[-1]
    assert "▒" not in rows[-1][len(rows[-1]) // 6 + 1 :]
    assert any("▒ not measured" in line for line in draw(schedule(*SPIKE)))
    assert not any("▒" in line for line in draw(schedule(*SPIKE[1:])))


def test_each_stage_is_named_where_it_begins():
    lines = draw(schedule(*SPIKE), 100)
    band = next(line for line in lines if "│baseline" in line)
    first = next(line for line in lines if "└" in line).index("└") + 1
    width = max(map(len, chart(lines)))
    for name, begins_s in (("warm-up", 0), ("baseline", 10), ("spike", 30), ("recovery", 40)):
        assert band.index(f"│{name}") - first == pytest.approx(begins_s / 60 * width, abs=1), name


def test_a_name_without_room_gives_way_to_its_number_in_the_table():
    band = next(
        line for line in draw(schedule({"a-long-name": {"for": "3s"}}, {"b": {"for": "57s"}}), 60) if "│b" in line
    )
    assert "│1" in band
    assert "a-long-name" not in band


@pytest.mark.parametrize(
    ("gloss", "stages", "label"),
    [
        ("a round peak", [{"a": {"for": "10s", "at": "200/s"}}], "200/s ┤"),
        ("a fraction", [{"a": {"for": "10s", "at": "0.3/s"}}], "0.3/s ┤"),
        ("thousands", [{"a": {"for": "10s", "at": "12000/s"}}], "12,000/s ┤"),
        ("nobody", [{"a": {"for": "10s", "at": "0/s"}}], "0 └"),
    ],
)
def test_the_axis_carries_round_rates(gloss, stages, label):
    assert any(label in line for line in draw(schedule(*stages))), gloss


@pytest.mark.parametrize("width", [60, 80, 100, 200])
@pytest.mark.parametrize("name", names_in(ROOT / "config/profiles"))
def test_no_line_of_a_shipped_profile_is_wider_than_asked_for(name, width):
    assert max(map(len, draw(rehearsal(name).schedule, width))) <= width


@pytest.mark.parametrize("name", names_in(ROOT / "config/profiles"))
@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_page_of_a_shipped_profile_fits_its_terminal(name, width):
    plan = rehearsal(name)
    assert max(map(len, overview(plan, advise(plan), width).splitlines())) <= width


def test_where_a_table_has_too_little_room_long_names_are_cut(tmp_path):
    mix = dict.fromkeys(SCENARIOS, 1)
    stages = [{"the quiet evening before": {"for": "9s"}}, {"doors": {"peak": "10x", "hold": "9s"}}]
    profile = {"name": "p", "mix": mix, "arrivals": "20/s", "stages": stages}
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(profile, sort_keys=False))
    plan = load_rehearsal(str(tmp_path / "p.yaml"), "sandbox", ROOT / "config")
    page = overview(plan, (), 80)
    assert max(map(len, page.splitlines())) <= 80
    assert "\n1 the qui~   0s  9s " in page
    assert "1  the quiet evening before" in overview(plan, (), 120)


@pytest.mark.parametrize("name", names_in(ROOT / "config/profiles"))
def test_without_unicode_the_page_is_the_same_in_ascii(name):
    plan = rehearsal(name)
    page = overview(plan, advise(plan))
    assert in_ascii(page).isascii()
    assert "?" not in in_ascii(page.replace("?", "").replace("░", ""))  # nothing that has no plain form
    assert [len(line) for line in in_ascii(page).splitlines()] == [len(line) for line in page.splitlines()]


def test_the_table_counts_each_arrival_in_its_stage():
    plan = schedule(*SPIKE)
    counts = arrivals_by_stage(plan)
    assert sum(count.total() for count in counts) == sum(stream.total for stream in plan.streams)
    moments = [moment for stream in plan.streams for moment in stream.arrivals()]
    assert [count.total() for count in counts] == [
        sum(stage.start_s <= moment < stage.end_s for moment in moments) for stage in plan.stages
    ]


@pytest.mark.parametrize(
    ("gloss", "span", "load"),
    [
        ("inside a ramp, its higher end", (0, 5), 5),
        ("a border belongs to both sides", (25, 30), 10),
        ("over a border, the higher side", (29, 31), 80),
        ("after everything", (60, 70), 0),
    ],
)
def test_the_highest_load_of_a_span(gloss, span, load):
    assert whole_load(schedule(*SPIKE)).highest(*span) == pytest.approx(load), gloss


def test_the_page_tells_stages_totals_accounts_seed_and_plan():
    plan = rehearsal("flash-sale", seed=5, scale=0.5)
    page = overview(plan, advise(plan))
    assert "flash-sale against sandbox (http://127.0.0.1:9080)" in page
    total = sum(stream.total for stream in plan.schedule.streams)
    assert f"arrivals  {total:,} planned (poisson), 100/s at the peak" in page
    assert f"plan      {plan.hash}, seed 5, scale 0.5, client wire" in page
    people = sum(plan.pool.peak.values())
    assert f"accounts  {people} needed, 5,000 there" in page
    spike = next(line.split() for line in page.splitlines() if line.startswith("3  spike"))
    assert spike[-2:] == ["100/s", "yes"]
    assert next(line for line in page.splitlines() if line.startswith("1  warm-up")).endswith(" no")


def test_sign_ins_outside_of_arrivals_are_told_where_there_are_any():
    plan = rehearsal("validation-peak")
    held = plan.pool.peak["validate"] + plan.pool.peak["refresh"]
    assert f"sign-ins  {held} before first visits, " in overview(plan, ())
    assert "sign-ins" not in overview(rehearsal("breakpoint"), ())


def test_a_closed_plan_counts_users_and_shows_when_renewals_come_due():
    plan = rehearsal("refresh-storm", "sandbox-short-lived")
    page = overview(plan, advise(plan))
    assert "users     600 at the peak" in page
    assert "renewals  1,500 come due, 167/s at the most" in page
    waves = next(line for line in page.splitlines() if line.lstrip().startswith("renewals 167/s"))
    assert len(waves.split("/s")[1].split()) == 3  # three waves with nothing between them


def test_warnings_stand_with_the_notes_and_are_counted():
    plan = replace(rehearsal("soak"), warnings=("nobody reads this",))
    page = overview(plan, ())
    assert "[note] nobody reads this\n" in page
    assert page.endswith("This plan can work; 1 note above.\n")


def test_a_plan_of_many_stages_keeps_to_one_page():
    stages = [{"round": {"times": 100, "stages": [{"up": {"for": "5s"}}, {"down": {"for": "5s"}}]}}]
    profile = Profile.model_validate({"name": "p", "mix": {"login": 1}, "arrivals": "1/s", "stages": stages})
    base = rehearsal("smoke")
    plan = type(base)(profile, base.target, compile_profile(profile), base.pool, 1.0, ())
    page = overview(plan, [])
    assert "and 160 more stages" in page
    assert len(page.splitlines()) < 80


@pytest.mark.parametrize(("number", "words"), [(1234567, "1,234,567"), (7.5, "7.5"), (0.333, "0.33"), (20, "20")])
def test_numbers_are_grouped(number, words):
    assert grouped(number) == words


def test_the_command_starts_nothing_and_needs_no_secret(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subprocess, "Popen", None)
    for name in ("SANDBOX_PASSWORD", "SANDBOX_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    assert main(["plan", "--profile", "flash-sale", "--config-dir", str(ROOT / "config")]) == 0
    assert "This plan can work" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("gloss", "arguments", "told"),
    [
        ("a plan that cannot work", ["--profile", "refresh-storm"], "This plan cannot work, for 1 reason"),
        ("a profile that is not there", ["--profile", "flash-sail"], "did you mean 'flash-sale'?"),
        ("a peak above the ceiling", ["--profile", "flash-sale", "--target", "CEILING"], "SCALE=0.25"),
    ],
)
def test_what_cannot_work_ends_with_2(gloss, arguments, told, capsys, tmp_path):
    target = tmp_path / "low.yaml"
    target.write_text((ROOT / "config/targets/sandbox.yaml").read_text("utf-8") + "ceiling: 50/s\n")
    asked = [str(target) if word == "CEILING" else word for word in arguments]
    assert main(["plan", *asked, "--config-dir", str(ROOT / "config")]) == 2, gloss
    said = capsys.readouterr()
    assert told in said.out + said.err, gloss


@pytest.mark.parametrize("scale", ["0", "-1", "nan", "inf", "much"])
def test_a_scale_that_is_none_is_refused(scale, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["plan", f"--scale={scale}"])
    assert ended.value.code == 2
    assert f"{scale}: write a factor above 0 (0.1) or a share (10%)" in capsys.readouterr().err


def test_a_terminal_without_unicode_gets_ascii(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    main(["plan", "--config-dir", str(ROOT / "config")])
    sys.stdout.flush()
    assert b"###" in raw.getvalue()
    assert raw.getvalue().isascii()


def test_a_terminal_is_filled_to_its_width(monkeypatch, capsys):
    monkeypatch.setattr(command, "get_terminal_size", lambda: os.terminal_size((140, 40)))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    main(["plan", "--config-dir", str(ROOT / "config")])
    assert max(map(len, capsys.readouterr().out.splitlines())) == 140
