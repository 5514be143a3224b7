"""From changes of alerts to notices for the receivers, and back to what the report tells of them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence

from authstorm.plan.alerting import Alerting
from authstorm.plan.secrets import Secret
from authstorm.report.senders.dispatch import Dispatch
from authstorm.report.senders.notice import Notice, Origin
from authstorm.watch.alert_judge import Change
from authstorm.watch.facts import AlertSpan, Delivery


class AlertPost:
    """One run's, which began at ``started_s`` (seconds since the epoch); without receivers it does nothing."""

    def __init__(  # noqa: PLR0913, PLR0917 - who tells whom, of what, and by which process
        self,
        alerting: Alerting,
        secrets: Mapping[str, Secret],
        origin: Origin,
        started_s: float,
        redact: Callable[[str], str],
        process: subprocess.Popen[str] | None = None,
    ) -> None:
        self._alerting = alerting
        self._started_s = started_s
        self._dispatch: Dispatch | None = None
        if alerting.receivers:
            self._dispatch = Dispatch(alerting, secrets, origin, redact, process=process)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What became of the notices, as far as it is known."""
        return () if self._dispatch is None else tuple(self._dispatch.deliveries)

    def tell(self, change: Change, alert: int) -> None:
        """Tell of an alert that fires or resolves; returns at once."""
        if self._dispatch is not None:
            self._dispatch.tell(
                Notice(
                    number=0,
                    state="firing" if change.state == "firing" else "resolved",
                    rule=change.rule,
                    severity=change.severity,
                    sentence=change.sentence,
                    about=self._alerting.rules[change.rule].about,
                    began=self._started_s + change.bad_since_s,
                    at=self._started_s + change.at_s,
                ),
                alert,
            )

    def finish(self, spans: Sequence[AlertSpan], ended_s: float, headline: str) -> tuple[Delivery, ...]:
        """Resolve what fires still, as nobody watches any more, say how the run ended, and wait for the last call."""
        if self._dispatch is not None:
            for place, span in enumerate(spans):
                if span.resolved_s is None:
                    sentence = "The run ended while this was firing."
                    change = Change(
                        span.rule, span.severity, "resolved", ended_s, span.bad_since_s, 0.0, 0.0, sentence
                    )  # fmt: skip
                    self.tell(change, place)
            self._dispatch.finish(headline)
        return self.deliveries
