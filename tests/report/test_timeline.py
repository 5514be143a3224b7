"""The run second by second: the table's text, the page's data, and what is kept between two looks."""

import json

import pytest

from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from authstorm.report.blocks import Block, blocks
from authstorm.report.digest import Watched
from authstorm.report.timeline import Timeline
from authstorm.report.words import OUTCOMES
from authstorm.watch.facts import RunFacts
from authstorm.watch.health import Health
from authstorm.watch.sample import Sample
from authstorm.watch.tally import Tally

SHORT = Schedule(
    (Stage("baseline", 0, 2.5), Stage("spike", 2.5, 12)),
    (Stream("login", Curve((Segment(0, 12, 2, 2),)), phase=0.5),),
)


def good(done_s, ms=10.0, step="login", outcome="good"):
    return Sample(step, "login", 0, outcome, "ok", outcome == "good", done_s - ms / 1000, done_s, done_s, 1)


def looked_at(timeline, tally, health=None, ended_s=12.0, *, complete=False, pause=lambda: None):
    health = health or Health()
    watched = Watched(tally, health, None, RunFacts(ended_s=ended_s), complete)
    timeline.refresh(watched, health.each_second(), pause)
    return timeline


def points_of(timeline):
    data = json.loads(timeline.chart_json())
    return [dict(zip(data["columns"], row, strict=True)) for row in data["seconds"]]


def cells_by_step(timeline):
    """What each second tells of each step by its name: numbers are given as steps appear."""
    names = json.loads(timeline.chart_json())["steps"]
    return [{names[cell[0]]: cell[1:] for cell in point["cells"]} for point in points_of(timeline)]


@pytest.mark.parametrize(
    ("last", "length", "expected", "gloss"),
    [
        (0, 5, [(0, 0, "baseline")], "one second"),
        (3, 5, [(0, 1, "baseline"), (2, 3, "spike")], "cut where the middle of a second is in the next stage"),
        (8, 5, [(0, 1, "baseline"), (2, 6, "spike"), (7, 8, "spike")], "cut at the length"),
        (13, 9, [(0, 1, "baseline"), (2, 10, "spike"), (11, 13, "spike")], "after the end it is the last stage"),
    ],
)
def test_seconds_are_cut_into_blocks_at_stage_borders(last, length, expected, gloss):
    assert list(blocks(SHORT, last, length, str)) == [Block(*each) for each in expected], gloss


def test_the_table_has_a_row_for_each_second_step_and_outcome():
    samples = [good(0.5, 10), good(0.6, 30), good(0.7, 5, outcome="shed"), good(1.5, 8, step="a,b")]
    timeline = looked_at(Timeline(SHORT, str), Tally.of(samples), ended_s=2)
    assert timeline.csv_text().splitlines() == [
        "second,stage,step,outcome,count,expected,offered,p50_ms,p95_ms,p99_ms,max_ms",
        "0,baseline,login,good,2,2,2,10.0,,,30.0",
        "0,baseline,login,shed,1,0,2,,,,5.0",
        '1,baseline,"a,b",good,1,1,2,,,,8.0',
    ]


def test_a_chart_shows_the_slowest_where_a_percentile_has_too_few_steps():
    samples = [*(good(0.5, 10) for _ in range(19)), good(0.5, 40), *(good(1.5, 10) for _ in range(18)), good(1.5, 40)]
    first, second = points_of(looked_at(Timeline(SHORT, str), Tally.of(samples)))[:2]
    assert first["cells"] == [[0, [20, 0, 0, 0, 0], 10.0, 10.0, 40.0]], "p95 speaks from 20, p99 does not"
    assert second["cells"] == [[0, [19, 0, 0, 0, 0], 10.0, 40.0, 40.0]], "19 do not support a p95"


def test_arrivals_come_from_the_plan_even_when_nobody_noted_them():
    points = points_of(looked_at(Timeline(SHORT, str), Tally.of([good(11.5)])))
    assert [point["offered"] for point in points] == [2] * 12
    assert {point["started"] for point in points} == {None}


def test_a_closed_model_offers_what_came_to_be(storm):
    closed = Schedule(storm.plan.schedule.stages, storm.plan.schedule.streams, model="closed")
    points = points_of(looked_at(Timeline(closed, str), storm.tally, storm.health, 69.0))
    assert points[40]["offered"] == storm.health.each_second()[40].offered == 200


def test_every_sample_is_on_the_charts_and_in_the_table(storm, rows_of):
    timeline = looked_at(Timeline(storm.plan.schedule, str), storm.tally, storm.health, 69.0, complete=True)
    charted = sum(sum(cell[1]) for point in points_of(timeline) for cell in point["cells"])
    tabled = sum(int(row["count"]) for row in rows_of(timeline.csv_text()))
    shown = sum(sum(row.counts) for row in timeline.table())
    assert charted == tabled == shown == len(storm.samples)


def test_looking_again_and_again_ends_as_looking_once(storm):
    often, once = (Timeline(storm.plan.schedule, str) for _ in range(2))
    tally = Tally()
    for sample in sorted(storm.samples, key=lambda sample: sample.done_s):
        if tally.last_second is None or sample.done_s >= tally.last_second + 5:
            tally.closed(int(sample.done_s))
            looked_at(often, tally, storm.health, sample.done_s)
        tally.add(sample)
    tally.closed()
    looked_at(often, tally, storm.health, 80.0, complete=True)
    looked_at(once, tally, storm.health, 80.0, complete=True)
    assert often.csv_text() == once.csv_text()
    assert cells_by_step(often) == cells_by_step(once)


def test_what_has_settled_is_not_rendered_again(storm):
    timeline = Timeline(storm.plan.schedule, str)
    rendered = []
    looked_at(timeline, storm.tally, storm.health, 69.0, pause=lambda: rendered.append(1))
    first, rendered[:] = len(rendered), []
    looked_at(timeline, storm.tally, storm.health, 70.0, pause=lambda: rendered.append(1))
    assert first >= 14
    assert len(rendered) <= 3


def test_a_late_sample_is_in_the_final_files(storm):
    tally, timeline = Tally.of([good(0.5), good(11.5)]), Timeline(SHORT, str)
    looked_at(timeline, tally, ended_s=12.0)
    tally.add(good(0.6))
    tally.closed()
    looked_at(timeline, tally, ended_s=12.0)
    assert points_of(timeline)[0]["cells"][0][1][0] == 1, "while the run goes on the past is kept"
    looked_at(timeline, tally, ended_s=12.0, complete=True)
    assert points_of(timeline)[0]["cells"][0][1][0] == 2


def test_a_long_run_has_points_of_several_seconds_and_a_table_of_single_ones(rows_of):
    long = Schedule((Stage("soak", 0, 6000),), (Stream("login", Curve((Segment(0, 6000, 1, 1),)), phase=0.5),))
    tally = Tally.of(good(second + 0.5) for second in range(6000))
    timeline = looked_at(Timeline(long, str), tally, ended_s=6000.0, complete=True)
    points = points_of(timeline)
    assert (timeline.point_s, len(points)) == (4, 1500)
    assert {point["cells"][0][1][0] for point in points} == {4}
    assert {point["offered"] for point in points} == {4}
    assert len(rows_of(timeline.csv_text())) == 6000
    assert len(timeline.table()) == 300


def test_names_are_redacted_in_the_table_the_charts_and_the_rows():
    schedule = Schedule((Stage("hush-stage", 0, 3),), SHORT.streams)
    timeline = Timeline(schedule, lambda text: text.replace("hush", "[redacted]"))
    looked_at(timeline, Tally.of([good(0.5, step="hush-step")]))
    assert "hush" not in timeline.csv_text() + timeline.chart_json() + str(timeline.table())
    assert "[redacted]-step" in timeline.chart_json()


def test_outcomes_are_named_in_the_order_of_the_counts():
    data = json.loads(looked_at(Timeline(SHORT, str), Tally.of([good(0.5, outcome="wrong")])).chart_json())
    counts = data["seconds"][0][-1][0][1]
    assert data["outcomes"][counts.index(1)] == "wrong"
    assert tuple(data["outcomes"]) == OUTCOMES
