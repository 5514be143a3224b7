"""What a token answer holds: signed or opaque access tokens, and refresh tokens."""

from __future__ import annotations

from secrets import token_hex, token_urlsafe
from typing import Any

from authlib.oauth2.rfc6750 import BearerTokenGenerator

from authstorm.sandbox.accounts import Account
from authstorm.sandbox.clients import Client
from authstorm.sandbox.keys import SigningKey
from authstorm.sandbox.store import Clock


class TokenSet(dict[str, Any]):
    """The answer of the token endpoint (RFC 6749 section 5.1), with what the store must know of it.

    ``granted`` is the access token's scope; moments are whole epoch seconds, the same as in the signed token.
    """

    __slots__ = ("expires_at", "granted", "issued_at", "jti", "refresh_expires_at")

    jti: str
    granted: str
    issued_at: int
    expires_at: int
    refresh_expires_at: int


class TokenMaker(BearerTokenGenerator):  # type: ignore[misc]  # Authlib carries no types
    """Makes access tokens by RFC 9068 (``key`` given) or opaque ones (``key`` None)."""

    def __init__(
        self, issuer: str, key: SigningKey | None, access_ttl_s: int, refresh_ttl_s: int, clock: Clock
    ) -> None:
        super().__init__(access_token_generator=None)
        self.issuer = issuer
        self.key = key
        self.access_ttl_s = access_ttl_s
        self.refresh_ttl_s = refresh_ttl_s
        self.clock = clock
        self._run = token_hex(6)
        self._issued = 0

    def generate(  # noqa: PLR0913, PLR0917 - Authlib's signature
        self,
        grant_type: str,  # noqa: ARG002 - Authlib's signature
        client: Client,
        user: Account | None = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> TokenSet:
        """Make one token set; nothing of it is valid until the server has saved it."""
        granted = self.get_allowed_scope(client, scope)
        ttl = expires_in or self.access_ttl_s
        tokens = TokenSet(token_type="Bearer", expires_in=ttl, scope=granted)  # noqa: S106
        tokens.granted = granted
        tokens.issued_at = int(self.clock())
        tokens.expires_at = tokens.issued_at + ttl
        tokens.refresh_expires_at = tokens.issued_at + self.refresh_ttl_s
        tokens.jti = self._next_jti()
        tokens["access_token"] = self._access_token(tokens, client, user)
        if include_refresh_token:
            tokens["refresh_token"] = token_urlsafe(32)
        return tokens

    def claims(self, tokens: TokenSet, client: Client, user: Account | None) -> dict[str, Any]:
        """The claims of an access token (RFC 9068 section 2.2); a client without a user is its own subject."""
        return {
            "iss": self.issuer,
            "sub": user.username if user else client.client_id,
            "aud": client.client_id,
            "client_id": client.client_id,
            "scope": tokens.granted,
            "iat": tokens.issued_at,
            "exp": tokens.expires_at,
            "jti": tokens.jti,
        }

    def _access_token(self, tokens: TokenSet, client: Client, user: Account | None) -> str:
        if self.key is None:
            return token_urlsafe(32)
        return self.key.sign(self.claims(tokens, client, user), "at+jwt")

    def _next_jti(self) -> str:
        self._issued += 1
        return f"{self._run}-{self._issued:x}"
