"""The server protects itself: so many requests a second and no more."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import Annotated, Any, ClassVar

from pydantic import Field, PrivateAttr

from authstorm.sandbox.exchange import Answer, Call, refusal
from authstorm.sandbox.faults.fault import Endpoint, Fault

SLICES_PER_S = 10


class Slices:
    """Admits exactly ``per_s`` in each second, spread over its ten slices of 100 ms; what a slice leaves is lost.

    Slice k (from 0) admits floor((k + 1) * per_s / 10) - floor(k * per_s / 10).
    """

    def __init__(self, per_s: float) -> None:
        self.per_slice = per_s / SLICES_PER_S
        self._slice = -1
        self._left = 0

    def admits(self, at_s: float) -> bool:
        """Whether one more may pass at this moment; moments never go back."""
        current = floor(at_s * SLICES_PER_S)
        if current != self._slice:
            self._slice = current
            # the small surplus keeps 3 * 0.1 from counting as 0.2999...
            self._left = floor((current + 1) * self.per_slice + 1e-9) - floor(current * self.per_slice + 1e-9)
        self._left -= 1
        return self._left >= 0


class Admission(Fault):
    """At most ``admission_per_s`` token requests pass in each second; the others get 429 with Retry-After."""

    word: ClassVar[str] = "admission_per_s"
    default_endpoints: ClassVar[Sequence[Endpoint]] = ("token",)
    admission_per_s: Annotated[float, Field(gt=0, le=1_000_000)]
    retry_after_s: Annotated[int, Field(ge=1, le=3600)] = 1
    _slices: Slices = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Begin with the first slice."""
        super().model_post_init(context)
        self._slices = Slices(self.admission_per_s)

    async def before(self, call: Call, at_s: float) -> Answer | None:  # noqa: ARG002 - the contract's signature
        """Let it through while the slice has room."""
        if self._slices.admits(at_s):
            return None
        self.hit()
        retry_after = ("Retry-After", str(self.retry_after_s))
        return refusal(429, "temporarily_unavailable", "The fault admission_per_s is on.", retry_after)
