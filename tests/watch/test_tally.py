"""The tally: rows by step, stage, code and second, and what workers ship."""

from __future__ import annotations

import re
from random import Random

import msgpack
import pytest

from authstorm.watch.rows import NO_TIMES
from authstorm.watch.tally import Tally


def shipped(tally, until_second=None):
    """What a closed tally sends, as it comes out of Locust's wire format."""
    return msgpack.loads(msgpack.dumps(tally.closed(until_second)), strict_map_key=False)


def rows_of(tally):
    return (tally.step_rows(), tally.stage_rows(), tally.code_rows(), list(tally.second_rows()))


@pytest.fixture
def many(sample):
    """Two thousand samples over 30 seconds, out of order."""
    draw = Random(11)
    return [
        sample(
            draw.uniform(0, 30),
            draw.choice(["good", "good", "good", "shed", "broken", "refused", "wrong"]),
            draw.choice([4.0, 8.0, 16.0, 64.0]),
            step=draw.choice(["login", "refresh"]),
            stage=draw.choice([0, 1]),
        )
        for _ in range(2000)
    ]


def test_a_step_row_counts_the_five_outcomes(sample):
    outcomes = ["good"] * 5 + ["refused"] * 4 + ["shed"] * 3 + ["broken"] * 2 + ["wrong"]
    (row,) = Tally.of(sample(outcome=outcome) for outcome in outcomes).step_rows()
    assert (row.count, row.good, row.refused, row.shed, row.broken, row.wrong) == (15, 5, 4, 3, 2, 1)
    assert (row.step, row.stage, row.size) == ("login", None, 1500)
    assert row.share("shed") == 0.2


def test_a_refusal_that_was_asked_for_is_no_failure_and_a_wrong_answer_always_is_one(sample):
    tally = Tally.of(
        [
            sample(),
            sample(outcome="refused", expected=True),
            sample(outcome="refused", expected=False),
            sample(outcome="good", expected=False),
            sample(outcome="wrong", expected=True),
        ]
    )
    (row,) = tally.step_rows()
    assert (row.expected, row.failed) == (1, 3)
    assert {(each.outcome, each.failed) for each in tally.failures()} == {("refused", 1), ("good", 1), ("wrong", 1)}


def test_times_of_good_steps_and_of_others_are_kept_apart(sample):
    fast = [sample(outcome="shed", latency_ms=2.0) for _ in range(20)]
    slow = [sample(latency_ms=500.0) for _ in range(20)]
    (row,) = Tally.of([*fast, *slow]).step_rows()
    assert (row.latency.count, row.latency.max_ms) == (20, pytest.approx(500))
    assert (row.service.count, row.service.max_ms) == (20, pytest.approx(250))
    assert (row.failure_latency.count, row.failure_latency.max_ms) == (20, pytest.approx(2))
    assert row.latency.p95_ms == pytest.approx(500)
    assert row.latency.p99_ms is None, "twenty samples do not support it"


def test_stages_can_be_picked_and_listed(sample):
    tally = Tally.of([sample(stage=0), sample(stage=1), sample(stage=1, step="refresh"), sample(stage=2)])
    assert [(row.stage, row.step, row.count) for row in tally.stage_rows()] == [
        (0, "login", 1),
        (1, "login", 1),
        (1, "refresh", 1),
        (2, "login", 1),
    ]
    assert [(row.step, row.count) for row in tally.step_rows({1, 2})] == [("login", 2), ("refresh", 1)]
    assert tally.total({0, 1}).count == 3
    assert tally.total(()).count == 0


def test_code_rows_tell_where_a_code_came_from_and_begin_with_the_most_frequent(sample):
    tally = Tally.of([sample(), sample(outcome="shed"), sample(outcome="shed"), sample(outcome="broken", code="reset")])
    first, *_ = tally.failures()
    assert (first.step, first.scenario, first.stage, first.outcome, first.code) == (
        "login", "visit", 0, "shed", "rate-limited",
    )  # fmt: skip
    assert [(row.code, row.count) for row in tally.failures()] == [("rate-limited", 2), ("reset", 1)]
    assert len(tally.code_rows()) == 3


def test_second_rows_come_in_order_of_time_step_and_outcome(sample):
    tally = Tally.of(
        [sample(2.5), sample(0.5, "shed"), sample(0.5), sample(0.6, step="a"), sample(0.7, expected=False)]
    )
    assert [(row.second, row.step, row.outcome, row.count, row.expected) for row in tally.second_rows()] == [
        (0, "a", "good", 1, 1),
        (0, "login", "good", 2, 1),
        (0, "login", "shed", 1, 0),
        (2, "login", "good", 1, 1),
    ]


def test_second_rows_can_be_cut_and_widened(sample):
    tally = Tally.of(sample(second + 0.5, latency_ms=second + 1) for second in range(12))
    assert [row.second for row in tally.second_rows(3, 5)] == [3, 4, 5]
    wide = list(tally.second_rows(1, 11, width_s=5))
    assert [(row.second, row.count) for row in wide] == [(1, 5), (6, 5), (11, 1)]
    assert [row.latency.p50_ms for row in wide] == [pytest.approx(4, rel=0.01), pytest.approx(9, rel=0.01), None]


def test_rows_tell_nothing_of_open_seconds(sample):
    tally = Tally()
    tally.add(sample(1.5))
    tally.add(sample(2.5))
    tally.closed(2)
    assert (tally.count, tally.last_second) == (1, 1)
    tally.closed()
    assert (tally.count, tally.last_second) == (2, 2)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_reports_of_many_workers_add_up_to_one(many, workers):
    crew, master = [Tally() for _ in range(workers)], Tally()
    for number, each in enumerate(many):
        crew[number % workers].add(each)
        if number % 400 == 399:
            for name, worker in enumerate(crew):
                master.merge(shipped(worker, 15), str(name))
    for name, worker in enumerate(crew):
        master.merge(shipped(worker), str(name))
    for merged, single in zip(rows_of(master), rows_of(Tally.of(many)), strict=True):
        assert rounded(merged) == rounded(single)


def rounded(rows):
    """Rows with six decimals: the order of adding may change the last digits of a mean."""
    return [re.sub(r"\d+\.\d+", lambda number: f"{float(number[0]):.6f}", repr(row)) for row in rows]


def test_a_sample_for_a_closed_second_goes_out_with_the_next_report(sample):
    worker, master = Tally(), Tally()
    worker.add(sample(1.5))
    master.merge(shipped(worker, 3))
    worker.add(sample(1.6))
    assert [second for second, _ in worker.closed(2)["windows"]] == [1]
    worker.add(sample(1.7))
    master.merge(shipped(worker, 4))
    assert [(row.second, row.count) for row in master.second_rows()] == [(1, 2)]
    assert worker.count == 3


def test_a_report_without_news_is_nearly_empty(sample):
    worker = Tally.of([sample()])
    assert worker.closed(9) == {"until": 9, "windows": [], "refusals": []}


def test_a_second_is_settled_when_every_worker_has_closed_it(sample):
    master = Tally()
    assert master.settled_second == 0
    master.merge({"until": 5, "windows": [], "refusals": []}, "a")
    master.merge({"until": 3, "windows": [], "refusals": []}, "b")
    assert master.settled_second == 3
    master.forget("b")
    assert master.settled_second == 5
    master.merge(shipped(Tally.of([]), None), "a")
    assert master.settled_second == 1, "all have ended, and no second had a sample"


def test_old_seconds_keep_their_rows_without_their_histograms(many):
    full, thrifty = Tally.of(many), Tally(detail_s=5)
    for each in sorted(many, key=lambda each: each.done_s):
        thrifty.add(each)
    for second in range(31):
        thrifty.closed(second)
    for kept, all_there in zip(rows_of(thrifty), rows_of(full), strict=True):
        assert rounded(kept) == rounded(all_there)
    assert len(thrifty._seconds) == 5


def test_a_late_sample_for_an_old_second_is_counted_and_can_raise_its_maximum(sample):
    tally = Tally(detail_s=2)
    for second in range(5):
        tally.add(sample(second + 0.5, latency_ms=10.0))
        tally.add(sample(second + 0.5, latency_ms=10.0))
    tally.closed()
    tally.add(sample(0.9, latency_ms=40.0))
    tally.closed()
    first = next(tally.second_rows())
    assert (first.second, first.count, first.expected) == (0, 3, 3)
    assert first.latency.max_ms == pytest.approx(40)
    assert first.latency.mean_ms == pytest.approx(20)
    assert first.latency.p50_ms == pytest.approx(10), "the percentile of the larger part"


def test_a_late_sample_of_a_new_kind_finds_its_place_among_old_seconds(sample):
    tally = Tally(detail_s=1)
    for done_s, outcome in ((0.5, "good"), (4.5, "shed"), (6.5, "good"), (2.5, "shed"), (2.6, "good")):
        tally.add(sample(done_s, outcome))
        tally.closed()
    rows = [(row.second, row.outcome, row.count) for row in tally.second_rows()]
    assert rows == [(0, "good", 1), (2, "good", 1), (2, "shed", 1), (4, "shed", 1), (6, "good", 1)]
    assert [(row.second, row.count) for row in tally.second_rows(width_s=4)] == [(0, 2), (0, 1), (4, 1), (4, 1)]


def test_an_empty_tally_has_no_rows():
    tally = Tally.of([])
    assert rows_of(tally) == ([], [], [], [])
    assert (tally.count, tally.last_second, tally.total().latency) == (0, None, NO_TIMES)
