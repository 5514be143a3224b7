"""What a client does when an answer failed: nothing, ask again at once, or wait longer and longer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from authstorm.plan.strict import Strict
from authstorm.plan.units import Duration

_WAITS = ("first_s", "longest_s")
_IDLE = {"none": ("tries", *_WAITS, "honour_retry_after"), "immediate": _WAITS, "back-off": ()}
"""What says nothing beside each way to try again."""


class Retries(Strict):
    """How one step is tried again; the words ``none``, ``immediate`` and ``back-off`` stand for its defaults."""

    how: Literal["none", "immediate", "back-off"] = "back-off"
    tries: int = Field(3, ge=2, le=100, description="the first one counts")
    first_s: Duration = Field(0.2, alias="first", gt=0, description="the widest wait before the second try")
    longest_s: Duration = Field(10.0, alias="longest", gt=0, description="no wait of our own is wider")
    honour_retry_after: bool = Field(
        True, alias="honour-retry-after", description="wait at least as long as the server asks; hurried clients do not"
    )

    @model_validator(mode="after")
    def _widening(self) -> Retries:
        idle = [name for name in _IDLE[self.how] if name in self.model_fields_set]
        if idle:
            names = " and ".join(type(self).model_fields[name].alias or name for name in idle)
            raise ValueError(f"{names}: has no effect with how: {self.how}, leave it out (or write how: back-off)")
        if self.longest_s < self.first_s:
            raise ValueError(f"longest ({self.longest_s:g}s) is below first ({self.first_s:g}s)")
        return self

    def wait_s(self, tried: int, asked_s: float | None, draw: float) -> float | None:
        """Seconds to wait after so many tries (from 1), or None when there is to be no other.

        ``asked_s`` is what the server asked for by Retry-After. ``draw`` (0..1) spreads the clients over the whole
        width, which doubles with every try ("full jitter"); on top of what the server asked for, so that those who were
        told the same do not come back together.
        """
        if self.how == "none" or tried >= self.tries:
            return None
        asked_s = (asked_s or 0.0) if self.honour_retry_after else 0.0
        if self.how == "immediate":
            return asked_s
        doubled_s: float = self.first_s * 2 ** (tried - 1)  # tries are few: no overflow
        return asked_s + draw * min(doubled_s, self.longest_s)


def _in_full(given: object) -> object:
    return {"how": given} if isinstance(given, str) else given


AnyRetries = Annotated[Retries, BeforeValidator(_in_full, json_schema_input_type=Retries | str)]
"""Retries in full, or one of the three words."""
