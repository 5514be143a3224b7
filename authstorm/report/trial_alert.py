"""A test alert through every receiver, fired and resolved, and a table of what came back."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence
from typing import Final

from authstorm.plan.alert_rules import Severity
from authstorm.plan.alerting import Alerting
from authstorm.plan.secrets import Redactor
from authstorm.report.on_call import OnCall
from authstorm.report.senders.dispatch import Dispatch
from authstorm.report.senders.notice import Notice, Origin, State
from authstorm.watch.facts import Delivery

RULE: Final = "alert-test"
ABOUT: Final = "This is a test. Nobody has to do anything."
GRACE_S: Final = 5.0
"""What a receiver's time limit may be exceeded by before it counts as silent: its process has to start."""


def told(on_call: OnCall, redact: Redactor) -> Sequence[Delivery]:
    """Fire at every receiver, wait for what comes back, then resolve; each has one try."""
    alerting = on_call.alerting
    origin = Origin("test", RULE, RULE, platform.node(), alerting.labels)
    dispatch = Dispatch(alerting, on_call.secrets, origin, redact, most_tries=1)
    began = time.time()
    for state in ("firing", "resolved"):
        for place, (name, receiver) in enumerate(alerting.receivers.items()):
            severity = receiver.only[0] if receiver.only else "info"
            dispatch.tell(_notice(state, severity, began), place, to=name)
        _wait(dispatch, max(receiver.timeout_s for receiver in alerting.receivers.values()) + GRACE_S)
    dispatch.finish()
    return dispatch.deliveries


def all_told(deliveries: Sequence[Delivery]) -> bool:
    """Whether every receiver took everything."""
    return all(each.after_s is not None for each in deliveries)


def table(alerting: Alerting, deliveries: Sequence[Delivery]) -> Iterator[str]:
    """A line for each receiver and notice, and how it came out."""
    rows = [("receiver", "kind", "notice", "took", "what came back")]
    for name, receiver in alerting.receivers.items():
        kind = str(getattr(receiver, "kind", ""))
        for each in deliveries:
            if each.receiver == name:
                took = "NOT" if each.after_s is None else f"{each.after_s:.2f} s"
                rows.append((name, kind, each.state, took, each.said))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        yield "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]).rstrip()
    lost = sorted({each.receiver for each in deliveries if each.after_s is None})
    yield ""
    yield f"not told: {', '.join(lost)}" if lost else "every receiver was told"


def _notice(state: State, severity: Severity, began: float) -> Notice:
    sentence = "A test alert fires." if state == "firing" else "The test alert is over."
    return Notice(0, state, RULE, severity, sentence, ABOUT, began, time.time())


def _wait(dispatch: Dispatch, limit_s: float) -> None:
    ends_s = time.monotonic() + limit_s
    while dispatch.is_waiting and time.monotonic() < ends_s:
        time.sleep(0.02)
