"""The signing key and what may be known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey


class SigningKey:
    """One private key, made anew at each start, and its public half as a key set (RFC 7517)."""

    def __init__(self, alg: str) -> None:
        parameters: Any = {"use": "sig", "alg": alg}
        self.alg = alg
        self.key: ECKey | RSAKey = (
            RSAKey.generate_key(2048, parameters, auto_kid=True)
            if alg.startswith("RS")
            else ECKey.generate_key("P-256", parameters, auto_kid=True)
        )

    @property
    def kid(self) -> str:
        """The key's identifier, its RFC 7638 thumbprint."""
        return str(self.key.kid)

    @property
    def public_jwks(self) -> dict[str, Any]:
        """The key set as it is published; holds no private member."""
        return dict(KeySet([self.key]).as_dict(private=False))

    def sign(self, claims: Mapping[str, Any], typ: str) -> str:
        """Sign claims as a compact JWT; ``typ`` is its media type (RFC 9068 section 2.1: ``at+jwt``)."""
        return jwt.encode({"alg": self.alg, "kid": self.kid, "typ": typ}, dict(claims), self.key, [self.alg])
