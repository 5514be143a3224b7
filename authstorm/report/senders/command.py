"""A program of one's own, which gets the notices as JSON on its standard input."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from tempfile import TemporaryFile

from authstorm.plan.alert_receivers import Command
from authstorm.report.senders.failure import NotTakenError
from authstorm.report.senders.hook_payload import end_payload, hook_payload
from authstorm.report.senders.notice import Notice, Origin
from authstorm.report.senders.said import MOST_BYTES, said_in


class CommandSender:
    """Runs the program once for up to 50 alerts; the body is a webhook's, and with ``final`` when the run is over."""

    most = 50
    every_s = 0.2
    resend_s: float | None = None

    def __init__(self, name: str, receiver: Command, origin: Origin) -> None:
        self._name = name
        self._receiver = receiver
        self._origin = origin
        self._running: subprocess.Popen[bytes] | None = None

    def send(self, notices: Sequence[Notice]) -> str:
        """Run it and wait for its end; an exit code other than 0 means that it did not take them."""
        with TemporaryFile() as payload:  # a file: a program that reads nothing must not hold us
            payload.write(json.dumps(self._payload(notices), ensure_ascii=False).encode())
            payload.seek(0)
            try:
                process = self._running = subprocess.Popen(  # noqa: S603 - the user's own program, given as a list
                    self._receiver.run, stdin=payload, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    process_group=0,
                )  # fmt: skip
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or "its arguments hold a null byte"
                raise NotTakenError("no-program", f"it cannot be run: {why}", again=False) from None
        try:
            return self._outcome(process)
        finally:
            self.close()

    def close(self) -> None:
        """End the program and all that it started, where it still runs."""
        process, self._running = self._running, None
        if process is None:
            return
        if process.poll() is None:
            with suppress(ProcessLookupError):  # the whole group has ended
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _payload(self, notices: Sequence[Notice]) -> dict[str, object]:
        first = notices[0]
        if first.state == "final":
            return end_payload(self._name, self._origin, first.sentence)
        return hook_payload(self._name, self._origin, notices)

    def _outcome(self, process: subprocess.Popen[bytes]) -> str:
        timeout_s = self._receiver.timeout_s
        said = _said(process, time.monotonic() + timeout_s)
        code = process.poll()
        if code is None:
            raise NotTakenError("timeout", f"it did not end within {timeout_s:g} s", again=True)
        if code:
            raise NotTakenError(f"exit-{code}", f"it ended with exit code {code} {said}".strip(), again=True)
        return f"exit code 0 {said}".strip()


def _said(process: subprocess.Popen[bytes], until_s: float) -> str:
    """The beginning of what it writes, until it ends or its time is up; the rest is read and forgotten."""
    assert process.stdout is not None
    stream, said = process.stdout.fileno(), bytearray()
    ready = select.poll()
    ready.register(stream, select.POLLIN)
    is_open = True
    while process.poll() is None and (left_s := until_s - time.monotonic()) > 0:
        if not is_open:
            time.sleep(min(left_s, 0.02))
        elif ready.poll(min(left_s, 0.1) * 1000):
            part = os.read(stream, 65_536)
            is_open = bool(part)
            said += part[: max(0, MOST_BYTES - len(said))]
    if is_open and ready.poll(0):  # what a child of its own may still write is not waited for
        said += os.read(stream, MOST_BYTES)
    return said_in(said)
