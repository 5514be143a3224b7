"""From tally and health to what is told: values, not names."""

import pytest

from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from authstorm.report.digest import Watched, summarise
from authstorm.watch.facts import RunFacts
from authstorm.watch.health import Health, HealthReading, HealthSecond
from authstorm.watch.histogram import Histogram
from authstorm.watch.sample import Sample
from authstorm.watch.tally import Tally

SCHEDULE = Schedule(
    (Stage("warm-up", 0, 2, measured=False), Stage("spike", 2, 6)),
    (Stream("login", Curve((Segment(0, 6, 10, 10),))),),
)


def sample(second, ms, outcome="good", code="ok", expected=True, *, step="login", stage=1):
    return Sample(step, "login", stage, outcome, code, expected, second, second + 0.001, second + ms / 1000, 10)


def health_of(*records):
    health = Health(SCHEDULE.stage_at)
    for second, started, dropped, delay_ms in records:
        delays, lags = Histogram(), Histogram()
        delays.add(delay_ms)
        lags.add(delay_ms / 2)
        record = HealthSecond(second, "w", started + dropped, started, dropped, delay_ms, 1.0, delay_ms / 2,
                              0.25 * second, 0.1, 30, 50, started)  # fmt: skip
        health.add(HealthReading(record, delays, lags))
    return health


@pytest.fixture
def summary(make_storm):
    plan = make_storm(until_s=0, schedule=SCHEDULE).plan
    samples = [sample(0.5, 5.0, stage=0), *(sample(2.1, 10.0 + i) for i in range(20))]
    samples += [sample(3.2, 900.0, "shed", "shed-503", False), sample(3.3, 7.0, "refused", "wrong-password", True)]
    samples += [sample(3.4, 3.0, step="refresh"), sample(3.5, 500.0, "broken", "timeout", False, step="refresh")]
    health = health_of((0, 9, 1, 4.0), (2, 10, 0, 8.0), (3, 7, 3, 2.0))
    watched = Watched(Tally.of(samples), health, None, RunFacts(ended_s=4.0, workers=2), complete=False)
    return summarise("id", plan, watched, health.each_second())


def test_a_step_is_told_over_the_measured_stages_and_in_each_stage(summary):
    counts = [(row.step, row.stage, row.count, row.outcomes["good"], row.expected, row.failed) for row in summary.steps]
    assert counts == [
        ("login", "all", 22, 20, 1, 1),
        ("refresh", "all", 2, 1, 0, 1),
        ("login", "warm-up", 1, 1, 0, 0),
        ("login", "spike", 22, 20, 1, 1),
        ("refresh", "spike", 2, 1, 0, 1),
    ]


def test_success_and_failure_latency_stand_apart(summary):
    login = summary.steps[0]
    assert login.success.max_ms == pytest.approx(29.0, abs=0.01)
    assert login.success.p95_ms == pytest.approx(28.0, rel=0.01)
    assert login.success.p99_ms is None, "20 samples do not support a p99"
    assert login.failure.count == 2
    assert login.failure.max_ms == pytest.approx(900.0, abs=0.01)
    assert login.service.max_ms == pytest.approx(28.0, abs=0.01), "service starts when the first byte is sent"
    assert login.good_share == pytest.approx(20 / 22)


def test_a_stage_tells_its_arrivals_and_what_it_made_of_the_time_that_has_passed(summary):
    spike = summary.stages[1]
    assert (spike.offered, spike.started, spike.dropped) == (20, 17, 3)
    assert (spike.steps, spike.good, spike.failed) == (24, 21, 2)
    assert spike.good_per_s == pytest.approx(21 / 2), "two of its four seconds have passed"


def test_the_goodput_of_a_stage_leaves_out_sign_ins_for_which_no_arrival_asks(make_storm):
    plan = make_storm(until_s=0, schedule=SCHEDULE).plan
    samples = [sample(2.1, 10.0 + i, step=step) for i in range(6) for step in ("login", "sign-in", "sign-in: page")]
    watched = Watched(Tally.of(samples), health_of((2, 6, 0, 1.0)), None, RunFacts(ended_s=4.0), complete=False)
    spike = summarise("id", plan, watched, watched.health.each_second()).stages[1]
    assert (spike.good, spike.good_per_s) == (18, 6 / 2)


def test_codes_are_counted_over_scenarios_and_explained(summary):
    told = [(code.step, code.code, code.count, code.expected, code.meaning) for code in summary.codes]
    assert told == [
        ("login", "wrong-password", 1, 1, ""),
        ("login", "shed-503", 1, 0, "the server said 503: too busy"),
        ("refresh", "timeout", 1, 0, "no answer in time"),
    ]


def test_the_generator_tells_sums_and_the_worst(summary):
    generator = summary.generator
    assert (generator.offered, generator.started, generator.dropped) == (30, 26, 4)
    assert generator.start_delay_p99_ms == 8.0
    assert generator.loop_lag_max_ms == 4.0
    assert generator.cpu_share == 0.75


def test_nothing_watched_is_unknown_and_not_zero(make_storm):
    storm = make_storm(until_s=0)
    nothing = Watched(Tally(), Health(), None, storm.run, complete=False)
    summary = summarise("id", storm.plan, nothing, [])
    assert summary.generator.offered is None
    assert summary.generator.start_delay_p99_ms is None
    assert [stage.offered for stage in summary.stages] == [None] * 4
    assert [stage.good_per_s for stage in summary.stages] == [None] * 4
    assert summary.exit_code is None
    assert summary.verdicts.valid.answer == "unknown"


def test_the_whole_storm_adds_up(storm):
    watched = Watched(storm.tally, storm.health, storm.judged(), storm.run, complete=True)
    summary = summarise("id", storm.plan, watched, storm.health.each_second())
    assert sum(stage.steps for stage in summary.stages) == len(storm.samples)
    assert summary.generator.offered == sum(stream.total for stream in storm.plan.schedule.streams)
    shed = sum(code.count for code in summary.codes if code.outcome == "shed")
    assert shed == sum(sample.outcome == "shed" for sample in storm.samples) > 0
    assert summary.run.ended_utc == "2026-11-23T20:16:09Z"
