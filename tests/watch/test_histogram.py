"""The histogram: how far a percentile may be off, and that merging loses nothing."""

from __future__ import annotations

from math import ceil, inf, nan
from random import Random

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authstorm.watch.histogram import Histogram, supported

durations = st.floats(min_value=0.01, max_value=3_600_000, allow_nan=False)
percents = st.sampled_from([1, 25, 50, 90, 95, 99, 99.9, 100])


def histogram_of(values):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


def exact(values, p):
    """The value at the nearest rank."""
    return sorted(values)[max(0, ceil(round(p * len(values) / 100, 9)) - 1)]


def parts(histogram):
    return (histogram.buckets, histogram.count, histogram.min, histogram.max)


@given(st.lists(durations, min_size=1, max_size=300), percents)
def test_a_percentile_is_within_one_percent_of_the_sorted_values(values, p):
    assert histogram_of(values).percentile(p) == pytest.approx(exact(values, p), rel=0.01)


@given(durations)
def test_no_duration_from_ten_microseconds_to_an_hour_is_off_by_more_than_one_percent(value):
    """Between two values that keep the clamp to min and max away."""
    histogram = histogram_of([0.01, value, 3_600_000.0])
    assert histogram.percentile(50) == pytest.approx(value, rel=0.01)


@given(st.lists(durations, min_size=1), percents)
def test_a_percentile_lies_between_min_and_max(values, p):
    assert min(values) <= histogram_of(values).percentile(p) <= max(values)


@given(st.lists(st.lists(durations), min_size=1, max_size=5))
def test_histograms_of_parts_merge_to_the_histogram_of_the_whole(lists):
    merged = Histogram()
    for values in lists:
        merged.merge(histogram_of(values))
    whole = [value for values in lists for value in values]
    assert parts(merged) == parts(histogram_of(whole))
    assert merged.sum == pytest.approx(sum(whole))


@given(st.lists(durations))
def test_the_wire_carries_everything_through_msgpack(values):
    histogram = histogram_of(values)
    arrived = Histogram.from_wire(msgpack.loads(msgpack.dumps(histogram.to_wire())))
    assert (*parts(arrived), arrived.sum) == (*parts(histogram), histogram.sum)


def test_ten_thousand_log_normal_values_keep_their_percentiles():
    draw = Random(3)
    values = [draw.lognormvariate(3, 1.5) for _ in range(10_000)]
    histogram = histogram_of(values)
    for p in (50, 95, 99, 99.9):
        assert histogram.percentile(p) == pytest.approx(exact(values, p), rel=0.01)
    assert histogram.sum == sum(values)
    assert histogram.mean == sum(values) / 10_000
    assert (histogram.min, histogram.max) == (min(values), max(values))


@pytest.mark.parametrize(
    ("value", "counts_as"),
    [(0.0, 0.01), (-3.0, 0.01), (0.004, 0.01), (7_200_000.0, 3_600_000.0)],
    ids=["zero", "a clock set back", "below ten microseconds", "two hours"],
)
def test_values_outside_the_range_are_counted_at_its_border_and_keep_their_sum(value, counts_as):
    histogram = histogram_of([value])
    (bucket,) = histogram.buckets
    assert bucket == next(iter(histogram_of([counts_as]).buckets))
    assert (histogram.sum, histogram.min, histogram.max) == (value, value, value)


@pytest.mark.parametrize("value", [nan, inf])
def test_what_is_no_finite_number_is_refused(value):
    histogram = Histogram()
    with pytest.raises((ValueError, OverflowError)):
        histogram.add(value)
    assert histogram.count == 0


def test_an_empty_histogram_has_neither_mean_nor_percentile():
    assert (Histogram().mean, Histogram().percentile(50), Histogram().to_wire()) == (None, None, [])


@pytest.mark.parametrize(
    ("p", "least"),
    [(50, 2), (90, 10), (95, 20), (99, 100), (99.9, 1000), (99.99, 10_000), (100, 1)],
)
def test_a_percentile_needs_one_sample_beyond_it(p, least):
    assert supported(p, least)
    assert not supported(p, least - 1)


def test_counts_within_several_limits_are_those_within_each():
    histogram = Histogram()
    for number in range(2000):
        histogram.add(0.02 * 1.01**number % 5000)
    limits = [0.5, 1, 5, 20, 100, 1000, 4999, 6000]
    assert histogram.counts_within(limits) == [histogram.count_within(limit) for limit in limits]
