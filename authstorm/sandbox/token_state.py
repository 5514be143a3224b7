"""Asking about a token and ending it: introspection (RFC 7662) and revocation (RFC 7009)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from authstorm.sandbox.clients import CONFIDENTIAL, Client
from authstorm.sandbox.store import Token

if TYPE_CHECKING:
    from authstorm.sandbox.authorization import Authorization


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]  # Authlib carries no types
    """Tells a confidential client whether a token is active and whose it is."""

    CLIENT_AUTH_METHODS: ClassVar[list[str]] = [*CONFIDENTIAL]
    server: Authorization

    def check_params(self, request: OAuth2Request, client: Client) -> None:  # noqa: ARG002 - Authlib's signature
        """A token is required; a hint that is not known is ignored (RFC 7662 section 2.1)."""
        _require_token(request)

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:  # noqa: ARG002
        """The token, whatever the hint says of its kind."""
        return self.server.store.token(token_string)

    def check_permission(self, token: Token, client: Client, request: OAuth2Request) -> bool:  # noqa: ARG002
        """Every client that proved itself may ask about every token: they all guard resources here."""
        return True

    def introspect_token(self, token: Token) -> dict[str, Any]:
        """The claims of an active token (RFC 7662 section 2.2)."""
        family = token.family
        subject = family.account.username if family.account else family.client.client_id
        return {
            "active": True,
            "iss": self.server.issuer,
            "sub": subject,
            "username": subject,
            "aud": family.client.client_id,
            "client_id": family.client.client_id,
            "scope": token.scope,
            "token_type": "Bearer" if token.kind == "access_token" else "refresh_token",
            "iat": token.issued_at,
            "exp": token.expires_at,
            "jti": token.jti if token.kind == "access_token" else f"{token.jti}r",
        }


class Revocation(RevocationEndpoint):  # type: ignore[misc]  # Authlib carries no types
    """Lets a client end its own tokens; a token that is not known is no error (RFC 7009 section 2.2)."""

    CLIENT_AUTH_METHODS: ClassVar[list[str]] = [*CONFIDENTIAL, "none"]
    server: Authorization

    def check_params(self, request: OAuth2Request, client: Client) -> None:  # noqa: ARG002 - Authlib's signature
        """A token is required; a hint that is not known is ignored."""
        _require_token(request)

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:  # noqa: ARG002
        """The token, whatever the hint says of its kind."""
        return self.server.store.token(token_string)

    def revoke_token(self, token: Token, request: OAuth2Request) -> None:  # noqa: ARG002 - Authlib's signature
        """End an access token alone, or with a refresh token all that belongs to it (RFC 7009 section 2.1)."""
        if token.kind == "refresh_token":
            token.family.revoked = True
        else:
            token.ended = True


def _require_token(request: OAuth2Request) -> None:
    if "token" not in request.form:
        raise InvalidRequestError("The token is missing.")
