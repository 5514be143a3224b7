"""``make alert-test``: one test alert, fired and resolved, through every receiver, and what came back."""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from authstorm.drive.secret_files import load_secret_files
from authstorm.errors import ConfigError, Problem
from authstorm.plan.alert_rules import Severity
from authstorm.plan.alerting import FILE, Alerting
from authstorm.plan.secrets import Redactor
from authstorm.report.on_call import OnCall
from authstorm.report.senders.dispatch import Dispatch
from authstorm.report.senders.notice import Notice, Origin, State
from authstorm.watch.facts import Delivery

RULE: Final = "alert-test"
ABOUT: Final = "This is a test. Nobody has to do anything."
GRACE_S: Final = 5.0
"""What a receiver's time limit may be exceeded by before it counts as silent: its process has to start."""
NOT_TOLD: Final = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow ``alert-test``."""
    parser.add_argument("--config-dir", type=Path, default=Path("config"), help="where alerts.yaml is")


def run(options: argparse.Namespace) -> int:
    """Tell every receiver; 0 when all took both notices, 6 when one did not, 2 when there is none or a bad file."""
    load_secret_files()
    redact = Redactor()
    path: Path = options.config_dir / FILE
    on_call = OnCall.read(path, redact)
    if not on_call.alerting.receivers:
        wrong = "there is no receiver" if path.exists() else "there is no such file"
        raise ConfigError([Problem(str(path), None, "receivers", wrong, "see the examples in config/alerts.yaml")])
    deliveries = told(on_call, redact)
    print("\n".join(table(on_call.alerting, deliveries)))
    return 0 if all(each.after_s is not None for each in deliveries) else NOT_TOLD


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
