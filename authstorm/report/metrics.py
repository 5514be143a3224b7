"""What a run is measured to be by now, as Prometheus metrics: read from the windows when somebody asks.

Nothing is counted here, so that a request pays nothing for it. Every label has a closed set of values: the steps that
the scenarios name, the five outcomes, the plan's stages, workers by number, and the rules of the configuration. Names
that are none (with a slash, an at sign or a space) are told as ``other``, and so are the steps beyond the hundredth.
docs/metrics.md describes every metric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from authstorm import __version__
from authstorm.report.measured import Measured
from authstorm.report.metric_shapes import (
    BY_STEP,
    DELAY_BOUNDS_S,
    Unhurried,
    closed_names,
    counter,
    each_worker,
    gauge,
    histogram,
    word,
)
from authstorm.watch.facts import AlertSpan


class RunMetrics(Collector):
    """Yields the metrics of the newest run; before the first there is only the version.

    ``pause`` is called between pieces of work of less than a millisecond.
    """

    def __init__(self, measured: Callable[[], Measured | None], pause: Callable[[], None] = lambda: None) -> None:
        self._measured = measured
        self._pause = pause

    def describe(self) -> Iterable[Metric]:
        """Nothing: a registry then does not ask for the metrics before there are any."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All metrics, one family after the other."""
        for family in self._families():
            family.samples = Unhurried(family.samples, self._pause)
            yield family

    def _families(self) -> Iterator[Metric]:
        yield InfoMetricFamily("authstorm_build", "Version of the suite.", value={"version": __version__})
        run = self._measured()
        if run is None:
            return
        yield from run_metrics(run)
        yield from arrival_metrics(run)
        yield from step_metrics(run, self._pause)
        yield from generator_metrics(run)
        yield from judgement_metrics(run)


def run_metrics(run: Measured) -> Iterator[Metric]:
    """Which run it is and how far it has come."""
    schedule, elapsed_s = run.rehearsal.schedule, max(0.0, run.facts.ended_s)
    about = {
        "profile": word(run.rehearsal.profile.name),
        "target": word(run.rehearsal.target.name),
        "model": schedule.model,
    }
    yield InfoMetricFamily("authstorm_run", "What is rehearsed.", value=about)
    yield gauge("authstorm_run_start_timestamp_seconds", "When the plan began, since 1970.", run.started_s)
    yield gauge("authstorm_run_active", "Whether the run goes on (1) or is over (0).", float(not run.over))
    yield gauge("authstorm_run_planned_seconds", "How long the plan is.", schedule.duration_s)
    yield gauge("authstorm_run_elapsed_seconds", "How far the run has come.", elapsed_s)
    left_s = 0.0 if run.over else max(0.0, schedule.duration_s - elapsed_s)
    yield gauge("authstorm_run_remaining_seconds", "How much of the plan is left.", left_s)
    stages = GaugeMetricFamily("authstorm_stage_active", "1 for the stage of this moment.", labels=["stage"])
    now = "" if run.over else schedule.stages[schedule.stage_at(elapsed_s)].name
    for name in dict.fromkeys(word(stage.name) for stage in schedule.stages):
        stages.add_metric([name], float(name == word(now)))
    yield stages


def arrival_metrics(run: Measured) -> Iterator[Metric]:
    """What became of the arrivals, by the stage that they were planned in."""
    planned, started, dropped = (
        CounterMetricFamily(f"authstorm_arrivals_{what}", about, labels=["stage"])
        for what, about in (
            ("planned", "Arrivals whose planned moment has come."),
            ("started", "Arrivals that a visitor took up."),
            ("dropped", "Arrivals that nobody was free to take up in time."),
        )
    )
    stages: dict[str, set[int]] = {}
    for index, stage in enumerate(run.rehearsal.schedule.stages):
        stages.setdefault(word(stage.name), set()).add(index)
    for name, indexes in stages.items():
        for family, count in zip((planned, started, dropped), run.health.arrivals(indexes), strict=True):
            family.add_metric([name], count)
    yield from (planned, started, dropped)


def step_metrics(run: Measured, pause: Callable[[], None]) -> Iterator[Metric]:
    """What became of the steps, and how long they took."""
    cells = closed_names(run.tally.outcomes(pause))
    steps = CounterMetricFamily("authstorm_steps", "Steps that ended, by outcome.", labels=BY_STEP)
    failed = CounterMetricFamily("authstorm_steps_failed", "Steps that did not end as asked.", labels=BY_STEP)
    retries = CounterMetricFamily("authstorm_steps_retried", "Steps that were not the first attempt.", labels=BY_STEP)
    size = CounterMetricFamily("authstorm_answer_bytes", "Bytes of the answers.", labels=BY_STEP)
    for names, cell in cells.items():
        steps.add_metric(names, cell.count)
        failed.add_metric(names, cell.count if names[1] == "wrong" else cell.count - cell.expected)
        retries.add_metric(names, cell.retries)
        size.add_metric(names, cell.size)
    yield from (steps, failed, retries, size)
    yield histogram(
        "authstorm_step_latency_seconds",
        "From a step's planned moment to the end of its answer.",
        {names: cell.latency for names, cell in cells.items()},
        pause=pause,
    )
    yield histogram(
        "authstorm_step_service_seconds",
        "From the first byte sent to the end of the answer.",
        {names: cell.service for names, cell in cells.items()},
        pause=pause,
    )


def generator_metrics(run: Measured) -> Iterator[Metric]:
    """How the side that makes the load fares."""
    lost = len(run.facts.workers_lost)
    workers = GaugeMetricFamily("authstorm_workers", "Processes that make the load, by state.", labels=["state"])
    workers.add_metric(["present"], max(0, run.facts.workers - lost))
    workers.add_metric(["lost"], lost)
    yield workers
    newest = run.health.newest()
    yield each_worker(newest, "visitors", "Visitors that exist.", lambda record: record.visitors)
    yield each_worker(newest, "visitors_busy", "Visitors inside a scenario.", lambda record: record.visitors_busy)
    yield each_worker(
        newest, "visitors_without_account", "Visitors without an account.", lambda record: record.without_account
    )
    yield each_worker(newest, "worker_cpu_ratio", "Part of one core that the process took.", lambda r: r.cpu_share)
    yield each_worker(
        newest, "machine_cpu_ratio", "Part of the worker's machine in use.", lambda record: record.machine_cpu_share
    )
    yield each_worker(newest, "open_files", "Descriptors that are open.", lambda record: record.open_files)
    yield each_worker(
        newest,
        "loop_lag_max_seconds",
        "How late the event loop woke a sleeper, at worst, in the newest second.",
        lambda record: None if record.loop_lag_max_ms is None else record.loop_lag_max_ms / 1000,
    )
    delays, lags = run.health.lateness()
    yield histogram(
        "authstorm_loop_lag_seconds", "How late the event loops woke a sleeper.", {(): lags}, DELAY_BOUNDS_S
    )
    yield histogram("authstorm_start_delay_seconds", "How late arrivals began.", {(): delays}, DELAY_BOUNDS_S)
    yield counter("authstorm_reports_missed", "Workers' reports that never came.", run.facts.reports_missed)
    yield counter("authstorm_listener_errors", "Exceptions in the suite's own code.", run.facts.listener_errors)


def judgement_metrics(run: Measured) -> Iterator[Metric]:
    """Alerts, and what the verdict is so far."""
    firing = GaugeMetricFamily("authstorm_alert_firing", "Whether an alert fires now.", labels=["rule", "severity"])
    fired = CounterMetricFamily("authstorm_alerts_fired", "How often an alert fired.", labels=["rule", "severity"])
    spans: dict[tuple[str, str], list[AlertSpan]] = {}
    for span in run.alerts:
        spans.setdefault((word(span.rule), span.severity), []).append(span)
    for names, each in spans.items():
        firing.add_metric(names, float(any(span.resolved_s is None for span in each)))
        fired.add_metric(names, len(each))
    yield from (firing, fired)
    verdict = run.verdict
    if verdict is None:
        return
    parts = GaugeMetricFamily("authstorm_verdict", "Whether a part of the verdict holds so far.", labels=["part"])
    for part in ("valid", "met", "correct"):
        parts.add_metric([part], float(getattr(verdict, part)))
    yield parts
    yield gauge("authstorm_verdict_final", "Whether the verdict stands (1) or may change (0).", float(run.over))
    if run.over:
        yield gauge("authstorm_exit_code", "What the process ends with.", verdict.exit_code)
