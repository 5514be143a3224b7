"""Exactly so many a second."""

from __future__ import annotations

import asyncio

import pytest

from authstorm.sandbox.faults.admission_per_s import Slices
from authstorm.sandbox.faults.reading import read_faults


@pytest.mark.parametrize(
    ("gloss", "per_s", "seconds", "admitted"),
    [
        ("whole tenths", 400, 3, 1200),
        ("less than one a slice", 3, 10, 30),
        ("no whole tenths", 77, 4, 308),
        ("less than one a second", 0.5, 10, 5),
        ("a fraction", 12.5, 8, 100),
    ],
)
def test_under_pressure_exactly_the_rate_is_admitted(gloss, per_s, seconds, admitted):
    slices = Slices(per_s)
    assert sum(slices.admits(tick / 2000) for tick in range(2000 * seconds)) == admitted


def test_no_slice_bursts_after_a_pause():
    slices = Slices(100)
    assert [slices.admits(5.0) for _ in range(12)] == [True] * 10 + [False] * 2


def test_what_a_slice_leaves_is_lost():
    slices = Slices(20)
    moments = [0.0, 0.11, 0.12, 0.13]
    assert [slices.admits(moment) for moment in moments] == [True, True, True, False]


def test_the_fault_admits_exactly_its_rate_and_refuses_the_rest():
    (fault,) = read_faults(b'{"admission_per_s": 50}')

    async def ask():
        return [await fault.before(None, tick / 1000) for tick in range(3000)]

    answers = asyncio.run(ask())
    assert answers.count(None) == 150
    assert {answer.status for answer in answers if answer is not None} == {429}
    assert fault.hits == 2850
