"""What is told of alerts: when each fired and resolved, and what became of every notice of it."""

from __future__ import annotations

from typing import cast

from authstorm.report.delivery_facts import Delivery, Receiver, Told
from authstorm.report.facts import Alert, Severity
from authstorm.watch.facts import Delivery as Watched
from authstorm.watch.facts import RunFacts


def alerts_of(run: RunFacts) -> tuple[Alert, ...]:
    """Every alert that fired, in the order in which they did."""
    return tuple(
        Alert(
            rule=span.rule,
            severity=cast("Severity", span.severity),
            sentence=span.sentence,
            bad_since_s=span.bad_since_s,
            fired_s=round(span.fired_s, 2),
            resolved_s=None if span.resolved_s is None else round(span.resolved_s, 3),
            detect_s=round(span.fired_s - span.bad_since_s, 2),
            deliveries=tuple(_delivery(each) for each in run.deliveries if each.alert == place),
        )
        for place, span in enumerate(run.alerts)
    )


def receivers_of(run: RunFacts) -> tuple[Receiver, ...]:
    """Every receiver that there was something to tell, by name."""
    names = sorted({each.receiver for each in run.deliveries})
    return tuple(_receiver(name, [each for each in run.deliveries if each.receiver == name]) for name in names)


def _delivery(each: Watched) -> Delivery:
    after_s = None if each.after_s is None else round(each.after_s, 2)
    return Delivery(cast("Told", each.state), each.receiver, after_s, each.tries, each.said)


def _receiver(name: str, told: list[Watched]) -> Receiver:
    taken = [each.after_s for each in told if each.after_s is not None]
    lost = [each for each in told if each.after_s is None]
    return Receiver(
        name=name,
        delivered=len(taken),
        undelivered=len(lost),
        slowest_s=round(max(taken), 2) if taken else None,
        why=lost[-1].said if lost else "",
    )
