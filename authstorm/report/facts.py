"""What is told of a run: the typed content of ``summary.json``, which every other file is drawn from.

Times are seconds since the run's start, latencies milliseconds from the planned moment. None means that nothing was
measured, or too little to speak of it, never zero. A change that breaks readers raises ``SCHEMA_VERSION``.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from authstorm.report.delivery_facts import Delivery, Receiver

SCHEMA_VERSION: Final = 1
ALL_STAGES: Final = "all"
"""The stage of a row that speaks for every measured stage together."""

Answer = Literal["yes", "no", "unknown"]
State = Literal["holds", "warns", "fails", "unknown"]
Severity = Literal["critical", "warning", "info"]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_STRICT)
class Run:
    """Who ran what against whom, and how far it came.

    ``run_mark`` is what the trace ID of every request of the run begins with, "" where none travelled.
    """

    id: str
    target: str
    target_url: str
    profile: str
    about: str
    model: str
    seed: int | None
    started_utc: str
    ended_utc: str
    planned_s: float
    elapsed_s: float
    workers: int
    workers_lost: tuple[str, ...]
    host: str
    run_mark: str = ""


@dataclass(frozen=True, slots=True, config=_STRICT)
class VerdictPart:
    """The answer to one of the three questions, with its reasons as sentences, the gravest first."""

    answer: Answer
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, config=_STRICT)
class Verdicts:
    """The three questions: was the run valid, did the target meet its objectives, was it correct."""

    valid: VerdictPart
    objectives: VerdictPart
    correct: VerdictPart


@dataclass(frozen=True, slots=True, config=_STRICT)
class Rule:
    """One thing that had to hold.

    ``name`` is an objective's line as written or a finding's stable code, ``value`` what was measured with its unit
    ("" where the sentence holds it), ``reason`` the sentence that says how it came out.
    """

    name: str
    state: State
    value: str
    reason: str


@dataclass(frozen=True, slots=True, config=_STRICT)
class Latency:
    """A distribution in ms; a percentile is None where there are too few samples to speak of it."""

    count: int
    mean_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    p999_ms: float | None
    max_ms: float | None


@dataclass(frozen=True, slots=True, config=_STRICT)
class Stage:
    """One stage: the arrivals that were due in it (None: unknown), and the steps that they made."""

    name: str
    start_s: float
    end_s: float
    measured: bool
    offered: int | None
    started: int | None
    dropped: int | None
    steps: int
    good: int
    failed: int
    good_per_s: float | None


@dataclass(frozen=True, slots=True, config=_STRICT)
class StepNoise:
    """How far a step's figures may be off by chance: standard errors, from the run's own second-to-second variation.

    None where there were too few steps to tell. Percentiles are those of success, shares 0 to 1.
    """

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    good_share: float | None = None
    failed_share: float | None = None


@dataclass(frozen=True, slots=True, config=_STRICT)
class Step:
    """One step in one stage, or in all measured ones: counts by outcome, success and failure latency apart.

    ``expected`` steps ended otherwise than good because the scenario asked for it, ``failed`` ones without being asked.
    ``success`` and ``service`` (from the first byte sent) tell of good steps, ``failure`` of all others.
    """

    step: str
    chapter: str
    stage: str
    count: int
    outcomes: dict[str, int]
    expected: int
    failed: int
    good_share: float | None
    success: Latency
    service: Latency
    failure: Latency
    noise: StepNoise = StepNoise()


@dataclass(frozen=True, slots=True, config=_STRICT)
class Code:
    """How often a step ended in a code other than a plain success, what the code means, and between which seconds."""

    step: str
    outcome: str
    code: str
    meaning: str
    count: int
    expected: int
    first_s: int = 0
    last_s: int = 0


@dataclass(frozen=True, slots=True, config=_STRICT)
class Wrong:
    """One of the first wrong answers: when it was complete, whose it was, and what is needed to find its request.

    ``what`` names the part that was looked at; tokens in ``expected`` and ``got`` are fingerprints. ``trace`` is the
    trace ID that travelled with the request, "" where none did.
    """

    second: int
    at_utc: str
    stage: str
    step: str
    code: str
    identity: str
    what: str
    expected: str
    got: str
    trace: str


@dataclass(frozen=True, slots=True, config=_STRICT)
class SlowMoment:
    """One of the slowest single steps: when it was done, how it ended, and how long it took from its planned moment."""

    second: int
    stage: str
    step: str
    outcome: str
    code: str
    latency_ms: float


@dataclass(frozen=True, slots=True, config=_STRICT)
class Generator:
    """How the side that made the load fared: sums, distributions, and for shares and counts the worst second."""

    offered: int | None
    started: int | None
    dropped: int | None
    start_delay_p99_ms: float | None
    loop_lag_p99_ms: float | None
    loop_lag_max_ms: float | None
    cpu_share: float | None
    machine_cpu_share: float | None
    open_files: int | None
    visitors_busy: int | None


@dataclass(frozen=True, slots=True, config=_STRICT)
class Resilience:
    """How the target took the storm (docs/objectives.md); None where the profile or the run does not tell.

    ``onset_s`` is when the first bad second began. ``recovery_s`` counts from ``recovery_from_s``;
    ``recovery_at_least_s`` stands where the run ended before the target had recovered. ``error_budget_burnt`` is 1 when
    the objective ``error_budget_of`` ("" without one) has used up what it allows.
    """

    onset_s: float | None = None
    detect_s: float | None = None
    recovery_from_s: float | None = None
    recovery_s: float | None = None
    recovery_at_least_s: float | None = None
    retained_goodput: float | None = None
    amplification: float | None = None
    error_budget_burnt: float | None = None
    error_budget_of: str = ""


@dataclass(frozen=True, slots=True, config=_STRICT)
class Alert:
    """One alert: when its first bad second began, when it fired and when it was over (None: it was firing to the end).

    ``detect_s`` is the time from the first to the second. ``sentence`` says what was measured, beside the limit.
    """

    rule: str
    severity: Severity
    sentence: str
    bad_since_s: float
    fired_s: float
    resolved_s: float | None
    detect_s: float
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True, config=_STRICT)
class Guessed:
    """Guesses at passwords in one stage, and good users beside them.

    What was neither ``refused`` nor ``let_in`` was limited or got no answer. ``sign_ins`` are those of good users, of
    which ``locked_out`` were refused although the password was right; ``good_share`` and ``p99_ms`` are of the step
    ``login`` (in a login page: of the request with the password).
    """

    stage: str
    guesses: int
    refused: int
    let_in: int
    sign_ins: int
    good_share: float | None
    p99_ms: float | None
    locked_out: int


@dataclass(frozen=True, slots=True, config=_STRICT)
class Summary:
    """All of ``summary.json``; ``partial_because`` is "" and ``complete`` true when the run came to its planned end.

    ``exit_code`` is None as long as the run has not ended. ``remarks`` speak against the run beside its rules.
    """

    schema_version: int
    complete: bool
    partial_because: str
    exit_code: int | None
    exit_codes: tuple[int, ...]
    exit_meaning: str
    headline: str
    remarks: tuple[str, ...]
    run: Run
    versions: dict[str, str]
    verdicts: Verdicts
    objectives: tuple[Rule, ...]
    validity: tuple[Rule, ...]
    correctness: tuple[Rule, ...]
    resilience: Resilience
    stages: tuple[Stage, ...]
    steps: tuple[Step, ...]
    codes: tuple[Code, ...]
    generator: Generator
    alerts: tuple[Alert, ...] = ()
    slowest: tuple[SlowMoment, ...] = ()
    wrongs: tuple[Wrong, ...] = ()
    guessing: tuple[Guessed, ...] = ()
    receivers: tuple[Receiver, ...] = ()
