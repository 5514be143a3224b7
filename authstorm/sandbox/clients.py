"""The registered clients and how a client proves itself."""

from __future__ import annotations

import hmac
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import ClientMixin

SCOPES = ("openid", "profile", "email", "offline_access", "api")
SIGNED = "private_key_jwt"
CONFIDENTIAL = ("client_secret_basic", "client_secret_post", SIGNED)
_BY_SECRET = ("client_secret_basic", "client_secret_post")


@dataclass(frozen=True, slots=True)
class Client(ClientMixin):  # type: ignore[misc]  # Authlib carries no types
    """A registered client; ``secret`` is "" for a public one, and for one that signs (RFC 6749 section 2.1)."""

    client_id: str
    secret: str = field(repr=False)
    grant_types: frozenset[str]
    auth_methods: tuple[str, ...]
    scopes: tuple[str, ...]
    default_scope: str
    redirect_uris: tuple[str, ...] = ()
    client_metadata: dict[str, str] = field(default_factory=dict)
    id_token_signed_response_alg: str = ""

    def get_client_id(self) -> str:
        """The client identifier."""
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        """The only redirect URI, where there is one; with several the request has to say which."""
        return self.redirect_uris[0] if len(self.redirect_uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What is granted of the scope asked for (RFC 6749 section 3.3); None when nothing of it is allowed."""
        if not scope:
            return self.default_scope
        return " ".join(word for word in scope.split() if word in self.scopes) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether the URI is registered, compared exactly (RFC 9700 section 2.1)."""
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether the secret is right; never for a public client."""
        return bool(self.secret) and hmac.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - Authlib's signature
        """Whether the client may prove itself in this way; the same at every endpoint."""
        return method in self.auth_methods

    def check_response_type(self, response_type: str) -> bool:
        """Whether the client may use the authorization endpoint with this response type."""
        return response_type == "code" and "authorization_code" in self.grant_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use this grant."""
        return grant_type in self.grant_types


def registered(secret: str, redirect_uris: tuple[str, ...], *, signs: bool = False) -> dict[str, Client]:
    """The sandbox's clients by their identifier; ``signs`` when there is a key for the one that proves itself by it."""
    people = "profile email"
    everything = frozenset({"password", "client_credentials", "authorization_code", "refresh_token"})
    browser = frozenset({"authorization_code", "refresh_token"})
    clients = (
        Client("storm", secret, everything, _BY_SECRET, SCOPES, people, redirect_uris),
        Client("storm-public", "", browser, ("none",), SCOPES, people, redirect_uris),
        Client("storm-api", secret, frozenset({"client_credentials"}), _BY_SECRET, ("api",), "api"),
        *((Client("storm-jwt", "", everything, (SIGNED,), SCOPES, people, redirect_uris),) if signs else ()),
    )
    return {client.client_id: client for client in clients}


class _HasHeaders(Protocol):
    @property
    def headers(self) -> dict[str, str]: ...


def basic(query_client: Callable[[str], Client | None], request: _HasHeaders | Any) -> Client | None:
    """Authenticate by HTTP Basic with both halves form-decoded (RFC 6749 section 2.3.1): None when that fails.

    Authlib's own method percent-decodes without turning "+" into a space.
    """
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = b64decode(credentials.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    client = query_client(unquote_plus(name)) if colon else None
    return client if client is not None and client.check_client_secret(unquote_plus(secret)) else None
