"""Every token belongs to one identity: which one was first given a token, for the newest of them."""

from __future__ import annotations

from typing import Final

from authstorm.auth.fault import Fault, fingerprint

KEEP: Final = 100_000
"""Tokens in each of two generations: together 20 MB at the most."""


class IssuedTokens:
    """Remembers by hash whom tokens were handed to; a server may hand the same token to the same identity again."""

    __slots__ = ("_keep", "_old", "_young")

    def __init__(self, keep: int = KEEP) -> None:
        self._keep = keep
        self._young: dict[int, str] = {}
        self._old: dict[int, str] = {}

    def judge(self, token: str, identity: str, what: str) -> Fault | None:
        """Note who was handed a token; ``token-shared`` when it was somebody else's before."""
        key = hash(token)  # a token keeps its hash, and is a key of the redactor's too
        owner = self._young.setdefault(key, identity)
        if owner is identity or owner == identity:
            before = self._old.get(key) if self._old else None
            if len(self._young) > self._keep:
                self._old, self._young = self._young, {}
            if before is None or before == identity:
                return None
            owner = before
        return Fault("token-shared", what, "one that nobody else holds", f"{owner}'s ({fingerprint(token)})")
