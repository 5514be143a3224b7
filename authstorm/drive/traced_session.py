"""Gives every request a trace ID, so that it can be found in the target's own log (W3C Trace Context)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from itertools import count

from authstorm.auth.session import NO_HEADERS, Answer, Session
from authstorm.plan.run_mark import RunMark

_ENDINGS = {"plain": "-00", "sampled": "-01"}
_ID = slice(3, 35)  # of a header's value


class Traces:
    """Makes a process's trace IDs, all different: 16 hex digits of the run's mark, 8 of the process, 8 that count up.

    ``trace`` is "plain", or "sampled" where the target's tracing is asked to keep what it sees.
    """

    __slots__ = ("_ending", "_numbers", "_process", "_run")

    def __init__(self, run: RunMark, trace: str) -> None:
        self._run = run
        self._process = os.urandom(4).hex()
        self._ending = _ENDINGS[trace]
        self._numbers = count(1)

    def take(self) -> str:
        """The header's value with the next trace ID."""
        span = self._process + (next(self._numbers) & 0xFFFFFFFF).to_bytes(4).hex()
        return "00-" + self._run.text + span + "-" + span + self._ending


SendTraced = Callable[[str, str, Mapping[str, str], bytes, str], Answer]
"""``send`` with the value of one more header, ``traceparent``."""


class TracedSession:
    """``Session`` around another, for one visitor.

    One that has a ``send_traced`` puts the trace into the request itself, and need not look through all headers for it.
    """

    __slots__ = ("_inside", "_parent", "_send", "_traces")

    def __init__(self, inside: Session, traces: Traces) -> None:
        self._inside = inside
        self._send: SendTraced = getattr(inside, "send_traced", None) or self._send_merged
        self._traces = traces
        self._parent = ""

    def send(self, method: str, url: str, headers: Mapping[str, str] = NO_HEADERS, body: bytes = b"") -> Answer:
        """Send one request with the next trace ID and wait for its answer."""
        self._parent = parent = self._traces.take()
        return self._send(method, url, headers, body, parent)

    def forget(self) -> None:
        """Drop the cookies; connections stay."""
        self._inside.forget()

    def close(self) -> None:
        """Drop connections and cookies."""
        self._inside.close()

    def last_trace(self) -> str:
        """The ID of the last request, "" before there was one."""
        return self._parent[_ID]

    def _send_merged(self, method: str, url: str, headers: Mapping[str, str], body: bytes, parent: str) -> Answer:
        return self._inside.send(method, url, {**headers, "traceparent": parent}, body)
