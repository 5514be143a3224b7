"""From what was watched to what is told: the only place that turns tally, health and verdict into a summary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from authstorm.plan.schedule import Schedule
from authstorm.plan.schedule import Stage as PlannedStage
from authstorm.report.chapters import chapter_of
from authstorm.report.facts import (
    ALL_STAGES,
    SCHEMA_VERSION,
    Code,
    Generator,
    Latency,
    Resilience,
    Run,
    Stage,
    Step,
    Summary,
)
from authstorm.report.plan_facts import PlanFacts
from authstorm.report.told import headline, partial_because, rule_of_finding, rule_of_objective, verdicts
from authstorm.report.words import OUTCOMES, exit_meaning
from authstorm.watch.facts import RunFacts
from authstorm.watch.health import Health, HealthSecond, HealthTotal, p99_or_max
from authstorm.watch.rows import StepRow, Times
from authstorm.watch.tally import Tally
from authstorm.watch.verdict import Verdict

NO_RESILIENCE = Resilience()


@dataclass(frozen=True, slots=True)
class Watched:
    """All that was watched of a run, or of the part of it that has passed.

    ``verdict`` is None while it goes on; ``complete`` says that nothing more will come.
    """

    tally: Tally
    health: Health
    verdict: Verdict | None
    run: RunFacts
    complete: bool
    resilience: Resilience = NO_RESILIENCE


def summarise(
    run_id: str,
    plan: PlanFacts,
    watched: Watched,
    each_second: Sequence[HealthSecond],
    pause: Callable[[], None] = lambda: None,
) -> Summary:
    """Everything that is told of a run; ``each_second`` are the health's seconds, which are dear to ask for twice.

    ``pause`` is called between the pieces of work.
    """
    because = partial_because(watched.run, watched.complete)
    verdict, tally = watched.verdict, watched.tally
    told = verdicts(verdict)
    code = None if verdict is None else verdict.exit_code
    rows = rows_by_stage(plan.schedule, tally, pause)
    return Summary(
        schema_version=SCHEMA_VERSION,
        complete=not because,
        partial_because=because,
        exit_code=code,
        exit_codes=() if verdict is None else verdict.exit_codes,
        exit_meaning="the run has not ended" if code is None else exit_meaning(code),
        headline=headline(told, code, because),
        remarks=() if verdict is None else verdict.remarks,
        run=run_of(run_id, plan, watched.run),
        versions=dict(plan.versions),
        verdicts=told,
        objectives=() if verdict is None else tuple(map(rule_of_objective, verdict.objectives)),
        validity=() if verdict is None else tuple(map(rule_of_finding, verdict.validity)),
        correctness=() if verdict is None else tuple(map(rule_of_finding, verdict.correctness)),
        resilience=watched.resilience,
        stages=stages_of(plan.schedule, rows, each_second, watched.run.ended_s),
        steps=steps_of(plan, tally, rows),
        codes=codes_of(plan, tally),
        generator=generator_of(watched.health.total(), each_second),
    )


def run_of(run_id: str, plan: PlanFacts, run: RunFacts) -> Run:
    """Who ran what against whom."""
    return Run(
        id=run_id,
        target=plan.target,
        target_url=plan.target_url,
        profile=plan.profile,
        about=plan.about,
        model=plan.schedule.model,
        seed=plan.seed,
        started_utc=_stamp(plan.started_utc),
        ended_utc=_stamp(plan.started_utc + timedelta(seconds=run.ended_s)),
        planned_s=plan.schedule.duration_s,
        elapsed_s=run.ended_s,
        workers=run.workers,
        workers_lost=run.workers_lost,
        host=plan.host,
    )


def rows_by_stage(schedule: Schedule, tally: Tally, pause: Callable[[], None]) -> list[list[StepRow]]:
    """The steps of each stage, in order; asked for one by one, since a stage takes some milliseconds."""
    rows = []
    for index in range(len(schedule.stages)):
        rows.append(tally.step_rows({index}))
        pause()
    return rows


def stages_of(
    schedule: Schedule, rows: Sequence[Sequence[StepRow]], each_second: Sequence[HealthSecond], elapsed_s: float
) -> tuple[Stage, ...]:
    """Every stage in order; a second's arrivals belong to the stage that its middle falls into.

    ``good_per_s`` is over the part of the stage that has passed.
    """
    arrivals: dict[int, list[HealthSecond]] = defaultdict(list)
    for record in each_second:
        arrivals[schedule.stage_at(record.second + 0.5)].append(record)
    return tuple(
        _stage(stage, arrivals[index], rows[index], min(elapsed_s, stage.end_s) - stage.start_s)
        for index, stage in enumerate(schedule.stages)
    )


def _stage(stage: PlannedStage, records: Sequence[HealthSecond], rows: Sequence[StepRow], passed_s: float) -> Stage:
    good = sum(row.good for row in rows)
    return Stage(
        name=stage.name,
        start_s=stage.start_s,
        end_s=stage.end_s,
        measured=stage.measured,
        offered=_total(record.offered for record in records),
        started=_total(record.started for record in records),
        dropped=_total(record.dropped for record in records),
        steps=sum(row.count for row in rows),
        good=good,
        failed=sum(row.failed for row in rows),
        good_per_s=round(good / passed_s, 2) if rows and passed_s > 0 else None,
    )


def steps_of(plan: PlanFacts, tally: Tally, rows: Sequence[Sequence[StepRow]]) -> tuple[Step, ...]:
    """Each step over all measured stages, then each stage and step in order."""
    stages = plan.schedule.stages
    measured = [index for index, stage in enumerate(stages) if stage.measured]
    whole = [_step(row, ALL_STAGES, plan) for row in tally.step_rows(measured)]
    apart = [_step(row, stage.name, plan) for stage, steps in zip(stages, rows, strict=True) for row in steps]
    return (*whole, *apart)


def _step(row: StepRow, stage: str, plan: PlanFacts) -> Step:
    return Step(
        step=row.step,
        chapter=chapter_of(row.step, plan.chapters),
        stage=stage,
        count=row.count,
        outcomes={outcome: getattr(row, outcome) for outcome in OUTCOMES},
        expected=row.expected,
        failed=row.failed,
        good_share=row.share("good") if row.count else None,
        success=latency(row.latency),
        service=latency(row.service),
        failure=latency(row.failure_latency),
    )


def latency(times: Times) -> Latency:
    """A distribution with its figures rounded to what they are good for: a hundredth of a millisecond."""
    figures = (times.mean_ms, times.p50_ms, times.p95_ms, times.p99_ms, times.p999_ms, times.max_ms)
    return Latency(times.count, *(None if figure is None else round(figure, 2) for figure in figures))


def codes_of(plan: PlanFacts, tally: Tally) -> tuple[Code, ...]:
    """What ended otherwise than good, over all scenarios and stages, most frequent first."""
    counts: dict[tuple[str, str, str], list[int]] = {}
    for row in tally.code_rows():
        if row.outcome != "good":
            sums = counts.setdefault((row.step, row.outcome, row.code), [0, 0])
            sums[0] += row.count
            sums[1] += row.expected
    ordered = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))
    return tuple(
        Code(step, outcome, code, plan.meanings.get(code, ""), count, expected)
        for (step, outcome, code), (count, expected) in ordered
    )


def generator_of(total: HealthTotal, each_second: Sequence[HealthSecond]) -> Generator:
    """The whole run, warm-up included: sums and distributions, and the worst second where there is none."""
    known = bool(total.seconds)
    return Generator(
        offered=total.offered if known else None,
        started=total.started if known else None,
        dropped=total.dropped if known else None,
        start_delay_p99_ms=_rounded(p99_or_max(total.start_delays)),
        loop_lag_p99_ms=_rounded(p99_or_max(total.loop_lags)),
        loop_lag_max_ms=_rounded(total.loop_lags.max if total.loop_lags.count else None),
        cpu_share=_rounded(max((record.cpu_share for record in each_second), default=None)),
        machine_cpu_share=_rounded(max((record.machine_cpu_share for record in each_second), default=None)),
        open_files=max((record.open_files for record in each_second), default=None),
        visitors_busy=max((record.visitors_busy for record in each_second), default=None),
    )


def _total(numbers: Iterable[int]) -> int | None:
    known = list(numbers)
    return sum(known) if known else None


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 3)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
