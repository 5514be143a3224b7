"""Absolute http and https URLs, taken apart for the wire (RFC 9110 section 4, RFC 9112 section 3.2)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(r"[a-z0-9._~!$&'()*+,;=-]+|[0-9a-f:.]+(%[a-z0-9._~-]+)?")
_ALREADY_RIGHT = "!#$%&'()*+,/:;=?@[]~"  # what quote leaves alone beside letters, digits and _.-


class Origin(NamedTuple):
    """Where connections lead to: two URLs with one origin may share a connection."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port for a CONNECT request, IPv6 in brackets."""
        return f"{bracketed(self.host)}:{self.port}"

    @property
    def host_header(self) -> str:
        """The Host field: the port only where it is not the scheme's own."""
        return bracketed(self.host) if self.port == DEFAULT_PORTS[self.scheme] else self.authority


class Target(NamedTuple):
    """One URL: its origin and what stands in the request line."""

    origin: Origin
    path: str


def parse_url(url: str) -> Target:
    """Take an absolute URL apart.

    Spaces and characters outside ASCII are percent-encoded, names in other scripts become IDNA, the fragment is
    dropped. ValueError names what is wrong: control characters, another scheme, no host, a bad port, credentials.
    """
    if _CONTROL.search(url):
        raise ValueError(f"URL {url!r} has a control character; percent-encode it")
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError(f"URL {url!r} is not absolute; it must start with http:// or https://")
    if "@" in parts.netloc:
        raise ValueError("URL has credentials in it; send them in an Authorization header")
    if not parts.hostname:
        raise ValueError(f"URL {url!r} has no host")
    port = DEFAULT_PORTS[parts.scheme] if parts.port is None else parts.port
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(Origin(parts.scheme, _ascii_host(parts.hostname), port), quote(path, safe=_ALREADY_RIGHT))


def bracketed(host: str) -> str:
    """The host as a URL writes it: IPv6 addresses in brackets, without a zone."""
    return f"[{host.partition('%')[0]}]" if ":" in host else host


def _ascii_host(host: str) -> str:
    host = host.replace("%25", "%", 1) if ":" in host else host  # the zone of an IPv6 address (RFC 6874)
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"host {host!r} is not a name that DNS can carry") from error
    if not _HOST.fullmatch(name):
        raise ValueError(f"host {host!r} has characters that no host name has")
    return name
