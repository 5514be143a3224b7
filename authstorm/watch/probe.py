"""The probe: a greenlet that notes each second how late the event loop is, what it costs and what the arrivals did."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf
from time import perf_counter
from typing import Final, NamedTuple, Protocol

import gevent
import psutil  # type: ignore[import-untyped]

from authstorm.watch.health import HealthReading, HealthSecond, p99_or_max
from authstorm.watch.histogram import Histogram

NAP_S: Final = 0.02
"""How long the probe sleeps between two looks at the clock."""
LEAST_S: Final = 0.25
"""CPU time is told in ticks of 10 ms: over less than this, one of them would be taken for a full core."""


class PacingCounts(Protocol):
    """What the arrivals of one process say of themselves; any object with these attributes will do.

    The three counts grow from the start of the run. ``start_delays_ms`` are those of the arrivals that started since
    the last call, in any order: a started arrival appears in exactly one answer.
    """

    @property
    def offered(self) -> int:
        """Arrivals that were due by now."""

    @property
    def started(self) -> int:
        """Arrivals that a visitor took up."""

    @property
    def dropped(self) -> int:
        """Arrivals that nobody was free to take up in time."""

    @property
    def start_delays_ms(self) -> Iterable[float]:
        """From the planned moment to the moment the visitor began, in ms."""

    @property
    def visitors(self) -> int:
        """Visitors that exist now."""

    @property
    def visitors_busy(self) -> int:
        """Visitors that are inside a scenario now."""

    @property
    def without_account(self) -> int:
        """Visitors that found no account and stay away."""

    @property
    def sharing(self) -> int:
        """Visitors that act as somebody whom another one acts as."""

    @property
    def exhausted(self) -> int:
        """Attempts to connect for which this machine had no ports, descriptors or memory left; grows."""

    @property
    def by_stage(self) -> Iterable[tuple[int, int, int, int]]:
        """Offered, started and dropped arrivals since the last call, behind the stage they were planned in."""


class Usage(NamedTuple):
    """What the process takes: shares of one core and of the whole machine (0..1), and its open descriptors."""

    cpu_share: float
    machine_cpu_share: float
    open_files: int


class ProcessUsage:
    """Reads ``Usage`` since the last call; psutil's first answer is always 0, so it is asked once for nothing."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._read_s = -inf
        self._shares = 0.0, 0.0
        self()

    def __call__(self) -> Usage:
        """Usage since the last call; the shares are those of that call where it was less than ``LEAST_S`` ago."""
        if (now_s := perf_counter()) >= self._read_s + LEAST_S:
            self._read_s = now_s
            self._shares = self._process.cpu_percent() / 100, psutil.cpu_percent() / 100
        return Usage(*self._shares, self._process.num_fds())


class HealthProbe:
    """Watches one process; ``drain`` hands over what it noted, second by second.

    ``clock`` gives the seconds since the run's start; where it is set back, the second at hand begins anew. ``pacing``
    is asked once a second. ``on_error`` is called when the probe dies of an exception, which gevent prints.
    """

    def __init__(
        self,
        worker: str,
        clock: Callable[[], float],
        pacing: Callable[[], PacingCounts],
        usage: Callable[[], Usage] | None = None,
        on_error: Callable[[], object] = lambda: None,
    ) -> None:
        self._worker = worker
        self._clock = clock
        self._pacing = pacing
        self._usage = usage or ProcessUsage()
        self._on_error = on_error
        self._counted = (0, 0, 0, 0)
        self._lags = Histogram()
        self._second = max(0, int(clock()))
        self._readings: list[HealthReading] = []
        self._greenlet: gevent.Greenlet | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._greenlet = gevent.spawn(self._watch)
        self._greenlet.link_exception(lambda _: self._on_error())

    def close(self) -> None:
        """Note the second that has begun and stop; a second call does nothing, nor does one after the probe died."""
        greenlet, self._greenlet = self._greenlet, None
        if greenlet is not None:
            greenlet.kill()
            if greenlet.exception is None:
                self._note_second()

    def drain(self) -> list[HealthReading]:
        """Hand over the readings since the last call."""
        readings, self._readings = self._readings, []
        return readings

    def note(self, lag_ms: float) -> None:
        """Count one nap that ended ``lag_ms`` late, and close the second when it is over."""
        for late_ms in lags(lag_ms):
            self._lags.add(late_ms)
        second = max(0, int(self._clock()))
        if second > self._second:
            self._note_second()
        self._second = second

    def _watch(self) -> None:
        while True:
            slept_at = perf_counter()
            gevent.sleep(NAP_S)
            self.note((perf_counter() - slept_at - NAP_S) * 1000)

    def _note_second(self) -> None:
        pacing, usage = self._pacing(), self._usage()
        delays, lag = Histogram(), self._lags
        for delay_ms in pacing.start_delays_ms:
            delays.add(delay_ms)
        counted = (pacing.offered, pacing.started, pacing.dropped, pacing.exhausted)
        offered, started, dropped, exhausted = (now - last for now, last in zip(counted, self._counted, strict=True))
        record = HealthSecond(
            self._second,
            self._worker,
            offered,
            started,
            dropped,
            p99_or_max(delays),
            p99_or_max(lag),
            lag.max if lag.count else None,
            *usage,
            pacing.visitors,
            pacing.visitors_busy,
            pacing.without_account,
            pacing.sharing,
            exhausted,
            tuple(pacing.by_stage),
        )
        self._readings.append(HealthReading(record, delays, lag))
        self._counted, self._lags = counted, Histogram()


def lags(lag_ms: float) -> list[float]:
    """The lateness that a nap as long as ``NAP_S`` would have met at every beat of it during a lag of ``lag_ms``.

    A loop that stands still for 200 ms answers one nap only; all that would have ended meanwhile count too, else
    a long stall would vanish behind a hundred short naps.
    """
    met = [max(0.0, lag_ms)]
    while met[-1] > NAP_S * 1000:
        met.append(met[-1] - NAP_S * 1000)
    return met
