"""A visitor's verbs on an OAuth 2.0 server, each one exchange."""

from __future__ import annotations

from collections.abc import Iterator

from authstorm.auth.exchange import Exchange, Identity
from authstorm.auth.oauth import OAuthExchanges
from authstorm.auth.tokens import TokenSet
from authstorm.plan.target import ValidationKind


class OAuthClient:
    """``AuthClient`` for people who sign in with name and password in one request, and for service clients.

    ``validate_by`` says how tokens are validated; ``protected_url`` is the absolute URL for "url".
    """

    __slots__ = ("exchanges", "protected_url", "validate_by")

    def __init__(self, exchanges: OAuthExchanges, validate_by: ValidationKind, protected_url: str = "") -> None:
        self.exchanges = exchanges
        self.validate_by = validate_by
        self.protected_url = protected_url

    def login(self, identity: Identity, step: str) -> Iterator[Exchange]:
        """Sign in with name and password (RFC 6749 4.3)."""
        exchanges = self.exchanges
        reply = exchanges.password(identity.name, identity.password)
        yield Exchange(step, reply, "POST", exchanges.provider.password.url)

    def service_token(self) -> Iterator[Exchange]:
        """Get a token by client credentials (RFC 6749 4.4)."""
        exchanges = self.exchanges
        yield Exchange("service", exchanges.client_credentials(), "POST", exchanges.provider.client_credentials.url)

    def refresh(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Renew tokens (RFC 6749 6); nothing where there is no refresh token."""
        if tokens.refresh:
            exchanges = self.exchanges
            yield Exchange("refresh", exchanges.refresh(tokens), "POST", exchanges.provider.refresh.url)

    def validate(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Introspect (RFC 7662), ask for the claims about the visitor, or fetch a protected URL."""
        exchanges, access = self.exchanges, tokens.access
        endpoints = exchanges.provider.endpoints
        match self.validate_by:
            case "introspection":
                yield Exchange("introspect", exchanges.introspect(access), "POST", endpoints.introspection)
            case "userinfo":
                yield Exchange("userinfo", exchanges.userinfo(access), "GET", endpoints.userinfo)
            case _:
                yield Exchange("validate", exchanges.get(self.protected_url, access), "GET", self.protected_url)

    def revoke(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Revoke the refresh token where there is one, else the access token (RFC 7009)."""
        exchanges = self.exchanges
        if exchanges.provider.revocation.url:
            reply = exchanges.revoke(tokens.refresh or tokens.access)
            yield Exchange("revoke", reply, "POST", exchanges.provider.revocation.url)
