"""The faults that are on, together."""

from __future__ import annotations

from time import monotonic, time
from typing import Any

from authstorm.sandbox.exchange import Answer, Call
from authstorm.sandbox.faults.fault import Fault


class Planted:
    """A set of faults that was planted at one moment; their seconds count from there."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        self.planted_s = time()
        self._began = monotonic()

    async def before(self, call: Call) -> Answer | None:
        """Let every fault act on a request, in the order of the document, until one answers it."""
        for fault in self.faults:
            at_s = monotonic() - self._began
            if fault.strikes(call, at_s) and (answer := await fault.before(call, at_s)):
                return answer
        return None

    def after(self, call: Call, answer: Answer) -> Answer:
        """Let every fault act on an endpoint's answer."""
        at_s = monotonic() - self._began
        for fault in self.faults:
            if fault.strikes(call, at_s):
                answer = fault.after(call, answer)
        return answer

    def end(self) -> None:
        """Clear them all."""
        for fault in self.faults:
            fault.end()

    def document(self) -> dict[str, Any]:
        """The control document, with the epoch moment that the seconds count from and what each fault has hit."""
        faults = [fault.model_dump(exclude_none=True) | {"hits": fault.hits} for fault in self.faults]
        return {"planted_s": self.planted_s, "faults": faults}
