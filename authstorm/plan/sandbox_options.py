"""How the bundled server is started."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from authstorm.plan.strict import Strict
from authstorm.plan.units import Duration


class SandboxOptions(Strict):
    """How the bundled server is started when the target is the sandbox."""

    access_ttl_s: Duration = Field(300.0, alias="access-ttl", ge=1)
    refresh_ttl_s: Duration = Field(1800.0, alias="refresh-ttl", ge=1)
    hash_cost: int = Field(
        16, alias="hash-cost", ge=2, le=2**20, description="scrypt's n: 16 is next to nothing, 16384 is 30 ms"
    )
    alg: Literal["ES256", "RS256"] = "ES256"
    clock_offset_s: Duration = Field(0.0, alias="clock-offset", description="so far its clock goes ahead")
    lockout_after: int | None = Field(
        None,
        alias="lockout-after",
        ge=1,
        le=1_000,
        description="so many wrong passwords lock an account; never if left out",
    )

    @field_validator("access_ttl_s", "refresh_ttl_s", "clock_offset_s")
    @classmethod
    def _whole_seconds(cls, seconds: float) -> float:
        if not seconds.is_integer():
            raise ValueError(f"{seconds:g}s: write whole seconds")
        return seconds

    @field_validator("hash_cost")
    @classmethod
    def _power_of_two(cls, cost: int) -> int:
        if cost & (cost - 1):
            raise ValueError(f"{cost} is no scrypt cost: write a power of two, as 16 or 16384")
        return cost
