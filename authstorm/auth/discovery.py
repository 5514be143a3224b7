"""Asking a server where its endpoints are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from authstorm.auth.endpoints import Endpoints, endpoints_in
from authstorm.auth.judge import failed, good, read_success
from authstorm.auth.outcome import Outcome, Reply
from authstorm.auth.session import TRANSPORT_FAILURES, Session


def discover(session: Session, issuer_url: str, wall_clock: Callable[[], float] = time.time) -> Reply[Endpoints]:
    """Fetch the server's metadata: OpenID Connect Discovery 4 first, then RFC 8414 3 in its two spellings.

    ``issuer_url`` may end in a slash or not, and may be the metadata's own address. The next place is tried unless the
    server cannot be reached or sheds load: servers answer 404, 403, 301, 500 or their start page where nothing is. When
    no place is good the first one's reply is given. The issuer that the server declares is kept as it is, for servers
    behind another name are common; compare it where it matters.
    """
    first: Reply[Endpoints] | None = None
    for url in metadata_urls(issuer_url):
        reply = _fetch(session, url, wall_clock)
        first = first or reply
        if reply.good:
            return reply
        if reply.outcome is Outcome.SHED or reply.code in TRANSPORT_FAILURES:
            break
    assert first is not None
    return first


def metadata_urls(issuer_url: str) -> Iterator[str]:
    """Where the metadata may be, in the order to ask; ValueError for what is no absolute URL."""
    parts = urlsplit(issuer_url)
    if not parts.scheme or not parts.netloc:
        raise ValueError(f"issuer {issuer_url!r} is no absolute URL, as https://login.example.test/realm is")
    if "/.well-known/" in parts.path:
        yield issuer_url
        return
    root, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    yield f"{root}{path}/.well-known/openid-configuration"
    yield f"{root}/.well-known/oauth-authorization-server{path}"
    if path:
        yield f"{root}{path}/.well-known/oauth-authorization-server"


def _fetch(session: Session, url: str, wall_clock: Callable[[], float]) -> Reply[Endpoints]:
    answer = session.send("GET", url, {"Accept": "application/json"})
    metadata = read_success(answer, wall_clock)
    if isinstance(metadata, Reply):
        return metadata
    found = endpoints_in(metadata)
    return failed(found, answer) if isinstance(found, str) else good(answer, found)
