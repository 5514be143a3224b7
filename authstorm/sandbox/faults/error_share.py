"""A share of the requests fails."""

from __future__ import annotations

from random import Random
from typing import Annotated, Any, ClassVar

from pydantic import Field, PrivateAttr

from authstorm.sandbox.exchange import Answer, Call, refusal
from authstorm.sandbox.faults.fault import Fault


class ErrorShare(Fault):
    """Each request fails with the probability ``error_share`` (0 to 1) and ``status``; same seed, same draws."""

    word: ClassVar[str] = "error_share"
    error_share: Annotated[float, Field(gt=0, le=1)]
    status: Annotated[int, Field(ge=500, le=599)] = 500
    seed: int = 0
    _random: Random = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Begin the draws."""
        super().model_post_init(context)
        self._random = Random(self.seed)  # noqa: S311 - reproducible, not secret

    async def before(self, call: Call, at_s: float) -> Answer | None:  # noqa: ARG002 - the contract's signature
        """Draw."""
        if self._random.random() >= self.error_share:
            return None
        self.hit()
        return refusal(self.status, "server_error", "The fault error_share is on.")
