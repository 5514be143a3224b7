"""Locust's own fast client (geventhttpclient under FastHttpSession) as a session; the choice ``client: fast``."""

from __future__ import annotations

from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook

import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from types import MappingProxyType
from typing import Any, Final

import gevent
import gevent.ssl
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError

from authstorm.plan.target import Target
from authstorm.wire.cookies import BrowserPolicy

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
BODY_LIMIT: Final = 1 << 20
"""Bytes of body beyond which an answer counts as too large."""


@dataclass(slots=True)
class FastAnswer:
    """One answer of Locust's fast client; its connecting is not told apart from its waiting."""

    status: int
    failure: str
    body: bytes
    headers: Mapping[str, Any]
    began_at: float
    done_at: float
    clock: str = "loop"

    @property
    def connected_at(self) -> float:
        """The same as ``began_at``: this client does not tell."""
        return self.began_at

    @property
    def sent_at(self) -> float:
        """The same as ``began_at``: this client does not tell."""
        return self.began_at

    @property
    def first_byte_at(self) -> float:
        """The same as ``done_at`` where anything came: this client does not tell."""
        return self.done_at if self.status else 0.0

    def header(self, name: str) -> str:
        """First value of a header; "" when it is absent."""
        value = self.headers.get(name, "")
        return str(value[0] if isinstance(value, list) else value)


class FastSession:
    """One visitor's Locust session behind the interface that ``auth`` speaks to; it fires no event of its own."""

    def __init__(self, target: Target, context: ssl.SSLContext) -> None:
        self._answer_s = target.timeouts.answer_s
        self._client = FastHttpSession(
            base_url=None,
            request_event=EventHook(),
            user=None,
            insecure=False,
            network_timeout=target.timeouts.answer_s,
            connection_timeout=target.timeouts.connect_s,
            max_retries=0,
            max_redirects=0,
            ssl_context_factory=lambda cafile=None: context,  # noqa: ARG005 - its presence keeps certifi from being loaded
        )
        self._client.cookiejar.set_policy(BrowserPolicy())

    def send(self, method: str, url: str, headers: Mapping[str, str] = _NO_HEADERS, body: bytes = b"") -> FastAnswer:
        """Send one request and wait for its answer; see ``authstorm.auth.session``."""
        began_at = perf_counter()
        limit = gevent.Timeout.start_new(self._answer_s)
        try:
            answer = self._client.request(
                method,
                url,
                data=body or None,  # type: ignore[arg-type] # bytes go through as they are
                headers=dict(headers),
                catch_response=True,
                allow_redirects=False,
            )
            content = answer.content or b""
        except gevent.Timeout as expired:
            if expired is not limit:
                raise
            self.close()
            return FastAnswer(0, "timeout", b"", _NO_HEADERS, began_at, perf_counter())
        finally:
            limit.close()
        done_at = perf_counter()
        if not answer.status_code:
            failure = failure_of(answer.request_meta["exception"])
            return FastAnswer(0, failure, b"", _NO_HEADERS, began_at, done_at)
        failure = "too-large" if len(content) > BODY_LIMIT else ""
        return FastAnswer(answer.status_code, failure, content[:BODY_LIMIT], answer.headers or {}, began_at, done_at)

    def forget(self) -> None:
        """Drop the cookies."""
        self._client.cookiejar.clear()

    def close(self) -> None:
        """Drop connections and cookies; the next request opens new ones."""
        self._client.client.close()
        self.forget()


def failure_of(error: BaseException | None) -> str:
    """The code for what the client raised, looking through its wrappers."""
    cause = getattr(error, "original", None) or error
    for kinds, code in _CODES:
        if isinstance(cause, kinds):
            return code
    return "reset"


_CODES: Final[tuple[tuple[tuple[type[BaseException], ...], str], ...]] = (
    ((socket.gaierror,), "dns-failed"),
    ((ssl.SSLError, gevent.ssl.SSLError), "tls-failed"),
    ((TimeoutError, gevent.Timeout), "timeout"),
    ((ConnectionRefusedError,), "connect-failed"),
    ((HTTPConnectionClosed, ConnectionResetError, BrokenPipeError), "reset"),
    ((HTTPParseError, ValueError), "malformed"),
    ((OSError,), "connect-failed"),
)


def verifying_context(ca: str) -> ssl.SSLContext:
    """The one TLS context of a process: it verifies, against the public CAs and those in the file ``ca``."""
    context: ssl.SSLContext = gevent.ssl.create_default_context()
    if ca:
        context.load_verify_locations(cafile=ca)
    return context
