"""The bearer token of whoever may manage accounts: given, or got by client credentials and renewed before it ends."""

from __future__ import annotations

import time

from authstorm.auth.exchange import AuthClient
from authstorm.auth.renewal import due_s
from authstorm.auth.tokens import TokenSet
from authstorm.commands.checking.promise import last_of
from authstorm.errors import AuthstormError, UnreachableError


class Bearer:
    """``given`` is a token that lasts, or ``service`` gets one."""

    def __init__(self, given: str = "", service: AuthClient | None = None) -> None:
        self._given = given
        self._service = service
        self._held: TokenSet | None = None

    def token(self) -> str:
        """A token that is good for a while; AuthstormError when the server gives none."""
        if self._service is None:
            return self._given
        if self._held is None or due_s(self._held) <= time.monotonic():
            self._held = self._fetched(self._service)
        return self._held.access

    def _fetched(self, service: AuthClient) -> TokenSet:
        exchange = last_of(service.service_token())
        if exchange is not None and isinstance(exchange.reply.value, TokenSet):
            return exchange.reply.value
        why = "the target offers no such token"
        if exchange is not None:
            why = f"{exchange.url}: {exchange.reply.outcome}, {exchange.reply.code}"
        kind = UnreachableError if exchange is not None and not exchange.reply.answer.status else AuthstormError
        raise kind(f"no token to manage accounts with ({why}): see provisioning.client and provisioning.token-url")
