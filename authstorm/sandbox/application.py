"""The way of a request: counted, perhaps hit by a fault, answered by its endpoint."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from authstorm.sandbox.control import Control, refuse
from authstorm.sandbox.exchange import DROPPED, MAX_BODY, Answer, Call, Scope, TooLargeError, refusal
from authstorm.sandbox.faults.reset import reset_connection
from authstorm.sandbox.service_log import Service

Handler = Callable[[Call], Awaitable[Answer]]
Routes = dict[str, tuple[str, dict[str, Handler]]]
"""By path: the endpoint's word for counts and faults, and its handlers by method."""

NOWHERE: tuple[str, dict[str, Handler]] = ("unknown", {})
CLOSE = ("Connection", "close")
"""With a body left unread the connection cannot go on, and the client should know."""
WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE"})


class Application:
    """Serves granian's RSGI, one call a request, all on one event loop."""

    def __init__(self, routes: Routes, control: Control) -> None:
        self.routes = routes
        self.control = control
        self.counts = control.counts
        self.log = control.log

    async def __call__(self, scope: Scope, protocol: Any) -> None:
        """Answer one request; ``protocol`` is granian's, through which body and answer go."""
        if scope.path.startswith("/control"):
            answer = await self._control(scope, protocol)
        else:
            answer = await self._serve(scope, protocol)
        if answer.status == DROPPED:
            reset_connection(scope.client)
            protocol.response_empty(500, [])  # goes nowhere, but granian wants every request answered
        else:
            protocol.response_bytes(answer.status, answer.headers, answer.body)

    async def _serve(self, scope: Scope, protocol: Any) -> Answer:
        began_s = time.perf_counter()
        endpoint, handlers = self.routes.get(scope.path) or self.routes.get(_folder(scope.path), NOWHERE)
        self.counts.arrive()
        grant = ""
        try:
            call = Call(endpoint, scope, await _body(scope, protocol))
            grant = call.grant
            answer = await self._answer(call, handlers)
        except TooLargeError as error:
            answer = refusal(413, "invalid_request", str(error), CLOSE)
        except Exception:  # noqa: BLE001 - the edge: whatever it is, it is shown and answered with 500
            traceback.print_exc(file=sys.stderr)
            answer = refusal(500, "server_error", "")
        self.counts.leave(endpoint, grant, answer)
        if self.log is not None:
            took_s = time.perf_counter() - began_s
            self.log.add(Service(endpoint, grant, answer.status, time.time() - took_s, took_s))
        return answer

    async def _answer(self, call: Call, handlers: dict[str, Handler]) -> Answer:
        planted = self.control.planted
        if planted is None:
            return await _handle(call, handlers)
        return await planted.before(call) or planted.after(call, await _handle(call, handlers))

    async def _control(self, scope: Scope, protocol: Any) -> Answer:
        refused = refuse(scope.headers, scope.client)
        if refused is not None:
            return refused
        try:
            body = await _body(scope, protocol)
        except TooLargeError as error:
            return refusal(413, "invalid_request", str(error), CLOSE)
        return self.control.answer(scope.method, scope.path, scope.query_string, body)


def _folder(path: str) -> str:
    """The route of what lies directly below a path, where there is one: ``/scim/v2/Users/`` of one user."""
    end = path.rfind("/") + 1
    return path[:end] if end > 1 else ""


async def _handle(call: Call, handlers: dict[str, Handler]) -> Answer:
    handler = handlers.get(call.method)
    if handler is not None:
        return await handler(call)
    if not handlers:
        return refusal(404, "not_found", "")
    return refusal(405, "method_not_allowed", "", ("Allow", ", ".join(handlers)))


async def _body(scope: Scope, protocol: Any) -> bytes:
    if scope.method in WITHOUT_BODY:
        return b""
    length = scope.headers.get("content-length", "0")
    if length.isdecimal() and int(length) <= MAX_BODY:
        body: bytes = await protocol()
        if len(body) <= MAX_BODY:
            return body
    raise TooLargeError(f"The body is larger than {MAX_BODY} bytes.")
