"""One visitor's way to the server: the session that scenarios send their requests on."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from time import perf_counter
from types import MappingProxyType
from typing import Final

from authstorm.wire.answer import WireAnswer
from authstorm.wire.connection import Connection
from authstorm.wire.cookies import Cookies
from authstorm.wire.exchange import Call, Exchange
from authstorm.wire.failure import RESET, ExchangeError, NothingSentError
from authstorm.wire.pool import Pool
from authstorm.wire.settings import WireSettings
from authstorm.wire.shared import WireShared
from authstorm.wire.tls import TlsConnection
from authstorm.wire.url import Origin

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


class WireSession:
    """Satisfies the ``Session`` protocol of ``authstorm.auth.session``; ``cookies`` is None unless switched on.

    With ``connections="own"`` each session keeps at most one idle connection an origin; with "pool" it draws from the
    pool of all sessions with equal settings in the same WireShared.
    """

    __slots__ = ("_pool", "_tickets", "_way", "cookies")

    def __init__(self, settings: WireSettings, shared: WireShared) -> None:
        self._way = way = shared.way(settings)
        self._pool = Pool(1) if settings.connections == "own" else way.pool
        self._tickets: dict[Origin, ssl.SSLSession] | None = {} if settings.tls.resume else None
        self.cookies = Cookies() if settings.cookies else None

    def send(self, method: str, url: str, headers: Mapping[str, str] = _NO_HEADERS, body: bytes = b"") -> WireAnswer:
        """Send one request and wait for its answer; redirects are not followed.

        ``url`` is absolute. Raises ValueError for what the caller got wrong (a line break in a header, a URL without
        host), nothing for what the network or the server does. What is raised into the greenlet meanwhile (a kill, a
        ``gevent.Timeout``) goes through, and the connection is closed.
        """
        return self.send_traced(method, url, headers, body, "")

    def send_traced(self, method: str, url: str, headers: Mapping[str, str], body: bytes, trace: str) -> WireAnswer:
        """The same with a ``traceparent`` header more; read-only headers are looked through once and kept ready."""
        began_at = perf_counter()
        way = self._way
        cookies = self.cookies
        opening = way.heads.openings.get((method, url)) or way.opening(method, url)
        if cookies is not None:
            headers = cookies.added_to(headers, url)
        request = way.heads.request(opening, headers, body, trace)
        answer = self._deliver(Call(opening, request, way.settings, began_at))
        if cookies is not None:
            cookies.keep(url, answer.raw_headers)
        return answer

    def forget(self) -> None:
        """Drop the cookies; connections stay."""
        if self.cookies is not None:
            self.cookies.clear()

    def close(self) -> None:
        """Drop the session's own connections and cookies; it may be used again, as somebody new.

        A shared pool keeps its connections, and TLS sessions are kept where resumption is on.
        """
        if self._pool is not self._way.pool:
            self._pool.close()
        self.forget()

    def _deliver(self, call: Call) -> WireAnswer:
        """Use an idle connection; a new one where there is none, or where it had died and asking again is safe."""
        connection, dead = self._idle(call.opening.origin)
        if connection is not None:
            answer = self._exchange(call, connection, call.began_at, dead)
            if answer is not None:
                return answer
            dead += 1
        self._way.shared.counters.reconnects += dead
        try:
            connection = self._way.connect(call.opening.origin, call.deadline, self._tickets)
        except ExchangeError as failure:
            return call.unanswered(failure.code, 0.0, 0.0, dead)
        connected_at = perf_counter()
        answer = self._exchange(call, connection, connected_at, dead)
        return answer or call.unanswered(RESET, connected_at, 0.0, dead)

    def _idle(self, origin: Origin) -> tuple[Connection | None, int]:
        """A connection that still stands, and how many were found dead."""
        dead = 0
        while (connection := self._pool.take(origin)) is not None:
            if connection.is_quiet():
                break
            connection.close()
            dead += 1
        return connection, dead

    def _exchange(self, call: Call, connection: Connection, connected_at: float, dead: int) -> WireAnswer | None:
        """One exchange; None when the request may go out again, for it cannot have been acted upon twice."""
        reused = connection.used
        exchange = Exchange(call, connection, self._way.shared.parsers)
        try:
            answer = exchange.run(connected_at, dead)
        except NothingSentError:
            connection.close()
            return None
        except BaseException:  # a kill or a time-out from outside: the answer may still come, to nobody
            connection.close()
            raise
        if exchange.reusable:
            self._keep(connection)
        else:
            connection.close()
            if reused and answer.failure == RESET and call.opening.safe and exchange.unheard:
                return None
        return answer

    def _keep(self, connection: Connection) -> None:
        if self._tickets is not None and isinstance(connection, TlsConnection) and (session := connection.session):
            self._tickets[connection.origin] = session
        self._pool.give(connection)
