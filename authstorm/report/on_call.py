"""What is watched and who is told, as the configuration says, with the secrets that it takes."""

from __future__ import annotations

import subprocess
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
from authstorm.report.senders.process import end_senders, start_senders


@dataclass(slots=True)
class OnCall:
    """Rules and receivers, the receivers' secrets by their ``key``, and the process that will send for the next run."""

    alerting: Alerting = NO_ALERTS
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = field(default=None, init=False, repr=False)

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

    def renewed(self, path: Path, redact: Redactor) -> OnCall:
        """Read the file anew and get ready for the next run; what was ready for one that never began ends."""
        self.close()
        read = OnCall.read(path, redact)
        read.prepare()
        return read

    def prepare(self) -> None:
        """Start what will send, before the load begins; where nobody is told there is nothing to start."""
        if self.alerting.receivers and self._process is None:
            self._process = start_senders()

    def close(self) -> None:
        """End what was prepared and not used."""
        process, self._process = self._process, None
        if process is not None:
            end_senders(process)

    def post(self, origin: Origin, started_s: float, redact: Callable[[str], str]) -> AlertPost:
        """Who tells the receivers of one run, which began at ``started_s`` (seconds since the epoch)."""
        process, self._process = self._process, None
        known = replace(origin, labels=self.alerting.labels)
        return AlertPost(self.alerting, self.secrets, known, started_s, redact, process)
