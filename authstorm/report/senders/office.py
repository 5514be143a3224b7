"""The process in which senders work: notices come in by standard input, and what became of them goes out, line by line.

Lines are JSON objects. In: first ``{"setup": ...}``, then ``{"notice": ..., "to": [receivers]}``, and at last
``{"end": seconds}``, after which so long is waited for what is not delivered yet. The end of the input without a word
means that the run's process is gone: what it told before is delivered all the same. Out: ``{"receiver", "number",
"delivered", "tries", "at", "said"}``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import Any, Final

from authstorm.plan.alert_receivers import AnyReceiver
from authstorm.plan.alerting import Alerting, hidden_parts
from authstorm.plan.secrets import Redactor, Secret
from authstorm.report.senders.courier import Courier, Tell
from authstorm.report.senders.kinds import sender_of
from authstorm.report.senders.mailbag import Pace, Waiting
from authstorm.report.senders.notice import Notice, Origin

ORPHANED_S: Final = 10.0
"""So long the last notices are tried when the run's process is gone."""


class Office:
    """One courier a receiver; ``write`` takes each line that goes out."""

    def __init__(self, setup: Mapping[str, Any], write: Callable[[str], None]) -> None:
        self._write = write
        self._lock = Lock()
        alerting = Alerting.model_validate({"receivers": setup["receivers"]})
        secrets = {key: Secret(value) for key, value in setup["secrets"].items()}
        self._redact = Redactor(hidden_parts(secrets.values()))
        origin = Origin(**setup["origin"])
        self._couriers = {
            name: self._courier(name, receiver, secrets, origin, int(setup["most_tries"]))
            for name, receiver in alerting.receivers.items()
        }

    def serve(self, lines: Iterable[str]) -> None:
        """Work until the end is called, or nobody is left who could."""
        last_call_s = ORPHANED_S
        for line in lines:
            told = json.loads(line)
            if "end" in told:
                last_call_s = float(told["end"])
                break
            notice = Notice(**told["notice"])
            for name in told["to"]:
                self._couriers[name].put(notice)
        ends_s = time.monotonic() + last_call_s
        for courier in self._couriers.values():
            courier.close(ends_s)
        for courier in self._couriers.values():
            courier.wait(ends_s)

    def _courier(
        self, name: str, receiver: AnyReceiver, secrets: Mapping[str, Secret], origin: Origin, most_tries: int
    ) -> Courier:
        sender = sender_of(name, receiver, secrets, origin)
        pace = Pace(sender.most, sender.every_s, sender.resend_s, receiver.give_up_s, most_tries)
        return Courier(sender, pace, receiver.timeout_s, self._tell_of(name))

    def _tell_of(self, name: str) -> Tell:
        def tell(waiting: Waiting, delivered: bool, said: str) -> None:
            line = json.dumps({
                "receiver": name,
                "number": waiting.notice.number,
                "delivered": delivered,
                "tries": waiting.tries,
                "at": time.time(),
                "said": self._redact(said),
            })  # fmt: skip
            with self._lock:
                self._write(line + "\n")

        return tell
