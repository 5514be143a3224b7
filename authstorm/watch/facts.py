"""What the verdict must know beside the numbers: how the run ended and who took part."""

from __future__ import annotations

from dataclasses import dataclass

from authstorm.watch.wrongs import WrongAnswer


@dataclass(frozen=True, slots=True)
class AlertSpan:
    """One alert from its first bad second to its end, in whole seconds since the run's start.

    ``bad_since_s`` is when the first bad second began, ``fired_s`` when it fired and ``resolved_s`` when it was over;
    None while it is firing. ``severity`` is "critical", "warning" or "info". ``sentence`` says what was measured when
    it fired, beside its limit.
    """

    rule: str
    severity: str
    bad_since_s: float
    fired_s: float
    resolved_s: float | None = None
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one notice at one receiver.

    ``alert`` is the place of its alert among those that fired, -1 for the word on how the run ended; ``state`` is
    "firing", "resolved" or "final". ``after_s`` is how long after the change the receiver had taken it, None where it
    was not delivered; ``said`` is what came back, or why not.
    """

    alert: int
    state: str
    receiver: str
    after_s: float | None
    tries: int
    said: str


@dataclass(frozen=True, slots=True)
class RunFacts:
    """How a run went, apart from what it measured.

    ``ended_s`` is how far it came, in seconds since its start. ``aborted_by`` is the rule that stopped it, "" without.
    ``listener_errors`` counts exceptions in the recorder's own listeners, on every node; ``unhandled`` says that any
    other listener or greenlet of a node raised. ``reports_missed`` are reports of workers that never came.
    ``crew_events`` are sentences on workers that went or came while the run went on, in the order of time.
    ``alerts`` are all that fired, in the order in which they did, ``deliveries`` what receivers were told of them.
    ``wrongs`` are the first wrong answers.
    """

    ended_s: float
    interrupted: bool = False
    aborted_by: str = ""
    workers: int = 1
    workers_lost: tuple[str, ...] = ()
    crew_events: tuple[str, ...] = ()
    listener_errors: int = 0
    unhandled: bool = False
    reports_missed: int = 0
    alerts: tuple[AlertSpan, ...] = ()
    wrongs: tuple[WrongAnswer, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
