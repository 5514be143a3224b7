"""Prometheus Alertmanager, by its API v2: it groups, silences and routes what it is told."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from authstorm.plan.alert_receivers import Alertmanager
from authstorm.plan.secrets import Secret
from authstorm.report.senders.http_post import post
from authstorm.report.senders.notice import Notice, Origin, stamp
from authstorm.report.senders.webhook import bearer

LASTS: Final = 4
"""A firing alert ends by itself after so many times that it was not sent again: when the generator is gone."""


class AlertmanagerSender:
    """Sends up to 64 alerts in one body, and what fires again and again."""

    most = 64
    every_s = 0.2

    def __init__(self, receiver: Alertmanager, secrets: Mapping[str, Secret], origin: Origin) -> None:
        self.resend_s: float | None = receiver.resend_s
        self._origin = origin
        self._timeout_s = receiver.timeout_s
        self._lasts_s = LASTS * receiver.resend_s
        self._url = f"{receiver.url}/api/v2/alerts"
        token, password = receiver.token, receiver.password
        self._headers = bearer(None if token is None else secrets[token.key])
        if password is not None:
            proof = f"{receiver.user}:{secrets[password.key].reveal()}"
            self._headers = {"Authorization": "Basic " + base64.b64encode(proof.encode()).decode()}

    def send(self, notices: Sequence[Notice]) -> str:
        """POST the alerts, each with an explicit end."""
        return post(self._url, [self._alert(notice) for notice in notices], self._timeout_s, self._headers)

    def close(self) -> None:
        """Nothing is kept open."""

    def _alert(self, notice: Notice) -> dict[str, Any]:
        ends = time.time() + self._lasts_s if notice.state == "firing" else notice.at
        return {
            "labels": self._origin.labels_of(notice),
            "annotations": self._origin.annotations_of(notice),
            "startsAt": stamp(notice.began),
            "endsAt": stamp(max(ends, notice.began)),
        }
