"""The generator's health: what a second adds up to over workers, and a run over seconds."""

from __future__ import annotations

from random import Random

import msgpack
import pytest

from authstorm.watch.health import Health, HealthReading, HealthSecond, p99_or_max
from authstorm.watch.histogram import Histogram


def test_workers_together_give_sums_of_counts_and_the_worst_of_all_else(generator):
    generator.second(12, worker="worker-0", offered=5, started=4, dropped=1, delays=[3.0], lags=[2.0], cpu_share=0.9)
    generator.second(12, worker="worker-1", offered=7, started=7, lags=[8.0], machine_cpu_share=0.7)
    (record,) = generator.health.each_second()
    assert record == HealthSecond(12, "", 12, 11, 1, 3.0, 8.0, 8.0, 0.9, 0.7, 80, 100, 10)
    assert generator.health.workers == ("worker-0", "worker-1")
    assert [each.worker for each in generator.health.seconds()] == ["worker-0", "worker-1"]


def test_a_total_covers_the_seconds_whose_middle_lies_in_its_stages(well):
    total = well.health.total({1})
    assert (total.seconds, total.offered, total.started, total.dropped) == (10, 200, 200, 0)
    assert total.start_delays.count == 200
    assert well.health.total().offered == 300
    assert well.health.total(()).seconds == 0


def test_the_percentiles_of_a_total_come_from_all_values_not_from_those_of_the_seconds(generator):
    for second in range(10, 20):
        generator.second(second, delays=[1.0] * 99 + [100.0 if second == 10 else 1.0])
    assert generator.health.total({1}).start_delays.percentile(99) == pytest.approx(1.0, rel=0.01)


def test_the_cpu_share_of_a_total_is_that_of_its_busiest_twentieth(generator):
    for second in range(20):
        generator.second(second, cpu_share=0.99 if second == 7 else second / 100)
    assert generator.health.total().cpu_share_p95 == 0.99
    assert generator.health.total({1}).cpu_share_p95 == 0.19


def test_records_of_each_worker_are_kept_for_the_newest_seconds_alone(well):
    health = Health(detail_s=3)
    for second in range(8):
        health.add(HealthReading(well.health.each_second()[second], Histogram(), Histogram()))
    assert [record.second for record in health.seconds()] == [5, 6, 7]
    assert [record.second for record in health.each_second()] == [*range(8)]


def test_a_reading_goes_over_the_wire_unchanged(well):
    delays = Histogram()
    delays.add(Random(1).random())
    reading = HealthReading(well.health.each_second()[0], delays, Histogram())
    arrived = HealthReading.from_wire(msgpack.loads(msgpack.dumps(reading.to_wire()), strict_map_key=False))
    assert arrived.second == reading.second
    assert arrived.start_delays.to_wire() == delays.to_wire()
    assert arrived.loop_lags.count == 0


@pytest.mark.parametrize(
    ("values", "answer"),
    [([], None), ([5.0], 5.0), ([1.0] * 98 + [50.0], 50.0), ([1.0] * 199 + [50.0], 1.0)],
    ids=["nothing", "one", "too few: the maximum", "enough: the 99th percentile"],
)
def test_too_few_values_for_a_percentile_are_judged_by_their_maximum(values, answer):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    assert p99_or_max(histogram) == (answer if answer is None else pytest.approx(answer, rel=0.01))


def test_arrivals_belong_to_the_stage_that_they_were_planned_in_whatever_second_noted_them(generator):
    """Five of the stage before are noted in second 10, since its last arrivals were taken up late."""
    generator.second(9, offered=10, started=5, by_stage=((0, 10, 5, 0),))
    generator.second(10, offered=20, started=25, by_stage=((0, 0, 5, 0), (1, 20, 20, 0)))
    assert generator.health.arrivals({0}) == (10, 10, 0)
    assert generator.health.arrivals({1}) == (20, 20, 0)
    assert (generator.health.total({0}).started, generator.health.total().started) == (10, 30)
    assert not generator.health.knows_arrivals(2)
