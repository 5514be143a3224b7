"""The shapes that metrics are told in: families of the official client, made from what was measured."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from authstorm.watch.health import HealthSecond
from authstorm.watch.histogram import Histogram
from authstorm.watch.window import Cell

LATENCY_BOUNDS_S: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0,
    30.0,
)  # fmt: skip
"""Upper ends of the buckets of latency and service time."""
DELAY_BOUNDS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Upper ends of the buckets of what the generator itself was late."""
BY_STEP: Final = ("step", "outcome")
MOST_STEPS: Final = 100
OTHER: Final = "other"
_NAME: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")


class Unhurried(list[Any]):
    """Samples that are written out a few at a time: a thousand at once would hold the load up for milliseconds."""

    def __init__(self, samples: Iterable[Any], pause: Callable[[], None], at_once: int = 25) -> None:
        super().__init__(samples)
        self._pause = pause
        self._at_once = at_once

    def __iter__(self) -> Iterator[Any]:
        for number, sample in enumerate(super().__iter__(), 1):
            yield sample
            if number % self._at_once == 0:
                self._pause()


def gauge(name: str, about: str, value: float) -> Metric:
    """A gauge without labels."""
    return GaugeMetricFamily(name, about, value=value)


def counter(name: str, about: str, value: float) -> Metric:
    """A counter without labels; its name is told with ``_total`` at its end."""
    return CounterMetricFamily(name, about, value=value)


def each_worker(
    newest: Sequence[HealthSecond], name: str, about: str, read: Callable[[HealthSecond], float | None]
) -> Metric:
    """A gauge of what each worker last said of itself."""
    family = GaugeMetricFamily(f"authstorm_{name}", about, labels=["worker"])
    for record in newest:
        value = read(record)
        if value is not None:
            family.add_metric([word(record.worker)], value)
    return family


def histogram(
    name: str,
    about: str,
    parts: Mapping[tuple[str, ...], Histogram],
    bounds_s: Sequence[float] = LATENCY_BOUNDS_S,
    pause: Callable[[], None] = lambda: None,
) -> Metric:
    """A classic histogram for each part, by step and outcome or (with the one key ``()``) without labels.

    A value within 1 % of a bound may be told on its other side.
    """
    family = HistogramMetricFamily(name, about, labels=() if () in parts else BY_STEP)
    limits_ms = [bound * 1000 for bound in bounds_s]
    for names, part in parts.items():
        ends = zip(map(str, bounds_s), part.counts_within(limits_ms), strict=True)
        family.add_metric(names, [*ends, ("+Inf", part.count)], part.sum / 1000)
        pause()
    return family


def closed_names(cells: Mapping[tuple[str, str], Cell]) -> dict[tuple[str, str], Cell]:
    """The cells under names that may be labels; what has none is added up under ``other``."""
    told: dict[tuple[str, str], Cell] = {}
    known = set(sorted({step for step, _ in cells})[:MOST_STEPS])
    for (step, outcome), cell in sorted(cells.items()):
        name = step if step in known and _NAME.match(step) else OTHER
        told.setdefault((name, outcome), Cell()).merge(cell)
    return told


def word(name: str) -> str:
    """A name that people wrote, as a label's value: without anything that could be an address or an identity."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)[:64].strip("-") or OTHER
