"""Everything the sandbox remembers, in memory; tokens are kept as digests and end by themselves.

One event loop runs all that changes state, and no change spans a pause, so each is whole without a lock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from authlib.oauth2.rfc6749 import TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin

from authstorm.sandbox.accounts import Account
from authstorm.sandbox.clients import Client
from authstorm.sandbox.expiring import Expiring

CODE_TTL_S = 60
SESSION_TTL_S = 600
Clock = Callable[[], float]


@dataclass(slots=True)
class Family:
    """What one authorization led to: revoking it ends every token that came of it (RFC 9700 section 4.14.2)."""

    client: Client
    account: Account | None
    scope: str
    auth_time: int
    revoked: bool = False


@dataclass(slots=True)
class Token(TokenMixin):  # type: ignore[misc]  # Authlib carries no types
    """An access or refresh token, without its text; times in epoch seconds.

    ``jti`` is that of the token set: the refresh token's own is the same with an "r" behind it.
    """

    family: Family
    kind: str  # access_token or refresh_token, the words of RFC 7009
    scope: str
    jti: str
    issued_at: int
    expires_at: int
    ended: bool = False  # revoked, or a refresh token that was used

    def check_client(self, client: Client) -> bool:
        """Whether the token was issued to this client."""
        return self.family.client is client

    def get_scope(self) -> str:
        """The scope that was granted."""
        return self.scope

    def get_expires_in(self) -> int:
        """Its lifetime from issue in seconds."""
        return self.expires_at - self.issued_at

    def is_expired(self) -> bool:
        """Never: the store gives out no token on or after its ``exp`` (RFC 7519 section 4.1.4)."""
        return False

    def is_revoked(self) -> bool:
        """Whether it, or all of its family, was ended early."""
        return self.ended or self.family.revoked

    def get_user(self) -> Account | None:
        """Whose it is; None when a client acts for itself."""
        return self.family.account

    def get_client(self) -> Client:
        """Whom it was issued to."""
        return self.family.client


@dataclass(slots=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc]  # Authlib carries no types
    """An authorization code; once it was used, ``family`` is what it led to."""

    client: Client
    account: Account
    redirect_uri: str | None
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    auth_time: int
    expires_at: float
    family: Family | None = None

    def get_redirect_uri(self) -> str | None:
        """The redirect URI of the authorization request, None when it named none."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """The scope that was granted."""
        return self.scope

    def get_nonce(self) -> str | None:
        """The nonce to repeat in the ID token (OpenID Connect Core section 3.1.2.1)."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When the person signed in, in epoch seconds."""
        return self.auth_time


@dataclass(slots=True)
class Visit:
    """A browser's session at the login page; ``account`` is None until it signed in."""

    csrf: str
    expires_at: float
    account: Account | None = None
    auth_time: int = 0


class Store:
    """All tokens, codes and visits that are alive, and rotated refresh tokens until they would have expired."""

    def __init__(self, clock: Clock = time.time) -> None:
        self.clock = clock
        self._tokens: dict[str, Expiring[bytes, Token]] = {"access_token": Expiring(), "refresh_token": Expiring()}
        self._codes: Expiring[bytes, Code] = Expiring()
        self._visits: Expiring[str, Visit] = Expiring()

    def keep_token(self, text: str, token: Token) -> None:
        """Remember a token that is being issued."""
        self._tokens[token.kind].put(_digest(text), token, self.clock())

    def token(self, text: str, *kinds: str) -> Token | None:
        """The unexpired token of that text, revoked or not; None when there is none. No kind given means any."""
        digest, now = _digest(text), self.clock()
        for kind in kinds or self._tokens:
            if token := self._tokens[kind].get(digest, now):
                return token
        return None

    def keep_code(self, text: str, code: Code) -> None:
        """Remember an authorization code for its minute."""
        self._codes.put(_digest(text), code, self.clock())

    def code(self, text: str) -> Code | None:
        """The code of that text, used or not; None when there is none or its minute is over."""
        return self._codes.get(_digest(text), self.clock())

    def keep_visit(self, cookie: str, visit: Visit) -> None:
        """Remember a browser's session under its cookie."""
        self._visits.put(cookie, visit, self.clock())

    def visit(self, cookie: str) -> Visit | None:
        """The session of that cookie."""
        return self._visits.get(cookie, self.clock())

    def end_visit(self, cookie: str) -> None:
        """Forget a session, as signing in does with the one before it."""
        self._visits.drop(cookie)

    def sweep(self, at_most: int) -> None:
        """Forget up to ``at_most`` ended entries of each sort."""
        now = self.clock()
        for tokens in self._tokens.values():
            tokens.sweep(now, at_most)
        self._codes.sweep(now, at_most)
        self._visits.sweep(now, at_most)

    def sizes(self) -> dict[str, int]:
        """How many entries are held, by sort."""
        sizes = {kind: len(tokens) for kind, tokens in self._tokens.items()}
        return sizes | {"code": len(self._codes), "visit": len(self._visits)}


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
