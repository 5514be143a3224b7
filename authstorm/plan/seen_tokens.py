"""Which tokens a run has seen: the newest of them, by hash, so that a soak run stays small."""

from __future__ import annotations

_FRESH = 1000  # so many are put into the set together, which takes a tenth of a millisecond


class SeenTokens:
    """Remembers tokens, ``keep`` of them or a little more in each of two generations."""

    __slots__ = ("_fresh", "_keep", "_most_fresh", "_old", "_young")

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._most_fresh = min(keep, _FRESH)
        self._fresh: list[int] = []
        self._young: set[int] = set()
        self._old: set[int] = set()

    def add(self, access: str, refresh: str = "", id_token: str = "") -> None:
        """Remember a token set; "" is no token."""
        fresh = self._fresh
        fresh.append(hash(access))
        if refresh:
            fresh.append(hash(refresh))
        if id_token:
            fresh.append(hash(id_token))
        if len(fresh) > self._most_fresh:
            self._sort_in()

    def __contains__(self, text: str) -> bool:
        self._sort_in()
        found = hash(text)
        return found in self._young or found in self._old

    def _sort_in(self) -> None:
        """Take what is fresh among the others."""
        fresh, self._fresh = self._fresh, []
        self._young.update(fresh)
        if len(self._young) > self._keep:
            self._old, self._young = self._young, set()
