"""A dictionary whose entries end by themselves, in the order they came, without ever stopping the server to sweep."""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar


class Ending(Protocol):
    """Something with an end, in epoch seconds."""

    @property
    def expires_at(self) -> float:
        """When it ends."""


K = TypeVar("K")
V = TypeVar("V", bound=Ending)


class Expiring(Generic[K, V]):
    """Entries that end in the order they came: all of them have one lifetime.

    Each ``put`` sweeps at most two ended entries, so memory follows the load at a fixed cost. Times are epoch seconds.
    """

    def __init__(self) -> None:
        self._entries: dict[K, V] = {}
        self._order: deque[K] = deque()

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, key: K, value: V, now_s: float) -> None:
        """Keep a value until it ends; a key is used once."""
        self.sweep(now_s, 2)
        self._entries[key] = value
        self._order.append(key)

    def get(self, key: K, now_s: float) -> V | None:
        """The value; None when there never was one, or it was dropped, or it has ended (``now_s >= expires_at``)."""
        value = self._entries.get(key)
        return value if value is not None and now_s < value.expires_at else None

    def drop(self, key: K) -> None:
        """Forget a value early."""
        self._entries.pop(key, None)

    def sweep(self, now_s: float, at_most: int) -> int:
        """Forget up to ``at_most`` entries that have ended; returns how many were."""
        for swept in range(at_most):
            if not self._order:
                return swept
            value = self._entries.get(self._order[0])
            if value is not None and now_s < value.expires_at:
                return swept
            self._entries.pop(self._order.popleft(), None)
        return at_most
