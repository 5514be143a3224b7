"""Whether the generator kept up: one record a second and worker, and what the whole run adds up to.

A record takes about 0.4 kB: 1.4 MB an hour for all workers together, and those of each worker for ten minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from math import inf
from operator import add
from typing import Any

from authstorm.watch.histogram import Histogram, supported


@dataclass(frozen=True, slots=True)
class HealthSecond:
    """How one worker (or, with ``worker`` "", all together) fared in one second of the run.

    Counts are of that second alone: ``offered`` arrivals were due, ``started`` of them began, ``dropped`` never will.
    Shares are 1.0 for one core (``cpu_share``, the process) and for the whole machine (``machine_cpu_share``). All
    together means sums of counts and the worst of delays, lags and shares.
    """

    second: int
    worker: str
    offered: int
    started: int
    dropped: int
    start_delay_p99_ms: float | None  # how late arrivals began (the maximum below 100 of them); None when none did
    loop_lag_p99_ms: float | None  # how late the event loop woke a sleeper; None when it was not measured
    loop_lag_max_ms: float | None
    cpu_share: float
    machine_cpu_share: float
    open_files: int  # descriptors of the process, nearly all of them connections
    visitors: int
    visitors_busy: int
    without_account: int = 0  # visitors that found no account and stay away
    sharing: int = 0  # visitors that act as somebody whom another one acts as
    exhausted: int = 0  # attempts to connect for which the machine had no ports, descriptors or memory left
    by_stage: tuple[tuple[int, int, int, int], ...] = ()  # stage, offered, started and dropped, as they were planned


@dataclass(frozen=True, slots=True)
class HealthReading:
    """A record with the histograms that its percentiles came from, so that a run's percentiles are exact."""

    second: HealthSecond
    start_delays: Histogram
    loop_lags: Histogram

    def to_wire(self) -> list[Any]:
        """All of it in plain types."""
        return [list(astuple(self.second)), self.start_delays.to_wire(), self.loop_lags.to_wire()]

    @classmethod
    def from_wire(cls, wire: Sequence[Any]) -> HealthReading:
        """The reading that ``to_wire`` wrote."""
        record, delays, lags = wire
        *fields, by_stage = record
        second = replace(HealthSecond(*fields), by_stage=tuple(map(tuple, by_stage)))
        return cls(second, Histogram.from_wire(delays), Histogram.from_wire(lags))


@dataclass(frozen=True, slots=True)
class HealthTotal:
    """The health of all workers over a part of the run; histograms in ms."""

    seconds: int  # in which at least one worker was watched
    offered: int
    started: int
    dropped: int
    start_delays: Histogram
    loop_lags: Histogram
    cpu_share_p95: float  # over the seconds, of the busiest worker in each
    machine_cpu_share_p95: float
    without_account: int = 0  # in the worst second
    sharing: int = 0
    exhausted: int = 0


class Health:
    """The health of all workers over a run.

    ``stage_at`` tells the index of the stage for a moment of the run (``Schedule.stage_at``), so that warm-up can be
    left out of a total; without it everything is stage 0. Each worker's own records are kept for the newest
    ``detail_s`` seconds.
    """

    def __init__(self, stage_at: Callable[[float], int] = lambda _time_s: 0, detail_s: int = 600) -> None:
        self._stage_at = stage_at
        self._detail_s = detail_s
        self._workers: set[str] = set()
        self._apart: dict[int, list[HealthSecond]] = {}
        self._together: dict[int, HealthSecond] = {}
        self._start_delays: dict[int, Histogram] = {}
        self._loop_lags: dict[int, Histogram] = {}
        self._arrivals: dict[int, list[int]] = {}
        self.loaded_s = inf
        """When the load ended: what the generator takes after that, as to end and to write, is not the load's."""

    def at(self, second: int) -> HealthSecond | None:
        """All workers together in one second."""
        return self._together.get(second)

    def add(self, reading: HealthReading) -> None:
        """Take in one worker's second; several of one worker and second add up."""
        record = reading.second
        self._workers.add(record.worker)
        before = self._together.get(record.second)
        self._together[record.second] = _together([record] if before is None else [before, record])
        self._apart.setdefault(record.second, []).append(record)
        while len(self._apart) > self._detail_s:
            del self._apart[min(self._apart)]
        stage = self._stage_of(record.second)
        self._start_delays.setdefault(stage, Histogram()).merge(reading.start_delays)
        if self._is_loaded(record):
            self._loop_lags.setdefault(stage, Histogram()).merge(reading.loop_lags)
        parts = record.by_stage or ((stage, record.offered, record.started, record.dropped),)
        for index, *counts in parts:
            sums = self._arrivals.setdefault(index, [0, 0, 0])
            sums[:] = map(add, sums, counts)

    def seconds(self) -> list[HealthSecond]:
        """Each worker's records of the newest ``detail_s`` seconds, by second, then worker."""
        records = (record for each in self._apart.values() for record in each)
        return sorted(records, key=lambda record: (record.second, record.worker))

    def each_second(self) -> list[HealthSecond]:
        """One record a second for all workers together, in order of time."""
        return [self._together[second] for second in sorted(self._together)]

    def newest(self, within_s: int = 5) -> list[HealthSecond]:
        """The newest record of each worker that reported in the last seconds, by worker."""
        latest = max(self._apart, default=0)
        found: dict[str, HealthSecond] = {}
        for second in range(latest - within_s, latest + 1):
            found.update((record.worker, record) for record in self._apart.get(second, ()))
        return [found[worker] for worker in sorted(found)]

    @property
    def workers(self) -> tuple[str, ...]:
        """Names of the workers that reported, sorted."""
        return tuple(sorted(self._workers))

    def total(self, stages: Collection[int] | None = None) -> HealthTotal:
        """Everything over the given stages (all when None); a second is in the stage that its middle falls into.

        Arrivals belong to the stage that they were planned in.
        """
        records = [r for r in self._together.values() if stages is None or self._stage_of(r.second) in stages]
        loaded = [record for record in records if self._is_loaded(record)]
        return HealthTotal(
            len(records),
            *self.arrivals(stages),
            _merged(self._start_delays, stages),
            _merged(self._loop_lags, stages),
            _p95(record.cpu_share for record in loaded),
            _p95(record.machine_cpu_share for record in loaded),
            max((record.without_account for record in records), default=0),
            max((record.sharing for record in records), default=0),
            sum(record.exhausted for record in records),
        )

    def arrivals(self, stages: Collection[int] | None = None) -> tuple[int, int, int]:
        """Offered, started and dropped arrivals that were planned in the given stages (in all when None)."""
        chosen = [sums for stage, sums in self._arrivals.items() if stages is None or stage in stages]
        offered, started, dropped = (sum(column) for column in zip((0, 0, 0), *chosen, strict=True))
        return offered, started, dropped

    def knows_arrivals(self, stage: int) -> bool:
        """Whether anything was noted of a stage's arrivals."""
        return stage in self._arrivals

    def _is_loaded(self, record: HealthSecond) -> bool:
        """Whether at least half of a second came before the load's end; a plan ends a moment after a whole second."""
        return record.second + 0.5 <= self.loaded_s

    def _stage_of(self, second: int) -> int:
        return self._stage_at(second + 0.5)


def p99_or_max(histogram: Histogram) -> float | None:
    """The 99th percentile, or what stands for it where there are too few values: the maximum; None without any."""
    if not histogram.count:
        return None
    return histogram.percentile(99) if supported(99, histogram.count) else histogram.max


def _merged(parts: dict[int, Histogram], stages: Collection[int] | None) -> Histogram:
    merged = Histogram()
    for stage, part in parts.items():
        if stages is None or stage in stages:
            merged.merge(part)
    return merged


def _p95(shares: Iterable[float]) -> float:
    ordered = sorted(shares)
    return ordered[int(len(ordered) * 0.95)] if ordered else 0.0


def _together(records: Sequence[HealthSecond]) -> HealthSecond:
    return HealthSecond(
        second=records[0].second,
        worker="",
        offered=sum(record.offered for record in records),
        started=sum(record.started for record in records),
        dropped=sum(record.dropped for record in records),
        start_delay_p99_ms=_worst(record.start_delay_p99_ms for record in records),
        loop_lag_p99_ms=_worst(record.loop_lag_p99_ms for record in records),
        loop_lag_max_ms=_worst(record.loop_lag_max_ms for record in records),
        cpu_share=max(record.cpu_share for record in records),
        machine_cpu_share=max(record.machine_cpu_share for record in records),
        open_files=sum(record.open_files for record in records),
        visitors=sum(record.visitors for record in records),
        visitors_busy=sum(record.visitors_busy for record in records),
        without_account=sum(record.without_account for record in records),
        sharing=sum(record.sharing for record in records),
        exhausted=sum(record.exhausted for record in records),
        by_stage=tuple(part for record in records for part in record.by_stage),
    )


def _worst(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
