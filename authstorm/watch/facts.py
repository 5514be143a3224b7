"""What the verdict must know beside the numbers: how the run ended and who took part."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunFacts:
    """How a run went, apart from what it measured.

    ``ended_s`` is how far it came, in seconds since its start. ``aborted_by`` is the rule that stopped it, and
    ``regression`` a sentence on what got worse than in the baseline run by more than the noise; both "" without one.
    ``listener_errors`` counts exceptions in the recorder's own listeners, on every node; ``unhandled`` says that any
    other listener or greenlet of a node raised. ``reports_missed`` are reports of workers that never came.
    """

    ended_s: float
    interrupted: bool = False
    aborted_by: str = ""
    workers: int = 1
    workers_lost: tuple[str, ...] = ()
    listener_errors: int = 0
    unhandled: bool = False
    reports_missed: int = 0
    regression: str = ""
