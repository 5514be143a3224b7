"""A client that proves itself by a signed statement instead of a secret: ``private_key_jwt`` (RFC 7523)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from authstorm.errors import SandboxError
from authstorm.sandbox.clients import SIGNED, Client
from authstorm.sandbox.expiring import Expiring
from authstorm.sandbox.store import Clock

LONGEST_S: Final = 300
"""A statement that is good for longer is refused: nobody remembers its ``jti`` for ever."""
LEEWAY_S: Final = 60


@dataclass(frozen=True, slots=True)
class Used:
    """A statement that was seen; in epoch seconds."""

    expires_at: float


class SignedClients(JWTBearerClientAssertion):  # type: ignore[misc]  # Authlib carries no types
    """Authenticates by signature; every statement is good once."""

    CLIENT_AUTH_METHOD = SIGNED

    def __init__(self, issuer: str, key: Key | None, clock: Clock) -> None:
        super().__init__(leeway=LEEWAY_S)
        self._audiences = [issuer, f"{issuer}/token", f"{issuer}/introspect", f"{issuer}/revoke"]
        self._key = key
        self._clock = clock
        self._used: Expiring[str, Used] = Expiring()

    def __call__(self, query_client: Callable[[str], Client | None], request: Any) -> Client | None:
        """The client of a good statement, None where the request brings none; raises InvalidClientError."""
        try:
            client: Client | None = super().__call__(query_client, request)
        except (ValueError, TypeError) as error:
            raise InvalidClientError(description="The client_assertion cannot be read.") from error
        return client

    def resolve_client_public_key(self, client: Client) -> Key:
        """The registered key; a client without one cannot prove itself in this way."""
        if self._key is None or SIGNED not in client.auth_methods:
            raise InvalidClientError(description="This client has no key.")
        return self._key

    def get_audiences(self) -> list[str]:
        """The server by its issuer, or the endpoint that is asked (RFC 7523 section 3)."""
        return self._audiences

    def validate_jti(self, claims: dict[str, Any], jti: Any) -> bool:
        """Whether the statement is new; it is remembered from now on."""
        now_s = self._clock()
        if not isinstance(jti, str) or claims["exp"] > now_s + LONGEST_S or self._used.get(jti, now_s):
            return False
        self._used.put(jti, Used(now_s + LONGEST_S + LEEWAY_S), now_s)
        return True


def read_client_key(text: str) -> Key | None:
    """The client's key, a JWK in JSON; None where there is none. Raises SandboxError, which shows none of it."""
    try:
        return None if not text else JWKRegistry.import_key(json.loads(text))
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise SandboxError("SANDBOX_CLIENT_KEY is no JWK in JSON: delete it to have one made") from error
