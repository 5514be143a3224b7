"""Following redirects, for the few flows that want it and as far as they want it (RFC 9110 section 15.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import urldefrag, urljoin

from authstorm.wire.answer import WireAnswer
from authstorm.wire.session import WireSession
from authstorm.wire.url import parse_url

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_FOR_THE_ORIGIN_ALONE: Final = frozenset({"authorization", "proxy-authorization", "cookie"})
_OF_THE_BODY: Final = frozenset({"content-type", "content-encoding", "content-language", "content-location"})


class Followed(NamedTuple):
    """Where a chain of redirects led.

    ``answer`` is the last one, ``urls`` all that were asked, the first included. ``stopped`` is "" when the chain came
    to its end, else why it did not: "too-many" redirects, a "bad-location", or "not-allowed" by the caller; then
    ``next_url`` is where it would have gone on.
    """

    answer: WireAnswer
    urls: tuple[str, ...]
    stopped: str = ""
    next_url: str = ""


class _Step(NamedTuple):
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def follow(  # noqa: PLR0913 - the request that was answered, and how far to go
    session: WireSession,
    answer: WireAnswer,
    headers: Mapping[str, str] = _NO_HEADERS,
    body: bytes = b"",
    *,
    limit: int = 10,
    may_visit: Callable[[str], bool] = lambda _: True,
) -> Followed:
    """Go where ``answer`` points, at most ``limit`` times, as long as ``may_visit`` agrees to each URL.

    ``headers`` and ``body`` are those of the request that was answered. After 303, and after 301 and 302 to a POST, the
    next request is a GET without body; 307 and 308 repeat method and body. Authorization, Proxy-Authorization and a
    Cookie header given by hand stay with their origin and do not come back once they were dropped.
    """
    urls: tuple[str, ...] = (answer.url,)
    step = _Step(answer.method, answer.url, headers, body)
    while not answer.failure and answer.status in _REDIRECTS and (location := answer.header("location")):
        try:
            step = _next_step(step, answer.status, location)
        except ValueError:
            return Followed(answer, urls, "bad-location", location)
        if len(urls) > limit:
            return Followed(answer, urls, "too-many", step.url)
        if not may_visit(step.url):
            return Followed(answer, urls, "not-allowed", step.url)
        answer = session.send(*step)
        urls += (step.url,)
    return Followed(answer, urls)


def _next_step(step: _Step, status: int, location: str) -> _Step:
    """The request that a redirect asks for; ValueError when its Location is no http(s) URL."""
    url = urldefrag(urljoin(step.url, _as_text(location))).url
    before, after = parse_url(step.url).origin, parse_url(url).origin
    headers, method, body = step.headers, step.method, step.body
    if (status == 303 and method != "HEAD") or (status in {301, 302} and method == "POST"):
        method, body = "GET", b""
        headers = _without(headers, _OF_THE_BODY)
    if before != after:
        headers = _without(headers, _FOR_THE_ORIGIN_ALONE)
    return _Step(method, url, headers, body)


def _as_text(location: str) -> str:
    """Servers write UTF-8 where only ASCII may stand; undo the reading as Latin-1 where that works."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return location


def _without(headers: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in names}
