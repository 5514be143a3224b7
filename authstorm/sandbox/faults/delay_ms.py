"""Answers come late."""

from __future__ import annotations

import asyncio
from typing import Annotated, ClassVar

from pydantic import Field

from authstorm.sandbox.exchange import Answer, Call
from authstorm.sandbox.faults.fault import Fault


class Delay(Fault):
    """Each request waits ``delay_ms`` before it is worked on; any number wait side by side."""

    word: ClassVar[str] = "delay_ms"
    delay_ms: Annotated[float, Field(gt=0, le=600_000)]

    async def before(self, call: Call, at_s: float) -> Answer | None:  # noqa: ARG002 - the contract's signature
        """Wait, then let it through."""
        self.hit()
        await asyncio.sleep(self.delay_ms / 1000)
        return None
