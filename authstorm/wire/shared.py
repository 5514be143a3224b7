"""What sessions have in common: one clock, one address book, one TLS context, one pool, and counts."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from socket import socket
from time import perf_counter

from authstorm.wire.clock import make_clock
from authstorm.wire.connection import Connection
from authstorm.wire.dial import dial_proxy, dial_tcp, is_exhausted, open_tunnel
from authstorm.wire.failure import CONNECT_TIMEOUT, DeadlineError, ExchangeError
from authstorm.wire.head import Heads, Opening
from authstorm.wire.parser import AnswerParser
from authstorm.wire.pool import Pool
from authstorm.wire.proxy import Proxies, Proxy
from authstorm.wire.resolve import Resolver
from authstorm.wire.settings import TlsSettings, WireSettings
from authstorm.wire.tls import TlsConnection, make_context
from authstorm.wire.url import Origin

Tickets = dict[Origin, ssl.SSLSession]
"""TLS sessions that a visitor may resume."""


@dataclass(slots=True)
class Counters:
    """How often, since the process began.

    ``connects``: connections made; ``reconnects``: idle ones found dead; ``handshakes`` of TLS, and how many of them
    ``resumed`` a session; ``exhausted``: attempts to connect that failed because this machine had no descriptors, ports
    or memory left: then the generator was the limit, not the server.
    """

    connects: int = 0
    reconnects: int = 0
    handshakes: int = 0
    resumed: int = 0
    exhausted: int = 0


class WireShared:
    """The process-wide part of the client: make one per process (after a fork) and thread, and give it to each session.

    From ``settings`` it takes the clock, how names are resolved and how many idle connections a pool keeps.
    """

    def __init__(self, settings: WireSettings | None = None) -> None:
        settings = settings or WireSettings()
        self.clock = make_clock(settings.clock)
        self.resolver = Resolver(each=settings.resolve_each)
        self.counters = Counters()
        self.parsers: list[AnswerParser] = []
        self._pool_idle_max = settings.pool_idle_max
        self._contexts: dict[TlsSettings, ssl.SSLContext] = {}
        self._ways: dict[WireSettings, Way] = {}

    def way(self, settings: WireSettings) -> Way:
        """What all sessions with these settings share; the first call reads certificates and the environment.

        ValueError for settings that cannot work, OSError (ssl.SSLError is one) for certificate files.
        """
        found = self._ways.get(settings)
        if found is None:
            found = self._ways[settings] = Way(settings, self, Pool(self._pool_idle_max))
        return found

    def context(self, settings: TlsSettings) -> ssl.SSLContext:
        """The one TLS context for these settings, made when the first https connection needs it."""
        found = self._contexts.get(settings)
        if found is None:
            found = self._contexts[settings] = make_context(settings)
        return found

    def close(self) -> None:
        """Close the idle connections of all pools."""
        for way in self._ways.values():
            way.pool.close()


class Way:
    """How sessions with equal settings get through: prepared request heads, proxies, and the pool they may share."""

    def __init__(self, settings: WireSettings, shared: WireShared, pool: Pool) -> None:
        self.settings = settings
        self.shared = shared
        self.pool = pool
        self.heads = Heads(settings.headers)
        self._proxies = Proxies(settings.proxy)
        if settings.tls != TlsSettings():
            shared.context(settings.tls)  # files that are missing or wrong are told of now, not in the first visit

    def opening(self, method: str, url: str) -> Opening:
        """Prepare the fixed part of a request; ValueError for a bad method or URL."""
        made = self.heads.opening(method, url)
        if made.origin.scheme == "http" and (proxy := self._proxies.choose(made.origin)):
            made = self.heads.opening(method, url, through_proxy=proxy.header)
        return made

    def connect(self, origin: Origin, deadline: float, tickets: Tickets | None) -> Connection:
        """A new connection to an origin, ready for a request.

        ``deadline`` is when the whole exchange must be over; the time limit for connecting applies as well. ``tickets``
        are TLS sessions to resume. ExchangeError with the code of what went wrong.
        """
        deadline = min(deadline, perf_counter() + self.settings.connect_timeout_s)
        proxy = self._proxies.choose(origin)
        sock = None
        try:
            sock = self._reached(origin, proxy, deadline)
            if proxy is not None and origin.scheme == "https":
                open_tunnel(Connection(sock, origin, self.shared.clock), proxy, deadline)
            connection = self._prepared(sock, origin, deadline, tickets)
        except BaseException as error:
            if sock is not None:
                sock.close()
            self.shared.counters.exhausted += is_exhausted(error.__cause__)
            if isinstance(error, DeadlineError):
                raise ExchangeError(CONNECT_TIMEOUT) from error
            raise
        self.shared.counters.connects += 1
        return connection

    def _reached(self, origin: Origin, proxy: Proxy | None, deadline: float) -> socket:
        """TCP to the origin or to its proxy."""
        resolver, clock = self.shared.resolver, self.shared.clock
        if proxy is not None:
            return dial_proxy(proxy, resolver, clock, deadline)
        return dial_tcp(resolver.addresses(origin.host, origin.port, deadline), clock, deadline)

    def _prepared(self, sock: socket, origin: Origin, deadline: float, tickets: Tickets | None) -> Connection:
        """What requests are sent on: the socket itself, or TLS over it."""
        kind = TlsConnection if origin.scheme == "https" else Connection
        connection = kind(sock, origin, self.shared.clock, reset_on_close=self.settings.reset_on_close)
        if isinstance(connection, TlsConnection):
            self._secure(connection, tickets.get(origin) if tickets else None, deadline)
        return connection

    def _secure(self, connection: TlsConnection, session: ssl.SSLSession | None, deadline: float) -> None:
        context = self.shared.context(self.settings.tls)
        resumed = connection.handshake(context, deadline, session)
        self.shared.counters.handshakes += 1
        self.shared.counters.resumed += resumed
