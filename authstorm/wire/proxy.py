"""Which proxy a request goes through, and the tunnel that https needs (RFC 9110 section 9.3.6)."""

from __future__ import annotations

import re
from base64 import b64encode
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import (  # type: ignore[attr-defined] # the second is not in the stubs
    getproxies_environment,
    proxy_bypass_environment,
)

from authstorm.wire.failure import PROXY_FAILED, ExchangeError
from authstorm.wire.url import Origin

_STATUS = re.compile(rb"HTTP/1\.[01] 2[0-9][0-9][ \r]")
ANSWER_LIMIT: Final = 1 << 14


class Proxy(NamedTuple):
    """A proxy that speaks plain HTTP; ``header`` is its Proxy-Authorization line with line end, or ""."""

    host: str
    port: int
    header: str = ""


class Proxies:
    """The choice that ``WireSettings.proxy`` makes; the environment is read once, here."""

    def __init__(self, setting: str) -> None:
        self._one = None if setting in {"", "environment"} else parse_proxy(setting)
        found = getproxies_environment() if setting == "environment" else {}
        self._no = {"no": found.get("no", "")}
        self._by_scheme = {scheme: parse_proxy(url) for scheme, url in found.items() if scheme in {"http", "https"}}

    def choose(self, origin: Origin) -> Proxy | None:
        """The proxy for an origin, None for straight.

        The environment's never serves loopback, as in Go: a proxy would reach itself there, not this machine.
        """
        if self._one is not None:
            return self._one
        proxy = self._by_scheme.get(origin.scheme)
        if proxy is None or _is_loopback(origin.host):
            return None
        return None if proxy_bypass_environment(origin.authority, self._no) else proxy


def parse_proxy(url: str) -> Proxy:
    """Take a proxy's URL apart (``host:port`` will do); ValueError for https, SOCKS and nonsense."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError("a proxy must be a http:// URL with a host; https and SOCKS proxies are not supported")
    header = ""
    if parts.username:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        header = f"Proxy-Authorization: Basic {b64encode(credentials).decode('ascii')}\r\n"
    return Proxy(parts.hostname, parts.port or 80, header)


def connect_request(proxy: Proxy, origin: Origin) -> bytes:
    """What asks the proxy for a tunnel."""
    lines = f"CONNECT {origin.authority} HTTP/1.1\r\nHost: {origin.authority}\r\n{proxy.header}\r\n"
    return lines.encode("ascii")


class TunnelAnswer:
    """What a proxy says to CONNECT, as it comes in.

    ``done``: its head is complete. ``stands``: the tunnel is open. Bytes behind the head are not the server's, which
    waits to be spoken to: such a tunnel does not stand.
    """

    __slots__ = ("_raw", "done")

    def __init__(self) -> None:
        self._raw = b""
        self.done = False

    def feed(self, data: memoryview) -> None:
        """Take what was read; ExchangeError "proxy-failed" when it does not end."""
        self._raw += data
        self.done = b"\r\n\r\n" in self._raw
        if len(self._raw) > ANSWER_LIMIT:
            raise ExchangeError(PROXY_FAILED)

    @property
    def stands(self) -> bool:
        """Whether the proxy opened the tunnel."""
        return bool(_STATUS.match(self._raw)) and self._raw.find(b"\r\n\r\n") + 4 == len(self._raw)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
