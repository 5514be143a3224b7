"""Hands one text a second to everybody who watches; how many they are, the load does not notice.

The texts are made once and shared. A viewer waits in a greenlet of its own, and one that is slow gets the newest text
when it has taken the last, never all that it missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final

from gevent.event import Event

MOST_VIEWERS: Final = 24
QUIET_S: Final = 3.0
"""After so long without news a viewer is sent a comment, which keeps proxies patient and finds out who has left."""
RECONNECT_MS: Final = 2000


class News:
    """One second's: ``change`` for who has seen the one before, ``whole`` for all others; made when first wanted."""

    def __init__(self, number: int, change: str | None, whole: Callable[[], str]) -> None:
        self.number = number
        self.change = change
        self._make_whole = whole

    @cached_property
    def whole(self) -> str:
        """Everything."""
        return self._make_whole()

    def after(self, number: int) -> str:
        """What a viewer needs who has seen that number, as a server-sent event (WHATWG HTML, 9.2)."""
        if self.change is not None and number == self.number - 1:
            return f"event: change\ndata: {self.change}\n\n"
        return f"event: whole\ndata: {self.whole}\n\n"


class Bulletin:
    """One a room. ``viewers`` is how many watch now."""

    def __init__(self, most: int = MOST_VIEWERS, quiet_s: float = QUIET_S) -> None:
        self.viewers = 0
        self._most = most
        self._quiet_s = quiet_s
        self._news = News(0, None, lambda: "{}")
        self._changed = Event()

    def publish(self, change: str | None, whole: Callable[[], str]) -> None:
        """Tell everybody; ``change`` None sends the whole to all."""
        self._news = News(self._news.number + 1, change, whole)
        changed, self._changed = self._changed, Event()
        changed.set()

    def watch(self) -> Iterator[str] | None:
        """The events for one more viewer; None when there are too many. Close it when the viewer is gone."""
        if self.viewers >= self._most:
            return None
        self.viewers += 1
        return _Viewer(self._events(), self._leave)

    def _leave(self) -> None:
        self.viewers -= 1

    def _events(self) -> Iterator[str]:
        yield f"retry: {RECONNECT_MS}\n\n"
        seen = -1
        while True:
            news, changed = self._news, self._changed
            if news.number != seen:
                yield news.after(seen)
                seen = news.number
            elif not changed.wait(self._quiet_s):
                yield ": nothing new\n\n"


class _Viewer:
    """An iterator that says once when it is closed, also when it was never begun."""

    def __init__(self, events: Iterator[str], leave: Callable[[], None]) -> None:
        self._events = events
        self._leave: Callable[[], None] | None = leave

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._events)

    def close(self) -> None:
        """The viewer is gone."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()

    def __del__(self) -> None:
        self.close()
