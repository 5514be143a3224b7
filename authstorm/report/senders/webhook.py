"""Whatever takes Alertmanager's webhook (version 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from authstorm.plan.alert_receivers import Webhook
from authstorm.plan.secrets import Secret, SecretName
from authstorm.report.senders.hook_payload import hook_payload
from authstorm.report.senders.http_post import post
from authstorm.report.senders.notice import Notice, Origin


class WebhookSender:
    """Sends up to 50 alerts in one body."""

    most = 50
    every_s = 0.2
    resend_s: float | None = None

    def __init__(self, name: str, receiver: Webhook, secrets: Mapping[str, Secret], origin: Origin) -> None:
        self._name = name
        self._origin = origin
        self._timeout_s = receiver.timeout_s
        url, token = receiver.url, receiver.token
        self._url = secrets[url.key].reveal() if isinstance(url, SecretName) else url
        self._headers = bearer(None if token is None else secrets[token.key])

    def send(self, notices: Sequence[Notice]) -> str:
        """POST the body."""
        return post(self._url, hook_payload(self._name, self._origin, notices), self._timeout_s, self._headers)

    def close(self) -> None:
        """Nothing is kept open."""


def bearer(token: Secret | None) -> dict[str, str]:
    """The header of a bearer token (RFC 6750 2.1); none without one."""
    return {} if token is None else {"Authorization": f"Bearer {token.reveal()}"}
