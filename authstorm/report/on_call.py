"""What is watched and who is told, as the configuration says, with the secrets that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from authstorm.plan.alerting import (
    FILE,
    NO_ALERTS,
    Alerting,
    hidden_parts,
    read_alerting,
    resolve_receivers,
)
from authstorm.plan.secrets import Redactor, Secret
from authstorm.report.alert_post import AlertPost
from authstorm.report.senders.notice import Origin


@dataclass(frozen=True, slots=True)
class OnCall:
    """Rules and receivers, and the receivers' secrets by their ``key``."""

    alerting: Alerting = NO_ALERTS
    secrets: Mapping[str, Secret] = field(default_factory=dict)

    @classmethod
    def of(cls, alerting: Alerting, redact: Redactor, source: str = FILE) -> OnCall:
        """Find the secrets and have them redacted from now on; ConfigError has every one that is missing."""
        secrets = resolve_receivers(alerting, source)
        for secret in hidden_parts(secrets.values()):
            redact.add(secret)
        return cls(alerting, secrets)

    @classmethod
    def read(cls, path: Path, redact: Redactor) -> OnCall:
        """The same from a file; nobody and nothing where it is not there. ConfigError has every problem."""
        return cls.of(read_alerting(path), redact, str(path)) if path.exists() else cls()

    def post(self, origin: Origin, started_s: float, redact: Callable[[str], str]) -> AlertPost:
        """Who tells the receivers of one run, which began at ``started_s`` (seconds since the epoch)."""
        return AlertPost(self.alerting, self.secrets, replace(origin, labels=self.alerting.labels), started_s, redact)
