"""The small interface that ``auth`` speaks to; any HTTP client that satisfies it can carry the load.

A session belongs to one visitor (or to a pool that the visitor uses alone while it waits for an answer). It never
follows a redirect, never adds a retry that could send a POST twice, and never raises for what the network or the
server does: the answer then has status 0 and a failure code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

NO_HEADERS: Final[Mapping[str, str]] = {}

TRANSPORT_FAILURES: Final = frozenset({
    "dns-failed",  # the host name has no address
    "connect-failed",  # refused, unreachable
    "connect-timeout",
    "tls-failed",  # handshake, certificate, alert
    "proxy-failed",  # the proxy refused or broke the CONNECT
    "timeout",  # connected, but the answer was not complete in time
    "reset",  # the peer closed or reset before the answer was complete
    "malformed",  # bytes that are not HTTP/1.1
    "too-large",  # header or body over the limit
})  # fmt: skip
"""Every value that ``Answer.failure`` can have beside the empty string."""


class Answer(Protocol):
    """What came back for one exchange.

    ``status`` is 0 when no complete answer came; then ``failure`` says why (one of TRANSPORT_FAILURES), else it is "".
    A failure may also stand beside a status that was read (body cut short, too large): the failure then rules.
    The marks are seconds of ``time.perf_counter``; a moment that was never reached is 0.0.
    """

    @property
    def status(self) -> int:
        """HTTP status, or 0."""

    @property
    def failure(self) -> str:
        """One of TRANSPORT_FAILURES, or ""."""

    @property
    def body(self) -> bytes:
        """The whole body, ready to read: its transfer and content encoding are undone."""

    @property
    def began_at(self) -> float:
        """When the session was asked to send."""

    @property
    def connected_at(self) -> float:
        """When a connection (with TLS, where used) stood; equals ``began_at`` on a reused one."""

    @property
    def sent_at(self) -> float:
        """When the first byte of the request was handed to the socket."""

    @property
    def first_byte_at(self) -> float:
        """When the first byte of the answer was read."""

    @property
    def done_at(self) -> float:
        """When the answer was complete, or given up."""

    @property
    def clock(self) -> str:
        """Who stamped ``first_byte_at`` and ``done_at``: "kernel" when it was, else "loop"."""

    def header(self, name: str) -> str:
        """First value of a header, by name in lower case; "" when it is absent."""
        ...


class Session(Protocol):
    """One visitor's way to the server."""

    def send(self, method: str, url: str, headers: Mapping[str, str] = NO_HEADERS, body: bytes = b"") -> Answer:
        """Send one request and wait for its answer.

        ``url`` is absolute (http or https). ``headers`` go out as given, beside Host, Content-Length and the session's
        own defaults. ValueError only for what the caller got wrong: a header with a line break, a URL without a host.
        """
        ...

    def forget(self) -> None:
        """Drop the session's cookies, where it keeps any; its connections stay."""
        ...

    def close(self) -> None:
        """Drop the session's connections and cookies; the session may be used again, as somebody new."""
        ...
