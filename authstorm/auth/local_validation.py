"""Validating an access token as a resource server does that never asks: by its signature (RFC 9068 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

from authstorm.auth.exchange import Exchange
from authstorm.auth.fault import Evidence
from authstorm.auth.judge import failed, good
from authstorm.auth.key_ring import KeyRing, signature_fault
from authstorm.auth.promises import Promises
from authstorm.auth.session import Session
from authstorm.auth.tokens import TokenSet

STEP = "verify"
LATE = frozenset({"jwt-expired", "jwt-unknown-key"})
"""Faults that a token can have without anybody's mistake: it was kept too long, or its key is newer than ours."""


@dataclass(frozen=True, slots=True)
class LocalAnswer:
    """Where an answer would be if somebody had been asked: its marks tell how long the verifying took."""

    began_at: float
    done_at: float
    status: int = 200
    failure: str = ""
    body: bytes = b""
    first_byte_at: float = 0.0
    clock: str = "loop"

    @property
    def connected_at(self) -> float:
        """Nothing was connected."""
        return self.began_at

    @property
    def sent_at(self) -> float:
        """When it began."""
        return self.began_at

    def header(self, name: str) -> str:  # noqa: ARG002 - an answer's signature
        """It has none."""
        return ""


def verified_here(tokens: TokenSet, ring: KeyRing, session: Session, promises: Promises) -> Iterator[Exchange]:
    """Verify the access token; before that a step ``jwks`` where its key has to be fetched.

    The request event has the method "LOCAL". A token that outlived itself, or whose key is newer than the last fetch,
    is refused as ``invalid_token``, as a resource server would.
    """
    began_at, seen = perf_counter(), ring.keys
    found = ring.verify(tokens.access, promises.issuer, promises.audience)
    if found.fault == "jwt-unknown-key":
        reply = ring.renew(session, seen)
        if reply is not None:
            yield Exchange("jwks", reply, "GET", ring.url)
            if not reply.good:
                return
            began_at = perf_counter()
        found = ring.verify(tokens.access, promises.issuer, promises.audience)
    answer = LocalAnswer(began_at, perf_counter())
    if not found.fault:
        yield Exchange(STEP, good(answer, dict(found.claims)), "LOCAL", ring.url)
        return
    yield _refusal(found.fault, answer, tokens, ring)


def _refusal(fault: str, answer: LocalAnswer, tokens: TokenSet, ring: KeyRing) -> Exchange:
    if fault in LATE and _has_excuse(fault, tokens, ring):
        return Exchange(STEP, failed("invalid_token", answer), "LOCAL", ring.url)
    found = signature_fault(fault, "the access token", tokens.access)
    return Exchange(STEP, failed(fault, answer), "LOCAL", ring.url, Evidence(found, "", ""))


def _has_excuse(fault: str, tokens: TokenSet, ring: KeyRing) -> bool:
    if fault == "jwt-unknown-key":
        return not ring.is_newer_than(tokens.obtained_s)
    return tokens.expires_s is not None and ring.now_s >= tokens.expires_s
