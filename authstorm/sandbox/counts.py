"""What the sandbox saw: the other side's numbers, to hold a load generator's own against."""

from __future__ import annotations

import time
from typing import Any

from authstorm.sandbox.exchange import Answer


class Counts:
    """Requests by endpoint, grant and status, and what else is worth knowing; a few hundred ns a request.

    A request is counted when its answer is handed to the web server. Control requests are not counted.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self.forget()

    def forget(self) -> None:
        """Start again from zero; requests in flight go on being in flight."""
        self.since_s = time.time()
        self.peak_in_flight = self.in_flight
        self.reuse_offences = 0
        self.code_replays = 0
        self.users: set[str] = set()
        self.clients: set[str] = set()
        self._requests: dict[tuple[str, str, int], int] = {}

    def arrive(self) -> None:
        """A request has come."""
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def leave(self, endpoint: str, grant: str, answer: Answer) -> None:
        """Its answer goes out; status 0 stands for a connection that was reset instead."""
        self.in_flight -= 1
        key = (endpoint, grant, answer.status)
        self._requests[key] = self._requests.get(key, 0) + 1
        if answer.user:
            self.users.add(answer.user)
        if answer.client:
            self.clients.add(answer.client)

    def summary(self) -> dict[str, Any]:
        """All of it, for JSON; ``since_s`` is an epoch moment."""
        rows = sorted(self._requests.items())
        return {
            "since_s": self.since_s,
            "total": sum(self._requests.values()),
            "requests": [
                {"endpoint": endpoint, "grant": grant, "status": status, "count": count}
                for (endpoint, grant, status), count in rows
            ],
            "in_flight": self.in_flight,
            "peak_in_flight": self.peak_in_flight,
            "users": len(self.users),
            "clients": len(self.clients),
            "reuse_offences": self.reuse_offences,
            "code_replays": self.code_replays,
        }
