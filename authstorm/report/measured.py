"""A run as it is known at one moment, for whoever shows it while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from authstorm.plan.rehearsal import Rehearsal
from authstorm.watch.facts import AlertSpan, RunFacts
from authstorm.watch.health import Health
from authstorm.watch.tally import Tally
from authstorm.watch.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Measured:
    """One run as it is known now; ``verdict`` is None before anything can be judged, and final once ``over``."""

    tally: Tally
    health: Health
    rehearsal: Rehearsal
    facts: RunFacts
    started_s: float  # seconds since 1970
    over: bool
    verdict: Verdict | None
    alerts: Sequence[AlertSpan]
