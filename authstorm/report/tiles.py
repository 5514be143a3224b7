"""The few numbers that stand large on the page, and the plain facts of the run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from authstorm.report.facts import ALL_STAGES, Generator, Resilience, Run, Summary
from authstorm.report.words import UNKNOWN, milliseconds, per_second, percent, seconds, whole


@dataclass(frozen=True, slots=True)
class Tile:
    """One number with its name and what it is a number of."""

    name: str
    value: str
    note: str


def tiles(summary: Summary, peak_offered: int) -> list[Tile]:
    """The run in a handful of numbers; what is not known has no tile."""
    return [*_load(summary, peak_offered), *_storm(summary.resilience)]


def generator_tiles(generator: Generator) -> list[Tile]:
    """How the generator fared."""
    return [
        Tile("Arrivals offered", whole(generator.offered), f"{whole(generator.started)} started"),
        Tile("Dropped", whole(generator.dropped), "arrivals that found no visitor"),
        Tile("Start delay p99", milliseconds(generator.start_delay_p99_ms), "how late arrivals began"),
        Tile("Loop lag", milliseconds(generator.loop_lag_max_ms), "worst moment"),
        Tile("CPU", percent(generator.cpu_share), "of one core, worst second"),
        Tile("Machine", percent(generator.machine_cpu_share), "all cores, worst second"),
        Tile("Visitors busy", whole(generator.visitors_busy), "at the most"),
    ]


def facts(summary: Summary) -> list[tuple[str, str]]:
    """Target, profile, time, machines and versions, as name and value."""
    run = summary.run
    told = [
        ("Target", f"{run.target} ({run.target_url})" if run.target_url else run.target),
        ("Profile", f"{run.profile}: {run.about}" if run.about else run.profile),
        ("Model", "open: arrivals come as planned" if run.model == "open" else "closed: visitors wait for each other"),
        ("Seed", UNKNOWN if run.seed is None else str(run.seed)),
        ("Started", run.started_utc),
        ("Ended", f"{run.ended_utc}, after {seconds(run.elapsed_s)} of {seconds(run.planned_s)} planned"),
        ("Workers", _workers(run)),
        ("Load came from", run.host or UNKNOWN),
        ("Trace IDs begin with", run.run_mark or "none was sent"),
    ]
    return told + [(name, version) for name, version in sorted(summary.versions.items())]


def _load(summary: Summary, peak_offered: int) -> Iterator[Tile]:
    rows = [row for row in summary.steps if row.stage == ALL_STAGES]
    count = sum(row.count for row in rows)
    if peak_offered:
        yield Tile("Peak offered", per_second(peak_offered), "arrivals, as planned")
    yield Tile("Steps measured", whole(count), f"in {seconds(summary.run.elapsed_s)}")
    if count:
        yield Tile("Good", percent(sum(row.outcomes["good"] for row in rows) / count), "of the measured steps")
        yield Tile("Shed", percent(sum(row.outcomes["shed"] for row in rows) / count), "turned away (429, 503)")
        yield Tile("Failed", whole(sum(row.failed for row in rows)), "steps that ended otherwise than asked")


def _storm(resilience: Resilience) -> Iterator[Tile]:
    if resilience.detect_s is not None:
        yield Tile("Detected after", seconds(resilience.detect_s), "by an alert of this run, from the first bad second")
    if resilience.recovery_s is not None:
        since = "since the first bad second" if resilience.recovery_from_s == resilience.onset_s else "after the spike"
        yield Tile("Recovered in", seconds(resilience.recovery_s), since)
    elif resilience.recovery_at_least_s is not None:
        yield Tile("Not recovered", f"> {seconds(resilience.recovery_at_least_s)}", "when the run ended")
    if resilience.retained_goodput is not None:
        yield Tile(
            "Retained goodput", percent(resilience.retained_goodput), "ended well while it hurt, of what was asked for"
        )
    if resilience.error_budget_burnt is not None:
        burnt = resilience.error_budget_burnt
        times = f"{burnt:.1f} times" if burnt > 1 else percent(burnt)
        yield Tile("Error budget burnt", times, f"of what “{resilience.error_budget_of}” allows")
    if resilience.amplification is not None and resilience.amplification > 1:
        yield Tile("Amplification", f"{resilience.amplification:.2f}-fold", "requests for one that was asked")


def _workers(run: Run) -> str:
    lost = f", lost: {', '.join(run.workers_lost)}" if run.workers_lost else ""
    return f"{run.workers}{lost}"
