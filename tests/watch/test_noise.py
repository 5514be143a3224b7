"""How much a run's own figures waver, and the slowest single steps."""

from itertools import pairwise
from random import Random

import msgpack
import pytest

from authstorm.watch.noise import HANDS, NO_NOISE
from authstorm.watch.tally import Tally


def steady(sample, seed, failing=0.0, seconds=40, per_s=20):
    """A tally of a service whose steps take a log-normal time around 50 ms."""
    draw = Random(seed)
    return Tally.of(
        sample(second + draw.random(), outcome, 50 * draw.lognormvariate(0, 0.3), expected=outcome == "good")
        for second in range(seconds)
        for outcome in draw.choices(["broken", "good"], [failing, 1 - failing], k=per_s)
    )


def test_the_noise_is_about_as_large_as_runs_differ(sample):
    """The standard error that one run tells of, beside the spread of the p50 over many runs."""
    tallies = [steady(sample, seed) for seed in range(30)]
    p50s = [tally.total().latency.p50_ms for tally in tallies]
    middle = sum(p50s) / len(p50s)
    spread = (sum((p50 - middle) ** 2 for p50 in p50s) / (len(p50s) - 1)) ** 0.5
    told = sum(tally.noise("login").p50_ms for tally in tallies) / len(tallies)
    assert told == pytest.approx(spread, rel=0.6)


def test_a_share_wavers_as_a_coin_does(sample):
    noise = steady(sample, 1, failing=0.2).noise("login")
    assert noise.failed_share == pytest.approx((0.2 * 0.8 / 800) ** 0.5, rel=0.7)
    assert noise.good_share == pytest.approx(noise.failed_share)


def test_what_never_differs_has_no_noise(sample):
    tally = Tally.of(sample(second + 0.5, latency_ms=20.0) for second in range(HANDS * 5))
    assert tally.noise("login").p95_ms == 0.0


def test_too_few_steps_tell_nothing(sample):
    assert Tally.of(sample(second + 0.5) for second in range(HANDS - 1)).noise("login") == NO_NOISE
    assert Tally.of(sample(second + 0.5) for second in range(HANDS)).noise("login").p50_ms is None
    assert Tally().noise("login") == NO_NOISE


def test_stages_are_apart_and_workers_are_together(sample):
    here, there = Tally(), Tally()
    for second in range(HANDS * 10):
        wavering_ms = second % HANDS if second < 40 else 0
        for tally, least_ms in ((here, 20.0), (there, 40.0)):
            tally.add(sample(second + 0.5, latency_ms=least_ms + wavering_ms, stage=second // 40))
    master = Tally()
    for worker in (here, there):
        master.merge(msgpack.loads(msgpack.dumps(worker.closed()), strict_map_key=False))
    assert master.noise("login", [0]).p95_ms > 0.5
    assert master.noise("login", [1]).p95_ms == pytest.approx(0.0, abs=1e-9)
    assert master.noise("login") == master.noise("login", [0, 1])
    assert master.noise("login", [7]) == NO_NOISE


def test_the_slowest_are_few_of_each_step_and_stage_and_in_order(sample):
    draw = Random(5)
    tally = Tally.of(
        sample(draw.uniform(0, 60), draw.choice(["good", "broken"]), draw.uniform(1, 100), step=step, stage=stage)
        for step in ("login", "refresh")
        for stage in (0, 1)
        for _ in range(500)
    )
    slowest = tally.slowest()
    assert len(slowest) == 2 * 2 * 3
    assert all(before.latency_ms >= after.latency_ms for before, after in pairwise(slowest))
    assert slowest[0].latency_ms == max(tally.total().latency.max_ms, tally.total().failure_latency.max_ms)


def test_the_slowest_says_when_and_how_it_ended(sample):
    tally = Tally.of([sample(3.2, latency_ms=5.0), sample(17.9, "broken", 5000.0, code="timeout", stage=2)])
    first = tally.slowest()[0]
    assert (first.second, first.outcome, first.code, first.stage) == (17, "broken", "timeout", 2)
    assert first.latency_ms == pytest.approx(5000.0)


def test_a_code_knows_between_which_seconds_it_was_seen(sample):
    tally = Tally.of(sample(second + 0.5, "shed", code="shed-503") for second in (31, 12, 19))
    (row,) = tally.code_rows()
    assert (row.first_second, row.last_second) == (12, 31)
