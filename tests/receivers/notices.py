"""Notices and receivers as tests need them."""

import time

from authstorm.plan.alerting import Alerting
from authstorm.plan.secrets import Secret
from authstorm.report.senders.kinds import sender_of
from authstorm.report.senders.notice import Notice, Origin

ORIGIN = Origin("20261123T201500Z-shop-sale", "shop", "sale", "storm-1", {"team": "auth"})
PAGERDUTY_KEY = "R0123456789abcdefghijklmnopqrst0"


def notice(number=1, state="firing", **changes):
    at = time.time()
    fields = {
        "number": number, "state": state, "rule": "target-down", "severity": "critical", "about": "Nobody is answered.",
        "sentence": "Nothing was served for 2 s.", "began": at - 3, "at": at,
    }  # fmt: skip
    return Notice(**fields | changes)


def alerting_of(receivers, **more):
    return Alerting.model_validate({"receivers": receivers} | more)


def sender(secrets=(), **receiver):
    """The sender of one receiver; ``secrets`` are values by the names of their variables."""
    read = alerting_of({"it": receiver}).receivers["it"]
    return sender_of("it", read, {key: Secret(value) for key, value in dict(secrets).items()}, ORIGIN)
