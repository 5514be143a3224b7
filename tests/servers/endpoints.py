"""What one must know of each server to speak to it: paths, clients, scopes, as docs/real-servers.md lists them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Paths and clients of one server."""

    token: str
    userinfo: str
    introspection: str
    revocation: str
    authorization: str
    keys: str
    password_client: str
    service_client: str
    code_client: str  # public, with PKCE
    introspector: str
    scope: str  # what brings an ID token and a refresh token


OF = {
    "oidc-provider": Endpoints(
        token="/token",
        userinfo="/me",
        introspection="/token/introspection",
        revocation="/token/revocation",
        authorization="/auth",
        keys="/jwks",
        password_client="storm-basic",
        service_client="storm-basic",
        code_client="storm-public",
        introspector="storm-api",
        scope="openid offline_access",
    ),
    "django-oauth-toolkit": Endpoints(
        token="/o/token/",
        userinfo="/o/userinfo/",
        introspection="/o/introspect/",
        revocation="/o/revoke_token/",
        authorization="/o/authorize/",
        keys="/o/.well-known/jwks.json",
        password_client="storm-password",
        service_client="storm-cc",
        code_client="storm-code-public",
        introspector="storm-password",
        scope="openid read",
    ),
}
