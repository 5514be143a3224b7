"""Where an authorization server's endpoints are, as the target gives them or as discovery finds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final
from urllib.parse import urlsplit

METADATA_NAMES: Final[Mapping[str, str]] = {
    "issuer": "issuer",
    "token": "token_endpoint",
    "introspection": "introspection_endpoint",
    "userinfo": "userinfo_endpoint",
    "revocation": "revocation_endpoint",
    "jwks": "jwks_uri",
    "authorization": "authorization_endpoint",
}
"""From our name to the member of the server's metadata (RFC 8414 2, OpenID Connect Discovery 3)."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Absolute URLs of one authorization server; "" where it has none, or none is known.

    ``issuer`` is the name that its tokens must carry, which need not be where it was found.
    """

    issuer: str = ""
    token: str = ""
    introspection: str = ""
    userinfo: str = ""
    revocation: str = ""
    jwks: str = ""
    authorization: str = ""

    def over(self, found: Endpoints) -> Endpoints:
        """These endpoints, and those of ``found`` where there are none here: what the target gives wins."""
        return Endpoints(**{f.name: getattr(self, f.name) or getattr(found, f.name) for f in fields(self)})

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that a request would go to, in lower case: discovery can name others than the target does."""
        urls = (getattr(self, f.name) for f in fields(self) if f.name != "issuer")
        return frozenset(urlsplit(url).hostname or "" for url in urls if url)


def endpoints_in(metadata: Mapping[str, Any]) -> Endpoints | str:
    """The endpoints in a server's metadata, or the code of what is wrong with it; null counts as absent."""
    found = {name: metadata[member] for name, member in METADATA_NAMES.items() if metadata.get(member) is not None}
    if not all(is_http_url(url) for url in found.values()):
        return "bad-endpoint"
    if not found.keys() - {"issuer"}:
        return "no-endpoints"
    return Endpoints(**found)


def is_http_url(value: Any) -> bool:
    """Whether a value is an absolute http or https URL with a host and nothing that cannot stand in a request line."""
    if type(value) is not str or not value.isascii() or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # an open bracket, a port that is no number
        return False
