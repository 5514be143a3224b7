"""When requests came and how long they took inside the server: the truth for a load generator's own numbers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

CAPACITY = 200_000


class Service(NamedTuple):
    """One served request; ``start_s`` is an epoch moment.

    The duration runs from when the server's event loop takes the request up to when the answer is handed to the web
    server. What a request waited before, in the socket or for the loop, is not in it: below saturation that is little.
    """

    endpoint: str
    grant: str
    status: int
    start_s: float
    duration_s: float


class ServiceLog:
    """The last CAPACITY requests."""

    def __init__(self) -> None:
        self._entries: deque[Service] = deque(maxlen=CAPACITY)

    def add(self, service: Service) -> None:
        """Note one request, forgetting the oldest when full."""
        self._entries.append(service)

    def since(self, epoch_s: float) -> Iterator[Service]:
        """The requests that started at or after a moment, in the order in which they ended."""
        return (entry for entry in self._entries if entry.start_s >= epoch_s)
