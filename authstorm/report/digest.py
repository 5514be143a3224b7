"""From what was watched to what is told: the only place that turns tally, health and verdict into a summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta

from authstorm.plan.expectation import is_goodput
from authstorm.plan.schedule import Schedule
from authstorm.plan.schedule import Stage as PlannedStage
from authstorm.report.chapters import chapter_of
from authstorm.report.facts import (
    ALL_STAGES,
    SCHEMA_VERSION,
    Generator,
    Latency,
    Resilience,
    Run,
    Stage,
    Step,
    StepNoise,
    Summary,
    Wrong,
)
from authstorm.report.guessing import guessed_of
from authstorm.report.plan_facts import PlanFacts
from authstorm.report.told import headline, partial_because, rule_of_finding, rule_of_objective, verdicts
from authstorm.report.told_alerts import alerts_of, receivers_of
from authstorm.report.words import OUTCOMES, exit_meaning
from authstorm.report.worst import codes_of, slowest_of
from authstorm.watch.facts import RunFacts
from authstorm.watch.health import Health, HealthSecond, HealthTotal, p99_or_max
from authstorm.watch.noise import NO_NOISE, Noise
from authstorm.watch.resilience import Storm
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
        stages=stages_of(plan.schedule, rows, watched.health, watched.run.ended_s),
        steps=steps_of(plan, tally, rows, noisy=watched.complete),
        codes=codes_of(plan, tally),
        generator=generator_of(watched.health.total(), each_second),
        alerts=alerts_of(watched.run),
        receivers=receivers_of(watched.run),
        slowest=slowest_of(plan.schedule, tally),
        wrongs=wrongs_of(plan, watched.run),
        guessing=guessed_of(plan.schedule, rows),
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
        run_mark=plan.run_mark,
    )


def rows_by_stage(schedule: Schedule, tally: Tally, pause: Callable[[], None]) -> list[list[StepRow]]:
    """The steps of each stage, in order; asked for one by one, since a stage takes some milliseconds."""
    rows = []
    for index in range(len(schedule.stages)):
        rows.append(tally.step_rows({index}))
        pause()
    return rows


def stages_of(
    schedule: Schedule, rows: Sequence[Sequence[StepRow]], health: Health, elapsed_s: float
) -> tuple[Stage, ...]:
    """Every stage in order, with the arrivals that were planned in it; ``good_per_s`` is its goodput so far."""
    return tuple(
        _stage(
            stage,
            health.arrivals({index}) if health.knows_arrivals(index) else (None, None, None),
            rows[index],
            min(elapsed_s, stage.end_s) - stage.start_s,
        )
        for index, stage in enumerate(schedule.stages)
    )


def _stage(stage: PlannedStage, arrivals: tuple[int | None, ...], rows: Sequence[StepRow], passed_s: float) -> Stage:
    offered, started, dropped = arrivals
    good = sum(row.good for row in rows if is_goodput(row.step))  # what arrivals ask for
    return Stage(
        name=stage.name,
        start_s=stage.start_s,
        end_s=stage.end_s,
        measured=stage.measured,
        offered=offered,
        started=started,
        dropped=dropped,
        steps=sum(row.count for row in rows),
        good=sum(row.good for row in rows),
        failed=sum(row.failed for row in rows),
        good_per_s=round(good / passed_s, 2) if rows and passed_s > 0 else None,
    )


def steps_of(plan: PlanFacts, tally: Tally, rows: Sequence[Sequence[StepRow]], *, noisy: bool) -> tuple[Step, ...]:
    """Each step over all measured stages, then each stage and step in order; ``noisy``: with their noise."""
    stages = plan.schedule.stages
    measured = [index for index, stage in enumerate(stages) if stage.measured]

    def told(row: StepRow, stage: str, within: Sequence[int]) -> Step:
        return _step(row, stage, plan, tally.noise(row.step, within) if noisy else NO_NOISE)

    whole = [told(row, ALL_STAGES, measured) for row in tally.step_rows(measured)]
    apart = [told(row, stages[index].name, [index]) for index, steps in enumerate(rows) for row in steps]
    return (*whole, *apart)


def _step(row: StepRow, stage: str, plan: PlanFacts, noise: Noise) -> Step:
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
        noise=StepNoise(*(None if error is None else round(error, 5) for error in astuple(noise))),
    )


def latency(times: Times) -> Latency:
    """A distribution with its figures rounded to what they are good for: a hundredth of a millisecond."""
    figures = (times.mean_ms, times.p50_ms, times.p95_ms, times.p99_ms, times.p999_ms, times.max_ms)
    return Latency(times.count, *(None if figure is None else round(figure, 2) for figure in figures))


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


def wrongs_of(plan: PlanFacts, run: RunFacts) -> tuple[Wrong, ...]:
    """The first wrong answers, in the order of time."""
    return tuple(
        Wrong(
            second=int(answer.done_s),
            at_utc=_stamp(plan.started_utc + timedelta(seconds=answer.done_s)),
            stage=plan.schedule.stages[answer.stage].name,
            step=answer.step,
            code=answer.code,
            identity=answer.identity,
            what=answer.what,
            expected=answer.expected,
            got=answer.got,
            trace=answer.trace,
        )
        for answer in run.wrongs
    )


def resilience_of(storm: Storm) -> Resilience:
    """How the target took the storm, with figures rounded to what they are good for."""
    return Resilience(
        onset_s=storm.onset_s,
        detect_s=_rounded(storm.detect_s),
        recovery_from_s=_rounded(storm.recovery_from_s),
        recovery_s=_rounded(storm.recovery_s),
        recovery_at_least_s=_rounded(storm.recovery_at_least_s),
        retained_goodput=_rounded(storm.retained_goodput),
        amplification=_rounded(storm.amplification),
        error_budget_burnt=_rounded(storm.budget_burnt),
        error_budget_of=storm.budget_line,
    )


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 3)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
