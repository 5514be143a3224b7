"""Request heads: a fixed part kept for each method and URL, and the caller's headers checked and added (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from authstorm.wire.url import Origin, parse_url

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS: Final = frozenset({"content-length", "transfer-encoding"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_WITH_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})
_KEPT = 1024


class Opening(NamedTuple):
    """The part of a request that depends on its method and URL alone.

    ``safe``: asking twice does no harm (RFC 9110 section 9.2.1). ``bodyless``: the answer has no body (HEAD).
    """

    method: str
    url: str
    origin: Origin
    prefix: bytes
    safe: bool
    bodyless: bool
    with_length: bool


class Heads:
    """Builds requests for sessions with equal defaults; keeps what it has built and checked, a bounded amount."""

    __slots__ = ("_defaults", "_fixed", "_known", "_ready", "_trimmed", "openings")

    def __init__(self, defaults: Iterable[tuple[str, str]]) -> None:
        self._defaults = dict(defaults)
        for name in self._defaults:
            _check_name(name)
        checked_lines(self._defaults)
        self._fixed = {name.lower() for name in self._defaults} | {"host"}
        self._known: set[str] = set()
        self._trimmed: dict[tuple[bytes, str], bytes] = {}
        self._ready: dict[tuple[bytes, int], tuple[bytes, bytes, Mapping[str, str]]] = {}
        self.openings: dict[tuple[str, str], Opening] = {}

    def opening(self, method: str, url: str, *, through_proxy: str | None = None) -> Opening:
        """Build and keep the fixed part; ValueError for a bad method or URL.

        ``through_proxy`` None goes straight; else the request line holds the whole URL and the text given (header
        lines for the proxy, perhaps "") is added (RFC 9112 section 3.2.2).
        """
        if not _TOKEN.fullmatch(method):
            raise ValueError(f"method {method!r} is not a token")
        origin, path = parse_url(url)
        where = path if through_proxy is None else f"{origin.scheme}://{origin.host_header}{path}"
        lines = checked_lines({"Host": origin.host_header, **self._defaults})
        prefix = f"{method} {where} HTTP/1.1\r\n{lines}{through_proxy or ''}".encode("latin-1")
        made = Opening(method, url, origin, prefix, method in _SAFE, method == "HEAD", method in _WITH_LENGTH)
        if len(self.openings) >= _KEPT:  # URLs with a number or a state in them never end
            self.openings.clear()
        self.openings[method, url] = made
        return made

    def request(self, opening: Opening, headers: Mapping[str, str], body: bytes, trace: str = "") -> bytes:
        """The whole request as bytes; ValueError for a header with a line break, NUL or a name that is none.

        A read-only mapping is taken to stay as it is: it is looked through once. ``trace`` is the value of a
        ``traceparent`` header, which takes the place of the caller's; "" for none.
        """
        if trace and "traceparent" in headers:
            headers = {name: value for name, value in headers.items() if name != "traceparent"}
        if type(headers) is MappingProxyType:
            ready = self._ready.get((opening.prefix, id(headers))) or self._made_ready(opening.prefix, headers)
            prefix, added, _ = ready
        else:
            prefix, added = self._lines(opening.prefix, headers)
        if trace:
            added = b"%btraceparent: %b\r\n" % (added, _visible(trace))
        if body or opening.with_length:
            return b"%bContent-Length: %d\r\n%b\r\n%b" % (prefix, len(body), added, body)
        return b"%b%b\r\n" % (prefix, added)

    def _lines(self, prefix: bytes, headers: Mapping[str, str]) -> tuple[bytes, bytes]:
        """The fixed part without the defaults that are replaced, and the caller's own lines, all checked."""
        if not headers:
            return prefix, b""
        known = self._known
        for name in headers:
            if name not in known:
                prefix = self._making_room(prefix, name)
        return prefix, checked_lines(headers).encode("latin-1")

    def _made_ready(self, prefix: bytes, headers: Mapping[str, str]) -> tuple[bytes, bytes, Mapping[str, str]]:
        """The same, kept together with the headers themselves: as long as they live, nothing else has their id."""
        if len(self._ready) >= _KEPT:
            self._ready.clear()
        ready = self._ready[prefix, id(headers)] = (*self._lines(prefix, headers), headers)
        return ready

    def _making_room(self, prefix: bytes, name: str) -> bytes:
        """Check a name, and take the default that it replaces out of the fixed part."""
        found = self._trimmed.get((prefix, name))
        if found is not None:
            return found
        _check_name(name)
        if name.lower() not in self._fixed:
            if len(self._known) < _KEPT:
                self._known.add(name)
            return prefix
        if len(self._trimmed) >= _KEPT:
            self._trimmed.clear()
        trimmed = self._trimmed[prefix, name] = _without(prefix, name)
        return trimmed


def checked_lines(headers: Mapping[str, str]) -> str:
    """Header lines as text; ValueError where a value has a line break, NUL or a character beyond Latin-1."""
    text = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    count = len(headers)
    if text.count("\n") != count or text.count("\r") != count or "\0" in text or not _latin(text):
        raise ValueError(f"header {_first_bad(headers)!r} has a line break, a NUL or a character beyond Latin-1")
    return text


def _visible(value: str) -> bytes:
    """A header's value that somebody of ours has made; ValueError where it is not plain visible ASCII."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError("the trace has a character that is not visible ASCII")
    return value.encode("ascii")


def _latin(text: str) -> bool:
    return text.isascii() or max(text) <= "\xff"


def _first_bad(headers: Mapping[str, str]) -> str:
    """The name alone: the value may be a secret."""
    for name, value in headers.items():
        if any(char in "\r\n\0" or char > "\xff" for char in f"{name}{value}"):
            return name
    return ""


def _check_name(name: str) -> None:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"header name {name!r} is not a token")
    if name.lower() in _OURS:
        raise ValueError(f"header {name!r} frames the request and is set by the client itself")


def _without(prefix: bytes, name: str) -> bytes:
    """The fixed part with one of its header lines taken out."""
    line, *fields = prefix.split(b"\r\n")
    lead = name.lower().encode("ascii") + b":"
    return b"\r\n".join([line, *(field for field in fields if not field.lower().startswith(lead))])
