"""Who somebody is: ID tokens and userinfo (OpenID Connect Core)."""

from __future__ import annotations

from typing import Any

from authlib.oauth2 import OAuth2Request, ResourceProtector
from authlib.oauth2.rfc6750 import BearerTokenValidator, InvalidTokenError
from authlib.oidc.core import OpenIDCode, UserInfo, UserInfoEndpoint

from authstorm.sandbox.accounts import Account
from authstorm.sandbox.clients import Client
from authstorm.sandbox.keys import SigningKey
from authstorm.sandbox.store import Store


class IdToken(OpenIDCode):  # type: ignore[misc]  # Authlib carries no types
    """Adds an ID token to each token set of a person whose scope holds ``openid`` (section 3.1.3.3 and 12.2)."""

    def __init__(self, issuer: str, key: SigningKey, ttl_s: int) -> None:
        super().__init__(require_nonce=False)
        self.issuer = issuer
        self.key = key
        self.ttl_s = ttl_s

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:  # noqa: ARG002 - Authlib's signature
        """No: a nonce ties the ID token to the client's own session, so its replay is for the client to see."""
        return False

    def get_client_algorithm(self, client: Client) -> str:  # noqa: ARG002 - Authlib's signature
        """One algorithm for all clients."""
        return self.key.alg

    def get_encode_header(self, client: Client) -> dict[str, str]:  # noqa: ARG002 - Authlib's signature
        """The header of an ID token."""
        return {"alg": self.key.alg, "kid": self.key.kid}

    def resolve_client_private_key(self, client: Client) -> Any:  # noqa: ARG002 - Authlib's signature
        """The key that signs."""
        return self.key.key

    def get_compatible_claims(self, request: OAuth2Request) -> dict[str, Any]:
        """The claims of section 2, with the moments of the access token beside it."""
        return {
            "iss": self.issuer,
            "aud": request.client.client_id,
            "iat": request.issued_at,
            "exp": request.issued_at + self.ttl_s,
            "auth_time": request.auth_time,
        }

    def generate_user_info(self, user: Account, scope: str) -> UserInfo:  # noqa: ARG002 - Authlib's signature
        """The subject alone: an access token comes along, so the rest is had from userinfo (section 5.4)."""
        return UserInfo(sub=user.username)


class People(UserInfoEndpoint):  # type: ignore[misc]  # Authlib carries no types
    """The userinfo endpoint (section 5.3), behind a bearer token (RFC 6750)."""

    def __init__(self, store: Store) -> None:
        protector = ResourceProtector()
        protector.register_token_validator(LiveToken(store))
        super().__init__(resource_protector=protector)

    def __call__(self, request: OAuth2Request) -> tuple[int, Any, list[tuple[str, str]]]:
        """Say who the bearer's token is about; raises InvalidTokenError, InsufficientScopeError and their like."""
        token = self.resource_protector.validate_request(["openid"], request)
        if token.family.account is None:
            raise InvalidTokenError(description="The token is a client's own: it is about no person.")
        request.user = token.family.account
        request.client = token.family.client
        return 200, self.generate_user_info(request.user, token.scope), [("Content-Type", "application/json")]

    def generate_user_info(self, user: Account, scope: str) -> UserInfo:
        """What the scope lets the client know (section 5.4)."""
        return UserInfo(
            sub=user.username,
            name=f"User {user.number}",
            preferred_username=user.username,
            email=user.username,
            email_verified=True,
        ).filter(scope)


class LiveToken(BearerTokenValidator):  # type: ignore[misc]  # Authlib carries no types
    """Finds the bearer's access token; Authlib judges it."""

    def __init__(self, store: Store) -> None:
        super().__init__(realm="authstorm sandbox")
        self.store = store

    def authenticate_token(self, token_string: str) -> Any:
        """The token of that text; None when there is none or it has expired."""
        return self.store.token(token_string, "access_token")
