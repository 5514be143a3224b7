"""The server is down, in one of the ways in which servers are."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Literal

from pydantic import PrivateAttr

from authstorm.sandbox.exchange import DROPPED, Answer, Call, refusal
from authstorm.sandbox.faults.fault import Fault


class Outage(Fault):
    """Nothing works: ``503`` or ``500`` at once, ``hang`` until the outage ends, or ``reset`` of the connection.

    A request that hangs is worked on when the outage ends, as after a long pause of a real server. ``reset`` sends a
    TCP RST in place of an answer and needs Linux. Refusing connections before they are accepted is not possible: the
    kernel accepts them.
    """

    word: ClassVar[str] = "outage"
    outage: Literal["503", "500", "hang", "reset"]
    _over: asyncio.Event = PrivateAttr(default_factory=asyncio.Event)

    async def before(self, call: Call, at_s: float) -> Answer | None:  # noqa: ARG002 - the contract's signature
        """Answer with the error, hold the request, or have its connection reset."""
        self.hit()
        if self.outage == "reset":
            return Answer(DROPPED, [], b"")
        if self.outage == "hang":
            await self._wait(at_s)
            return None
        status = int(self.outage)
        return refusal(
            status, "temporarily_unavailable" if status == 503 else "server_error", "The fault outage is on."
        )

    def end(self) -> None:
        """Let go of what hangs."""
        self._over.set()

    async def _wait(self, at_s: float) -> None:
        left_s = None if self.for_s is None else self.from_s + self.for_s - at_s
        try:
            async with asyncio.timeout(left_s):
                await self._over.wait()
        except TimeoutError:
            self.end()  # its planned time is over: that is what was waited for
