"""A server's public keys, fetched and kept ready for verifying."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from authstorm.auth.judge import failed, good, read_success
from authstorm.auth.outcome import Reply
from authstorm.auth.session import Session

_PUBLIC_TYPES: Final = frozenset({"RSA", "EC", "OKP"})


@dataclass(frozen=True, slots=True)
class Keys:
    """Public keys for signatures: by key ID, and those that have none."""

    by_kid: Mapping[str, tuple[Key, ...]]
    without_kid: tuple[Key, ...] = ()

    def candidates(self, kid: str | None) -> tuple[Key, ...]:
        """The keys that a token with this key ID may be signed with; every key when it has none (RFC 7515 4.1.4)."""
        if kid is None:
            return sum(self.by_kid.values(), self.without_kid)
        return self.by_kid.get(kid, self.without_kid)

    def __bool__(self) -> bool:
        return bool(self.by_kid or self.without_kid)


def fetch_keys(session: Session, jwks_url: str, wall_clock: Callable[[], float] = time.time) -> Reply[Keys]:
    """Fetch a server's key set (RFC 7517 5); broken as ``no-keys`` when none of its keys can verify a signature."""
    answer = session.send("GET", jwks_url, {"Accept": "application/jwk-set+json, application/json"})
    document = read_success(answer, wall_clock)
    if isinstance(document, Reply):
        return document
    keys = read_keys(document)
    return good(answer, keys) if keys else failed("no-keys", answer)


def read_keys(document: Mapping[str, Any]) -> Keys:
    """The usable keys of a key set; the others are left out, as RFC 7517 5 asks.

    Usable is a public key of a type that can sign, not meant for encryption. A symmetric key in a public set would let
    anyone sign, so it is left out too.
    """
    members = document.get("keys")
    by_kid: dict[str, tuple[Key, ...]] = {}
    without_kid: tuple[Key, ...] = ()
    for member in members if isinstance(members, list) else ():
        key = _read_key(member)
        if key is None:
            continue
        kid = member.get("kid")
        if isinstance(kid, str):
            by_kid[kid] = (*by_kid.get(kid, ()), key)
        else:
            without_kid = (*without_kid, key)
    return Keys(by_kid, without_kid)


def _read_key(member: Any) -> Key | None:
    if not isinstance(member, dict) or member.get("use", "sig") != "sig":
        return None
    kty = member.get("kty")
    if not isinstance(kty, str) or kty not in _PUBLIC_TYPES:
        return None
    # all the rest (certificates, private parts, key_ops) cannot help to verify, and can only fail to parse
    material = {name: member[name] for name in ("kty", "crv", "n", "e", "x", "y", "alg") if name in member}
    try:
        return JWKRegistry.import_key(material)
    except (JoseError, UnsupportedAlgorithm, ValueError, KeyError):  # KeyError: a curve that joserfc does not know
        return None
