"""Verifying a signed JWT against a server's keys: pure, with the time as an argument.

It costs 50 to 200 µs a token, which is several requests' worth: verify a sample of what a load brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key

from authstorm.auth.jwks import Keys
from authstorm.auth.jwt_claims import is_number, read_claims, read_header

KEY_TYPES: Final[Mapping[str, str]] = MappingProxyType({
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512", "ES256K"), "EC"),
    **dict.fromkeys(("EdDSA", "Ed25519", "Ed448"), "OKP"),
})  # fmt: skip
"""Accepted algorithms and the type of key each needs: asymmetric ones alone, so ``none`` and HMAC never pass."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found: ``fault`` is "" or one of JWT_FAULTS; ``claims`` are those of a token without fault."""

    fault: str
    claims: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Verification({self.fault or 'valid'})"


def verify(  # noqa: PLR0913 - what a token is held against, each by name
    token: str, keys: Keys, *, now_s: float, issuer: str = "", audience: str = "", leeway_s: float = 0.0
) -> Verification:
    """Verify signature, ``iss``, ``aud``, ``exp`` and ``nbf`` (RFC 7519 7.2); ``exp`` must be there (RFC 9068 2.2).

    ``now_s`` is seconds since the epoch; ``leeway_s`` is granted to clocks that disagree. ``issuer`` and ``audience``
    are not looked at when they are "". Never raises, whatever the token holds.
    """
    fault = _signature_fault(token, keys)
    claims = read_claims(token) if not fault else None
    if claims is None:
        return Verification(fault or "jwt-malformed", {})
    fault = _claims_fault(claims, now_s, issuer, audience, leeway_s)
    return Verification(fault, {} if fault else claims)


def _signature_fault(token: str, keys: Keys) -> str:
    header = read_header(token)
    if header is None or "crit" in header:  # RFC 7515 4.1.11: what is critical must be understood, and we know none
        return "jwt-malformed"
    algorithm, kid = header.get("alg"), header.get("kid")
    if type(algorithm) is not str or algorithm not in KEY_TYPES:
        return "jwt-algorithm"
    candidates = [
        key
        for key in keys.candidates(kid if isinstance(kid, str) else None)
        if key.key_type == KEY_TYPES[algorithm] and key.alg in (None, algorithm)
    ]
    if not candidates:
        return "jwt-unknown-key"
    return "" if any(_signed_by(token, key) for key in candidates) else "jwt-signature"


def _signed_by(token: str, key: Key) -> bool:
    try:
        jws.deserialize_compact(token, key, registry=_REGISTRY)
    except (JoseError, ValueError):  # ValueError: half a character, which cannot be encoded
        return False
    return True


def _claims_fault(claims: Mapping[str, Any], now_s: float, issuer: str, audience: str, leeway_s: float) -> str:
    expires, starts = claims.get("exp"), claims.get("nbf", 0)
    if not is_number(expires) or not is_number(starts):
        return "jwt-malformed"
    if issuer and claims.get("iss") != issuer:
        return "jwt-issuer"
    if audience and not _meant_for(audience, claims.get("aud")):
        return "jwt-audience"
    if now_s - leeway_s >= expires:  # "on or after" is too late: RFC 7519 4.1.4
        return "jwt-expired"
    return "jwt-not-yet" if now_s + leeway_s < starts else ""


def _meant_for(audience: str, told: Any) -> bool:
    """RFC 7519 4.1.3: one audience as a string, or several as an array."""
    return audience in told if isinstance(told, list) else audience == told


class _Registry(jws.JWSRegistry):
    """Takes the algorithms above without warning that some are old, large headers, and private header members."""

    max_header_length = 16_384

    def get_alg(self, name: str) -> Any:
        """The algorithm of an accepted name; ``_signature_fault`` let no other through."""
        return self.algorithms[name]


_REGISTRY: Final = _Registry(strict_check_header=False)
