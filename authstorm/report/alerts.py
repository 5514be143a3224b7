"""Alerts in any locustfile: ``Alerts.attach(environment, rules)`` in a listener of Locust's ``init`` event."""

from __future__ import annotations

import platform
import re
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent

from authstorm.errors import AuthstormError
from authstorm.plan.alerting import Alerting, alerting_of, read_alerting
from authstorm.plan.secrets import Redactor
from authstorm.report.abort import Abort
from authstorm.report.alert_desk import LOOK_EVERY_S, AlertDesk
from authstorm.report.alert_post import AlertPost
from authstorm.report.on_call import OnCall
from authstorm.report.senders.notice import Origin
from authstorm.watch.alert_readings import limits_ms
from authstorm.watch.alert_signals import Signals
from authstorm.watch.exits import Exit
from authstorm.watch.plain_recorder import PlainRecorder

if TYPE_CHECKING:
    from locust.env import Environment

    from authstorm.watch.facts import AlertSpan, Delivery


class Alerts:
    """Judges rules on every request of an environment, once a second, in one process or on the master.

    ``spans`` are the alerts of the newest run that fired, ``deliveries`` what receivers were told of them.
    """

    def __init__(self, environment: Environment, on_call: OnCall, redact: Redactor, folder: Path) -> None:
        self._environment = environment
        self._on_call = on_call
        self._redact = redact
        self._folder = folder
        self._began_s: float | None = None
        self._abort = Abort(environment)
        self._desk: AlertDesk | None = None
        self._post: AlertPost | None = None
        self._greenlet: gevent.Greenlet | None = None
        environment.events.test_start.add_listener(self._start_clock)  # before the recorder's own
        self._recorder = PlainRecorder.begin(environment, self._clock)
        if type(environment.runner).__name__ != "WorkerRunner":
            on_call.prepare()
            environment.events.test_start.add_listener(self._begin)
            environment.events.test_stop.add_listener(self._stopped)
            environment.events.quitting.add_listener(self._quitting)

    @classmethod
    def attach(
        cls, environment: Environment, rules: Alerting | Mapping[str, Any] | Path | str, folder: Path | str = "."
    ) -> Alerts:
        """Watch from the next start on; ``rules`` is a file like ``config/alerts.yaml``, or what stands in one.

        ``alerts.jsonl`` is written into ``folder``, anew for each run. What cannot work ends the process with exit code
        2, with every problem told. Call it on every node: workers count, the master judges.
        """
        redact = Redactor()
        try:
            return cls(environment, _on_call(rules, redact), redact, Path(folder))
        except AuthstormError as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(error.exit_code)

    @property
    def spans(self) -> tuple[AlertSpan, ...]:
        """All that fired, in order."""
        return () if self._desk is None else self._desk.spans

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What became of the notices, as far as it is known."""
        return () if self._post is None else self._post.deliveries

    def _clock(self) -> float:
        return 0.0 if self._began_s is None else time.monotonic() - self._began_s

    def _start_clock(self, **_: Any) -> None:
        self._began_s = time.monotonic()

    def _begin(self, **_: Any) -> None:
        self._abort.begin()
        recorder, alerting = self._recorder, self._on_call.alerting
        signals = Signals(
            limits_ms(alerting.rules), recorder.health.at, lost=lambda: recorder.facts().workers_lost
        )  # fmt: skip
        started_s = time.time()
        run = datetime.fromtimestamp(started_s, UTC).strftime("%Y%m%dT%H%M%SZ")
        options = self._environment.parsed_options
        file = Path(str(getattr(options, "locustfile", None) or "locustfile")).stem
        origin = Origin(run, _without_credentials(self._environment.host or ""), file, platform.node())
        self._post = self._on_call.post(origin, started_s, self._redact)
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "alerts.jsonl").unlink(missing_ok=True)
        self._desk = AlertDesk(
            alerting, signals, recorder.tally, self._folder, self._redact, self._abort.stop, self._post.tell, _give_way
        )
        self._greenlet = gevent.spawn(self._keep_up)

    def _keep_up(self) -> None:
        while True:
            gevent.sleep(LOOK_EVERY_S)
            self._look()

    def _look(self) -> None:
        self._recorder.settle()
        if self._desk is not None:
            self._desk.look(self._recorder.facts().ended_s)

    def _stopped(self, **_: Any) -> None:
        """Where workers are, their last words come after this, but not where a page lets runs follow one another."""
        if type(self._environment.runner).__name__ == "LocalRunner" or self._environment.web_ui is not None:
            self._finish()

    def _quitting(self, **_: Any) -> None:
        self._abort.wait()
        if self._greenlet is not None and self._environment.runner is not None:
            self._environment.runner.quit()  # takes the workers' last words
        self._finish()

    def _finish(self) -> None:
        """Judge what is left, tell the last of it, and wait for the last call; once a run."""
        if self._greenlet is None or self._desk is None or self._post is None:
            return
        greenlet, self._greenlet = self._greenlet, None
        greenlet.kill()
        self._abort.close()
        self._look()
        ended_s = self._recorder.facts().ended_s
        how = f"The run ended after {ended_s:.0f} s; alerts that fired: {len(self.spans)}."
        self._post.finish(self.spans, ended_s, how)
        if self._abort.reason:
            self._environment.process_exit_code = Exit.ABORTED


def _on_call(rules: Alerting | Mapping[str, Any] | Path | str, redact: Redactor) -> OnCall:
    if isinstance(rules, Path | str):
        return OnCall.of(read_alerting(Path(rules)), redact, str(rules))
    return OnCall.of(alerting_of(rules), redact)


def _without_credentials(host: str) -> str:
    """An address may hold a name and a password; whoever is told of the alert is not to see them."""
    return re.sub(r"//[^/]*@", "//", host)


def _give_way() -> None:
    gevent.sleep(0)
