"""The run's side of the senders: hands notices to their process and keeps what came of them. Nothing here waits.

A process of its own, because a name that does not resolve, a TLS handshake or the text of two hundred alerts would each
hold the event loop that makes the load.
"""

from __future__ import annotations

import json
import logging
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any, Final

from authstorm.plan.alert_receivers import AnyReceiver
from authstorm.plan.alerting import Alerting
from authstorm.plan.secrets import Secret
from authstorm.report.senders.notice import Notice, Origin
from authstorm.report.senders.process import start_senders
from authstorm.report.senders.said import MOST_SIGNS
from authstorm.watch.facts import Delivery

log = logging.getLogger(__name__)

MOST_WAITING: Final = 1000
"""Notices that may wait at one receiver: one that is dead takes no other's place."""
MOST_LOGGED: Final = 3
"""Lines in the log on what one receiver was not told; the report has the rest."""
GRACE_S: Final = 3.0
"""What the process may take to end after its last call."""


class Dispatch:
    """One run's; ``redact`` takes secrets out of all that is told and comes back.

    ``process`` is one that was started before (``start_senders``), or None to start one now.

    ``deliveries`` holds what became of each notice and receiver, in the order in which it was known.
    """

    def __init__(  # noqa: PLR0913 - whom it tells, as whom, and by what
        self,
        alerting: Alerting,
        secrets: Mapping[str, Secret],
        origin: Origin,
        redact: Callable[[str], str],
        *,
        most_tries: int = 100,
        process: subprocess.Popen[str] | None = None,
    ) -> None:
        self._receivers: dict[str, AnyReceiver] = dict(alerting.receivers)
        self._last_call_s = alerting.last_call_s
        self._redact = redact
        self._waiting: dict[tuple[str, int], tuple[Notice, int]] = {}
        self._told: set[str] = set()
        self._numbers = 0
        self._open: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()
        self.deliveries: list[Delivery] = []
        self._lines: Queue[str | None] = Queue(MOST_WAITING)
        self._process = start_senders() if process is None else process
        self._lines.put_nowait(_line(setup=self._setup(alerting, secrets, origin, most_tries)))
        self._writer = Thread(target=self._write, daemon=True)
        self._reader = Thread(target=self._read, daemon=True)
        self._writer.start()
        self._reader.start()

    @property
    def is_waiting(self) -> bool:
        """Whether the fate of a notice is still open."""
        return bool(self._waiting)

    def tell(self, notice: Notice, alert: int, to: str | None = None) -> None:
        """Tell whoever is to know, or the one receiver that is named; ``alert`` is the number of the alert in its run.

        A number is given to the notice here. Returns at once; where too many wait already, it is not delivered.
        """
        self._numbers += 1
        names = [to] if to is not None else [name for name, it in self._receivers.items() if _is_for(it, notice)]
        self._send(notice, alert, names, self._numbers)

    def finish(self, sentence: str = "") -> None:
        """Tell how the run ended, wait for what is not delivered yet as long as the last call lasts, and end."""
        if sentence and self._told:
            names = [name for name in self._receivers if name in self._told and self._receivers[name].tells_end]
            self._numbers += 1
            now = time.time()
            self._send(Notice(0, "final", "", "info", sentence, "", now, now), -1, names, self._numbers)
        ends_s = time.monotonic() + self._last_call_s + GRACE_S
        try:
            self._lines.put(_line(end=self._last_call_s if self._waiting else 0.0), timeout=GRACE_S)
            self._lines.put(None, timeout=GRACE_S)
        except Full:
            self._process.kill()
        self._reader.join(max(0.0, ends_s - time.monotonic()))
        if self._process.poll() is None:
            self._end_process()
        self._lose("the senders' process did not end in time")

    def _send(self, notice: Notice, alert: int, names: list[str], number: int) -> None:
        if not names:
            return
        rule, sentence, about = map(self._redact, (notice.rule, notice.sentence, notice.about))
        redacted = replace(notice, number=number, rule=rule, sentence=sentence, about=about)
        self._told.update(names)
        for name in names:
            self._waiting[name, number] = (notice, alert)
            self._open[name] += 1
        full = [name for name in names if self._open[name] > MOST_WAITING]
        try:
            self._lines.put_nowait(_line(notice=redacted.to_wire(), to=[name for name in names if name not in full]))
        except Full:
            full = names
        for name in full:
            self._became(name, number, None, 0, f"more than {MOST_WAITING} notices wait already")
        if self._process.poll() is not None:
            self._lose(f"the senders' process ended with exit code {self._process.poll()}")

    def _became(self, name: str, number: int, at: float | None, tries: int, said: str) -> None:
        """A notice was delivered at a moment, or will not be (None)."""
        notice, alert = self._waiting.pop((name, number), (None, 0))
        if notice is None:
            return
        self._open[name] -= 1
        after_s = None if at is None else max(0.0, at - notice.at)
        self.deliveries.append(Delivery(alert, notice.state, name, after_s, tries, said))
        if at is None:
            self._lost[name] += 1
            if self._lost[name] <= MOST_LOGGED:
                what = "how the run ended" if notice.state == "final" else f"that {notice.rule} is {notice.state}"
                more = "; further ones are in the report" if self._lost[name] == MOST_LOGGED else ""
                log.warning("%s was not told %s: %s%s", name, what, said, more)

    def _lose(self, why: str) -> None:
        """Nothing more will be known of what waits."""
        for name, number in list(self._waiting):
            self._became(name, number, None, 0, why)

    def _write(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        try:
            while (line := self._lines.get()) is not None:
                stream.write(line)
                stream.flush()
            stream.close()
        except OSError:  # it has ended, which the reader tells
            with suppress(OSError):
                stream.close()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        for line in stream:
            told: dict[str, Any] = json.loads(line)
            at = float(told["at"]) if told["delivered"] else None
            said = self._redact(told["said"])[:MOST_SIGNS]
            self._became(told["receiver"], told["number"], at, told["tries"], said)
            time.sleep(0)  # under Locust this gives way: very many lines may come at once
        stream.close()
        code = self._process.wait()
        self._lose(f"the senders' process ended with exit code {code}")
        try:
            self._lines.put_nowait(None)  # the writer has nobody to write to
        except Full:
            self._drain()

    def _drain(self) -> None:
        try:
            while True:
                self._lines.get_nowait()
        except Empty:
            self._lines.put_nowait(None)

    def _end_process(self) -> None:
        self._process.kill()
        self._process.wait()

    @staticmethod
    def _setup(alerting: Alerting, secrets: Mapping[str, Secret], origin: Origin, most_tries: int) -> dict[str, Any]:
        given = alerting.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {
            "receivers": given["receivers"],
            "secrets": {key: secret.reveal() for key, secret in secrets.items()},
            "origin": {
                "run": origin.run, "target": origin.target, "profile": origin.profile, "host": origin.host,
                "labels": dict(origin.labels),
            },
            "most_tries": most_tries,
        }  # fmt: skip


def _is_for(receiver: AnyReceiver, notice: Notice) -> bool:
    return not receiver.only or notice.severity in receiver.only


def _line(**told: object) -> str:
    """One line for the process, and nothing but what UTF-8 can hold: YAML can write half a character."""
    line = json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "\n"
    return line.encode("utf-8", "replace").decode()
