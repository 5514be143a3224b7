"""What is told of a run: the typed content of ``summary.json``, which every other file is drawn from.

Times are seconds since the run's start, latencies milliseconds from the planned moment. None means that nothing was
measured, or too little to speak of it, never zero. A change that breaks readers raises ``SCHEMA_VERSION``.
"""

from __future__ import annotations

from typing import Final, Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

SCHEMA_VERSION: Final = 1
ALL_STAGES: Final = "all"
"""The stage of a row that speaks for every measured stage together."""

Answer = Literal["yes", "no", "unknown"]
State = Literal["holds", "warns", "fails", "unknown"]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_STRICT)
class Run:
    """Who ran what against whom, and how far it came."""

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


@dataclass(frozen=True, slots=True, config=_STRICT)
class Code:
    """How often a step ended in a code other than a plain success, and what the code means."""

    step: str
    outcome: str
    code: str
    meaning: str
    count: int
    expected: int


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
    """How the target took the storm; None where the profile or the run does not tell.

    ``recovery_at_least_s`` stands where the run ended before the target had recovered.
    """

    detect_s: float | None = None
    recovery_s: float | None = None
    recovery_at_least_s: float | None = None
    retained_goodput: float | None = None
    amplification: float | None = None


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
