"""Idle connections, by origin: a session's own, or a pool that many sessions draw from."""

from __future__ import annotations

from authstorm.wire.connection import Connection
from authstorm.wire.url import Origin


class Pool:
    """Keeps connections between exchanges; one in use is not in here, so nobody else can get it.

    The connection used last is given out first: what the load does not need is left to the server's idle time-out.
    """

    __slots__ = ("_idle", "_idle_max")

    def __init__(self, idle_max: int) -> None:
        self._idle: dict[Origin, list[Connection]] = {}
        self._idle_max = idle_max

    def take(self, origin: Origin) -> Connection | None:
        """An idle connection, which may have died meanwhile; None when there is none."""
        idle = self._idle.get(origin)
        return idle.pop() if idle else None

    def give(self, connection: Connection) -> None:
        """Keep a connection that may carry another request; it is closed when there are enough."""
        idle = self._idle.get(connection.origin)
        if idle is None:
            idle = self._idle[connection.origin] = []
        if len(idle) < self._idle_max:
            idle.append(connection)
        else:
            connection.close()

    def __len__(self) -> int:
        return sum(len(idle) for idle in self._idle.values())

    def close(self) -> None:
        """Close all idle connections."""
        all_idle, self._idle = self._idle, {}
        for idle in all_idle.values():
            for connection in idle:
                connection.close()
