"""The control endpoint: switching faults, reading counts. Only programs on this machine reach it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from authstorm.errors import ConfigError
from authstorm.sandbox.counts import Counts
from authstorm.sandbox.exchange import Answer, Headers, json_answer, refusal
from authstorm.sandbox.faults import reset
from authstorm.sandbox.faults.outage import Outage
from authstorm.sandbox.faults.planted import Planted
from authstorm.sandbox.faults.reading import read_faults
from authstorm.sandbox.options import is_loopback
from authstorm.sandbox.service_log import ServiceLog
from authstorm.sandbox.store import Store

METHODS = {
    "/control/faults": ("GET", "PUT", "DELETE"),
    "/control/counts": ("GET", "DELETE"),
    "/control/log": ("GET",),
    "/control/run": ("GET",),
}


class Control:
    """Holds what can be switched while the sandbox runs; ``planted`` is None when no fault is on."""

    def __init__(self, counts: Counts, store: Store, log: ServiceLog | None, with_parent: bool = False) -> None:
        self.counts = counts
        self.store = store
        self.log = log
        self.with_parent = with_parent
        self.planted: Planted | None = None

    def answer(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """Answer a control request that ``refuse`` let pass."""
        if path not in METHODS:
            return refusal(404, "not_found", f"One of {', '.join(METHODS)}.")
        if method not in METHODS[path]:
            return refusal(405, "method_not_allowed", "", ("Allow", ", ".join(METHODS[path])))
        if path == "/control/faults":
            return self._faults(method, body)
        if path == "/control/run":
            return json_answer(200, {"with_parent": self.with_parent})
        return self._log(query) if path == "/control/log" else self._counts(method)

    def plant(self, planted: Planted | None) -> None:
        """Replace the faults that are on; None clears them."""
        if self.planted is not None:
            self.planted.end()
        self.planted = planted

    def _faults(self, method: str, body: bytes) -> Answer:
        if method == "DELETE":
            self.plant(None)
        elif method == "PUT":
            try:
                faults = read_faults(body)
            except ConfigError as error:
                problems = [{"key": p.key, "wrong": p.wrong, "right": p.right} for p in error.problems]
                return json_answer(400, {"error": "bad_faults", "problems": problems})
            if not reset.POSSIBLE and any(isinstance(fault, Outage) and fault.outage == "reset" for fault in faults):
                return refusal(501, "not_possible", "Connections can be reset on Linux alone.")
            self.plant(Planted(faults) if faults else None)
        return json_answer(200, self.planted.document() if self.planted else {"faults": []})

    def _counts(self, method: str) -> Answer:
        summary: dict[str, Any] = self.counts.summary() | {"held": self.store.sizes()}
        if method == "DELETE":
            self.counts.forget()
        return json_answer(200, summary)

    def _log(self, query: str) -> Answer:
        if self.log is None:
            return refusal(404, "not_logged", "Start the sandbox with --log-times.")
        try:
            since_s = float(parse_qs(query).get("since", ["0"])[0])
        except ValueError:
            return refusal(400, "bad_since", "since is an epoch moment in seconds.")
        lines = (json.dumps(service._asdict()) for service in self.log.since(since_s))
        return Answer(200, [("Content-Type", "application/jsonl")], "\n".join(lines).encode())


def refuse(headers: Headers, peer: str) -> Answer | None:
    """Why a control request is not allowed; None when it is.

    The peer has to be this machine. A Host that is not loopback is a foreign name that was pointed here, an Origin is a
    browser's page: neither is the operator.
    """
    if not is_loopback(_host_of(peer)):
        return refusal(403, "forbidden", "Control is for this machine alone.")
    if not is_loopback(_host_of(headers.get("host", ""))):
        return refusal(403, "forbidden", "The Host of a control request has to be a loopback address or localhost.")
    if headers.get("origin") is not None:
        return refusal(403, "forbidden", "Control is not for pages: the request has an Origin.")
    return None


def _host_of(name: str) -> str:
    """The host of ``host``, ``host:port`` or ``[host]:port``."""
    return name.partition("]")[0].lstrip("[") if name.startswith("[") else name.partition(":")[0]
