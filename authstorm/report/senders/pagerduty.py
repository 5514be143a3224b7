"""PagerDuty, by its Events API v2: an incident is triggered, and resolved by the same key."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from authstorm.plan.alert_receivers import PagerDuty
from authstorm.plan.secrets import Secret
from authstorm.report.senders.http_post import post
from authstorm.report.senders.notice import SOURCE, Notice, Origin, stamp

MOST_SUMMARY: Final = 1024
MOST_KEY: Final = 255
SEVERITIES: Final = {"critical": "critical", "warning": "warning", "info": "info"}


class PagerDutySender:
    """Sends one event a request, two a second: 120 a minute is what an integration takes."""

    most = 1
    every_s = 0.5
    resend_s: float | None = None

    def __init__(self, receiver: PagerDuty, secrets: Mapping[str, Secret], origin: Origin) -> None:
        self._origin = origin
        self._timeout_s = receiver.timeout_s
        self._url = f"{receiver.url}/v2/enqueue"
        self._key = secrets[receiver.key.key]

    def send(self, notices: Sequence[Notice]) -> str:
        """POST one event."""
        (notice,) = notices
        return post(self._url, self._event(notice), self._timeout_s)

    def close(self) -> None:
        """Nothing is kept open."""

    def _event(self, notice: Notice) -> dict[str, Any]:
        event: dict[str, Any] = {
            "routing_key": self._key.reveal(),
            "event_action": "trigger" if notice.state == "firing" else "resolve",
            "dedup_key": dedup_key(self._origin, notice),
        }
        if notice.state == "firing":
            event |= {"client": SOURCE, "payload": self._payload(notice)}
        return event

    def _payload(self, notice: Notice) -> dict[str, Any]:
        origin = self._origin
        summary = f"{notice.rule} on {origin.target}: {notice.about or notice.sentence}"
        return {
            "summary": summary[:MOST_SUMMARY],
            "source": origin.target or origin.host or SOURCE,
            "severity": SEVERITIES[notice.severity],
            "timestamp": stamp(notice.began),
            "class": notice.rule,
            "custom_details": {
                **origin.labels,  # which may be called as what follows
                "measured": notice.sentence,
                "run": origin.run,
                "profile": origin.profile,
                "generator": origin.host,
            },
        }


def dedup_key(origin: Origin, notice: Notice) -> str:
    """Without the run, so that the next one that finds the same opens no second incident."""
    key = f"{SOURCE}/{origin.target}/{notice.rule}"
    if len(key) <= MOST_KEY:
        return key
    return key[: MOST_KEY - 17] + "/" + hashlib.sha256(key.encode()).hexdigest()[:16]
