"""Accounts lent to visitors: each to one visitor at a time, and back again when the visitor leaves."""

from __future__ import annotations

from collections import deque

from authstorm.plan.target import Accounts


class Identities:
    """The accounts of one worker's share; two visitors never hold one at the same time.

    An account that comes back goes to the end of the line, so that its last session has time to fade.
    """

    def __init__(self, accounts: Accounts, share: int = 0, shares: int = 1) -> None:
        self._free = deque(accounts.names(share, shares))
        self._lent: set[str] = set()

    def lend(self) -> str | None:
        """An account that nobody holds; None when there is none left."""
        if not self._free:
            return None
        name = self._free.popleft()
        self._lent.add(name)
        return name

    def give_back(self, name: str) -> None:
        """Take an account back; KeyError when it was not lent."""
        self._lent.remove(name)
        self._free.append(name)

    @property
    def lent(self) -> int:
        """How many accounts are held by visitors now."""
        return len(self._lent)
