"""The probe: what it notes in a second, with a clock and arrivals that the test moves."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from types import SimpleNamespace

import gevent
import pytest

from authstorm.watch import probe as module
from authstorm.watch.probe import NAP_S, HealthProbe, ProcessUsage, Usage, lags

USAGE = Usage(0.25, 0.5, 12)


@dataclass
class Arrivals:
    """Arrivals that the test counts by hand; delays are handed out once."""

    offered: int = 0
    started: int = 0
    dropped: int = 0
    visitors: int = 8
    visitors_busy: int = 3
    without_account: int = 2
    sharing: int = 1
    exhausted: int = 0
    by_stage: tuple = ()
    waiting: list[float] = field(default_factory=list)

    @property
    def start_delays_ms(self):
        delays, self.waiting = self.waiting, []
        return delays


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def arrivals():
    return Arrivals()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def probe(clock, arrivals):
    return HealthProbe("worker-3", clock, lambda: arrivals, lambda: USAGE)


def test_a_second_is_noted_once_it_is_over(probe, clock, arrivals):
    arrivals.offered, arrivals.started, arrivals.dropped, arrivals.waiting = 10, 8, 1, [1.0, 4.0]
    clock.now_s = 0.9
    probe.note(0.5)
    assert probe.drain() == []
    clock.now_s = 1.01
    probe.note(2.5)
    (reading,) = probe.drain()
    record = reading.second
    assert (record.second, record.worker) == (0, "worker-3")
    assert (record.offered, record.started, record.dropped) == (10, 8, 1)
    assert (record.start_delay_p99_ms, record.loop_lag_p99_ms, record.loop_lag_max_ms) == (4.0, 2.5, 2.5)
    assert (record.cpu_share, record.machine_cpu_share, record.open_files) == USAGE
    assert (record.visitors, record.visitors_busy) == (8, 3)
    assert (record.without_account, record.sharing) == (2, 1)
    assert (reading.start_delays.count, reading.loop_lags.count) == (2, 2)


def test_each_second_has_only_what_was_new_in_it(probe, clock, arrivals):
    for second, offered in ((1, 10), (2, 25), (3, 25)):
        arrivals.offered = offered
        clock.now_s = second + 0.01
        probe.note(1.0)
    records = [reading.second for reading in probe.drain()]
    assert [(record.second, record.offered) for record in records] == [(0, 10), (1, 15), (2, 0)]
    assert records[2].start_delay_p99_ms is None
    assert probe.drain() == []


def test_a_clock_that_starts_anew_begins_the_second_anew(clock, arrivals):
    clock.now_s = 37.0
    probe = HealthProbe("local", clock, lambda: arrivals, lambda: USAGE)
    clock.now_s = 0.1
    probe.note(0.0)
    clock.now_s = 1.1
    probe.note(0.0)
    assert [reading.second.second for reading in probe.drain()] == [0]


@pytest.mark.parametrize(
    ("lag_ms", "met"),
    [(-0.3, [0.0]), (3.0, [3.0]), (20.0, [20.0]), (50.0, [50.0, 30.0, 10.0])],
    ids=["woken early", "within a nap", "one nap", "a stall of several naps"],
)
def test_a_stall_is_felt_by_every_nap_that_it_swallowed(lag_ms, met):
    assert lags(lag_ms) == pytest.approx(met)


def test_a_running_probe_sees_a_loop_that_stands_still(clock, arrivals):
    probe = HealthProbe("local", clock, lambda: arrivals, lambda: USAGE)
    probe.start()
    gevent.sleep(NAP_S / 10)
    began = time.perf_counter()
    while time.perf_counter() - began < 0.1:
        pass
    gevent.sleep(NAP_S)
    probe.close()
    probe.close()
    (reading,) = probe.drain()
    assert 60 < reading.second.loop_lag_max_ms < 2000, "a tenth of a second, less the nap that was under way"


def test_a_probe_that_dies_says_so(clock, capsys):
    def failing():
        raise RuntimeError("the arrivals are gone")

    errors = []
    probe = HealthProbe("local", clock, failing, lambda: USAGE, on_error=lambda: errors.append(1))
    clock.now_s = 1.5
    probe.start()
    gevent.sleep(NAP_S * 3)
    assert errors == [1]
    assert "the arrivals are gone" in capsys.readouterr().err


def test_the_process_is_seen_to_work_and_to_hold_files():
    usage = ProcessUsage()
    began_s = time.perf_counter()
    while time.perf_counter() - began_s < module.LEAST_S:
        pass
    seen = usage()
    assert seen.cpu_share > 0
    assert seen.open_files >= 3


def test_the_last_part_of_a_second_does_not_make_a_tick_of_the_cpu_clock_a_full_core(monkeypatch):
    """The run ends 7 ms after a whole second, in which the kernel counted one tick of 10 ms."""
    now_s, told = 0.0, iter([0.0, 30.0, 143.0])
    process = SimpleNamespace(cpu_percent=lambda: next(told), num_fds=lambda: 9)
    monkeypatch.setattr(module, "perf_counter", lambda: now_s)
    monkeypatch.setattr(module, "psutil", SimpleNamespace(Process=lambda: process, cpu_percent=lambda: 50.0))
    usage = ProcessUsage()
    now_s = 1.0
    assert usage() == Usage(0.3, 0.5, 9)
    now_s = 1.007
    assert usage() == Usage(0.3, 0.5, 9)
    now_s = 2.007
    assert usage().cpu_share == 1.43
