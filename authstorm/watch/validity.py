"""Was the run valid: did the generator deliver the load, and did it measure well? One small rule a function."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from math import ceil, floor, inf

from authstorm.plan.schedule import Schedule
from authstorm.watch.facts import RunFacts
from authstorm.watch.finding import Finding, Status
from authstorm.watch.health import Health, HealthTotal, p99_or_max
from authstorm.watch.stretch import measured_stages
from authstorm.watch.tally import Tally


@dataclass(frozen=True, slots=True)
class Limits:
    """What a generator may get wrong before its run proves nothing (the first three), or deserves a word of warning.

    The figures come from runs against a server of known delay. Up to 60 % of a core a generator's p99 was right to
    4 ms; from 70 to 75 % on it mostly doubled. A loop that wakes sleepers 5 ms late reads p99 up to five times too
    high on its own clock; kernel time stamps stay right, so that lag alone is a warning. Every arrival that begins late
    is late by that much in what its visitor waited, on any clock.
    """

    dropped_share: float = 0.001  # of the arrivals that were due
    delivered_share: float = 0.95  # started, of those that were due
    start_delay_p99_ms: float = 50.0
    loop_lag_p99_ms: float = 20.0
    cpu_share: float = 0.75  # of one core, of the busiest worker, in the 95th percentile of the seconds
    machine_cpu_share: float = 0.95
    samples: int = 10  # fewer steps say nothing
    loop_lag_fails_ms: float = inf  # where the loop's own clock stamps answers, such a lag is what was measured
    early_end_s: float = 2.0  # how much sooner than planned a whole run may end
    accounts_suffice: bool = False  # whether each visitor must have found an account

    def on_loop_clock(self) -> Limits:
        """The limits where no kernel stamps the answers: a late loop then reads every latency too high."""
        return replace(self, loop_lag_p99_ms=5.0, loop_lag_fails_ms=50.0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the rules look at, over the measured stages; ``due`` are the arrivals that should have begun."""

    facts: RunFacts
    limits: Limits
    planned_s: float
    samples: int
    total: HealthTotal
    due: int


def validity(tally: Tally, health: Health, schedule: Schedule, facts: RunFacts, limits: Limits) -> tuple[Finding, ...]:
    """Every rule on validity with what became of it."""
    stages = measured_stages(schedule)
    total = health.total(stages)
    # a worker that was lost no longer says what it should have offered: then the plan knows better
    due = max(total.offered, _planned(schedule, stages, facts.ended_s))
    evidence = Evidence(facts, limits, schedule.duration_s, tally.total(stages).count, total, due)
    return tuple(rule(evidence) for rule in RULES)


def samples(evidence: Evidence) -> Finding:
    """Enough was measured to say anything."""
    count, least = evidence.samples, evidence.limits.samples
    return _judge("samples", count >= least, f"{count:,} steps were measured; there must be at least {least:,}.")


def whole_run(evidence: Evidence) -> Finding:
    """The run went to its planned end, or a rule stopped it."""
    facts, planned_s = evidence.facts, evidence.planned_s
    reached = f"{facts.ended_s:.0f} of {planned_s:.0f} s"
    if facts.aborted_by:
        return Finding(
            "whole-run", Status.WARNS, f"The run covers {reached}: the rule “{facts.aborted_by}” stopped it."
        )
    if facts.interrupted:
        return Finding("whole-run", Status.FAILS, f"The run covers {reached}: it was interrupted.")
    whole = facts.ended_s >= planned_s - evidence.limits.early_end_s
    return _judge(
        "whole-run", whole, f"The run covers {reached}; at most {evidence.limits.early_end_s:g} s may be missing."
    )


def workers(evidence: Evidence) -> Finding:
    """No worker was lost, nor a report of one."""
    facts = evidence.facts
    lost = f"{len(facts.workers_lost)} of {facts.workers} workers were lost"
    names = f" ({', '.join(facts.workers_lost)})" if facts.workers_lost else ""
    missed = f"{facts.reports_missed} of their reports never came"
    gap = evidence.due - evidence.total.offered if facts.workers_lost else 0
    unknown = f" {gap:,} arrivals of the plan were made by nobody, or are not known of." if gap > 0 else ""
    events = "".join(f" {event[:1].upper()}{event[1:]}." for event in facts.crew_events)
    holds = not facts.workers_lost and not facts.reports_missed
    return _judge("workers", holds, f"{lost}{names} and {missed}; none may be.{unknown}{events}")


def listeners(evidence: Evidence) -> Finding:
    """No listener failed: what it should have counted is missing."""
    errors, unhandled = evidence.facts.listener_errors, evidence.facts.unhandled
    if unhandled and not errors:
        return Finding(
            "listeners", Status.FAILS, "A listener or greenlet raised an exception; the log has it. None may."
        )
    return _judge(
        "listeners",
        not errors,
        f"The suite's own code raised {errors} exceptions, in visits or while recording; see the log. None may.",
    )


def observed(evidence: Evidence) -> Finding:
    """The generator was watched."""
    seconds = evidence.total.seconds
    return _judge(
        "generator-observed", seconds > 0, f"The generator's health was noted {seconds:,} times; at least 1 is needed."
    )


def dropped(evidence: Evidence) -> Finding:
    """Hardly any arrival was dropped for want of a visitor."""
    if not evidence.due:
        return _nothing_due("arrivals-dropped")
    count, limit = evidence.total.dropped, evidence.limits.dropped_share
    share = count / evidence.due
    sentence = f"{count:,} of {evidence.due:,} arrivals were dropped ({share:.2%}); at most {limit:.2%} may be."
    return _judge("arrivals-dropped", share <= limit, sentence)


def delivered(evidence: Evidence) -> Finding:
    """Nearly all arrivals that were planned began."""
    if not evidence.due:
        return _nothing_due("arrivals-delivered")
    count, limit = evidence.total.started, evidence.limits.delivered_share
    share = count / evidence.due
    sentence = f"{count:,} of {evidence.due:,} arrivals were started ({share:.1%}); at least {limit:.1%} must be."
    return _judge("arrivals-delivered", share >= limit, sentence)


def accounts(evidence: Evidence) -> Finding:
    """Each visitor had an account of its own, as the target declares for the case that there are too few."""
    total = evidence.total
    if total.sharing:
        shared = f"Up to {total.sharing:,} visitors at a time acted as somebody whom another visitor acted as"
        return Finding("accounts", Status.WARNS, f"{shared}: accounts.when-exhausted is recycle.")
    sentence = f"At most {total.without_account:,} visitors at a time stayed away for want of an account"
    holds = f"{sentence}; none should." if not evidence.limits.accounts_suffice else f"{sentence}; none may."
    otherwise = Status.FAILS if evidence.limits.accounts_suffice else Status.WARNS
    return _judge("accounts", not total.without_account, holds, otherwise)


def ports(evidence: Evidence) -> Finding:
    """This machine had a port, a descriptor and memory for every connection."""
    count = evidence.total.exhausted
    sentence = f"{count:,} attempts to connect failed for want of local ports, descriptors or memory; none may."
    return _judge("local-ports", not count, sentence)


def start_delay(evidence: Evidence) -> Finding:
    """Arrivals began when they were due."""
    return _delay(
        "start-delay",
        p99_or_max(evidence.total.start_delays),
        evidence.limits.start_delay_p99_ms,
        Status.FAILS,
        "The slowest hundredth of arrivals began at least {:.1f} ms late; at most {:g} ms is allowed.",
    )


def loop_lag(evidence: Evidence) -> Finding:
    """The event loop came round in time."""
    lag_ms = p99_or_max(evidence.total.loop_lags)
    return _delay(
        "loop-lag",
        lag_ms,
        evidence.limits.loop_lag_p99_ms,
        Status.FAILS if (lag_ms or 0.0) > evidence.limits.loop_lag_fails_ms else Status.WARNS,
        "The event loop was {:.1f} ms late in its slowest hundredth; above {:g} ms, latencies read too high.",
    )


def cpu(evidence: Evidence) -> Finding:
    """The generator had processor time to spare."""
    share, limit = evidence.total.cpu_share_p95, evidence.limits.cpu_share
    took = f"A generator process took {share:.0%} of a core (p95 of its seconds)"
    sentence = f"{took}; above {limit:.0%}, latencies read too high."
    return _share("generator-cpu", evidence, share, limit, sentence)


def machine_cpu(evidence: Evidence) -> Finding:
    """The generator's machine had processor time to spare."""
    share, limit = evidence.total.machine_cpu_share_p95, evidence.limits.machine_cpu_share
    busy = f"The generator's machine was {share:.0%} busy (p95 of its seconds)"
    sentence = f"{busy}; above {limit:.0%}, latencies may be its own."
    return _share("machine-cpu", evidence, share, limit, sentence)


RULES: tuple[Callable[[Evidence], Finding], ...] = (
    samples,
    whole_run,
    workers,
    listeners,
    observed,
    dropped,
    delivered,
    accounts,
    ports,
    start_delay,
    loop_lag,
    cpu,
    machine_cpu,
)


def _judge(code: str, holds: bool, sentence: str, otherwise: Status = Status.FAILS) -> Finding:
    return Finding(code, Status.HOLDS if holds else otherwise, sentence)


def _delay(code: str, delay_ms: float | None, limit_ms: float, otherwise: Status, sentence: str) -> Finding:
    if delay_ms is None:
        return Finding(code, Status.UNKNOWN, f"Nothing was noted that {code.replace('-', ' ')} could be read from.")
    return _judge(code, delay_ms <= limit_ms, sentence.format(delay_ms, limit_ms), otherwise)


def _share(code: str, evidence: Evidence, share: float, limit: float, sentence: str) -> Finding:
    if not evidence.total.seconds:
        return Finding(code, Status.UNKNOWN, "Nobody watched the processor.")
    return _judge(code, share <= limit, sentence, Status.WARNS)


def _nothing_due(code: str) -> Finding:
    return Finding(code, Status.UNKNOWN, "No arrival was due in a measured stage.")


def _planned(schedule: Schedule, stages: Collection[int], until_s: float) -> int:
    """Arrivals that the plan has in the given stages before ``until_s``; 0 in a closed model.

    A stage in the middle of which the run ended counts by its whole seconds.
    """
    offered, seconds = schedule.offered_by_stage(), schedule.offered_each_second()
    whole = [index for index in stages if schedule.stages[index].end_s <= until_s]
    begun = [schedule.stages[index] for index in stages if index not in whole]
    cut = [seconds[second] for stage in begun for second in range(ceil(stage.start_s), floor(until_s))]
    return sum(sum(each.values()) for each in (*(offered[index] for index in whole), *cut))
