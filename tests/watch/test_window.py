"""The window: which second and cell a sample belongs to."""

from __future__ import annotations

import pytest

from authstorm.watch.window import Cell, OpenWindows


def counts(windows):
    return {second: {key: cell.count for key, cell in cells.items()} for second, cells in windows.items()}


@pytest.mark.parametrize(
    ("done_s", "second"),
    [(0.0, 0), (0.999, 0), (1.0, 1), (61.5, 61), (-0.2, 0), (-7.0, 0)],
    ids=["start", "end of a second", "border", "later", "just before the run", "long before the run"],
)
def test_a_sample_belongs_to_the_second_in_which_it_was_done(sample, done_s, second):
    windows = OpenWindows()
    windows.add(sample(done_s, planned_s=-9.0))
    assert list(windows.take()) == [second]


def test_step_scenario_stage_outcome_and_code_are_counted_apart(sample):
    one = sample()
    others = [
        one._replace(step="refresh"),
        one._replace(scenario="sign-up"),
        one._replace(stage=1),
        one._replace(outcome="shed"),
        one._replace(code="cached"),
    ]
    windows = OpenWindows()
    for each in (one, one, *others):
        windows.add(each)
    assert counts(windows.take())[0] == {one[:5]: 2} | {each[:5]: 1 for each in others}


def test_a_cell_adds_up_latency_service_size_and_what_was_asked_for(sample):
    cell = Cell()
    cell.add(sample(latency_ms=40.0))
    cell.add(sample(latency_ms=80.0, expected=False))
    assert (cell.count, cell.expected, cell.size) == (2, 1, 200)
    assert (cell.latency.min, cell.latency.max) == pytest.approx((40.0, 80.0))
    assert (cell.service.min, cell.service.max) == pytest.approx((20.0, 40.0))


def test_only_seconds_before_the_given_one_are_taken_out_and_in_order(sample):
    windows = OpenWindows()
    for done_s in (3.1, 1.1, 2.1, 1.2):
        windows.add(sample(done_s))
    assert [*windows.take(3)] == [1, 2]
    assert [*windows.take()] == [3]


def test_a_second_that_was_taken_out_opens_anew(sample):
    windows = OpenWindows()
    windows.add(sample(1.1))
    windows.take(2)
    windows.add(sample(1.2))
    assert counts(windows.take()) == {1: {sample()[:5]: 1}}


def test_a_cell_goes_over_the_wire_unchanged(sample):
    cell = Cell()
    cell.add(sample(latency_ms=40.0))
    arrived = Cell.from_wire(cell.to_wire())
    assert arrived.to_wire() == cell.to_wire()
    assert arrived.count == 1
