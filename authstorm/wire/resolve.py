"""Names to addresses: asked once a run, or for every connection."""

from __future__ import annotations

from ipaddress import ip_address
from socket import AF_INET, AF_INET6, SOCK_STREAM, gaierror
from time import perf_counter
from typing import Any, Final, NamedTuple

import gevent
from gevent.lock import RLock
from gevent.socket import getaddrinfo

from authstorm.wire.failure import DNS_FAILED, ExchangeError

_FAILED_FOR_S: Final = 1.0


class Address(NamedTuple):
    """Where a socket connects to: ``family`` and ``sockaddr`` as the module socket has them."""

    family: int
    sockaddr: tuple[Any, ...]


class Resolver:
    """Addresses of a name in the system's order, kept for the life of this object unless ``each`` is set.

    While one greenlet asks, the others wait for its answer. That a name has no address is kept for a second, so that
    thousands of visitors do not ask in turn.
    """

    def __init__(self, *, each: bool = False) -> None:
        self._each = each
        self._known: dict[tuple[str, int], tuple[Address, ...]] = {}
        self._failed: dict[tuple[str, int], float] = {}
        self._asking: dict[tuple[str, int], RLock] = {}
        self.lookups = 0

    def addresses(self, host: str, port: int, deadline: float) -> tuple[Address, ...]:
        """At least one address; ExchangeError "dns-failed" when there is none by ``deadline``."""
        key = host, port
        found = self._known.get(key) or _literal(host, port)
        if found:
            return found
        # a resolver that does not answer counts as a name without an address: that is where to look
        with gevent.Timeout(max(0.001, deadline - perf_counter()), ExchangeError(DNS_FAILED)):
            if self._each:
                return self._ask(host, port)
            with self._asking.setdefault(key, RLock()):
                return self._known.get(key) or self._ask_and_keep(host, port)

    def _ask_and_keep(self, host: str, port: int) -> tuple[Address, ...]:
        key = host, port
        if perf_counter() < self._failed.get(key, 0.0):
            raise ExchangeError(DNS_FAILED)
        try:
            self._known[key] = found = self._ask(host, port)
        except ExchangeError:
            self._failed[key] = perf_counter() + _FAILED_FOR_S
            raise
        return found

    def _ask(self, host: str, port: int) -> tuple[Address, ...]:
        self.lookups += 1
        try:
            found = getaddrinfo(host, port, 0, SOCK_STREAM)
        except (gaierror, UnicodeError) as error:
            raise ExchangeError(DNS_FAILED) from error
        return tuple(dict.fromkeys(Address(family, sockaddr) for family, _, _, _, sockaddr in found))


def _literal(host: str, port: int) -> tuple[Address, ...]:
    """The address that is written out, or none."""
    try:
        version = ip_address(host).version
    except ValueError:
        return ()
    if version == 4:
        return (Address(AF_INET, (host, port)),)
    return () if "%" in host else (Address(AF_INET6, (host, port, 0, 0)),)  # a zone is the resolver's business
