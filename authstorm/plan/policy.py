"""What a target promises of its tokens: correctness is judged against it, and what is not promised is not judged."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from authstorm.plan.strict import Strict
from authstorm.plan.units import Duration, parse_duration, show_duration

ROTATES: Final = 0.0
"""The grace of a strict rotation: a used refresh token is dead at once."""
_RIGHT: Final = "write strict, none, or {grace: 10s}"


def parse_rotation(given: object) -> float | str:
    """Seconds of grace (0 for strict) or "none"; ValueError for anything else."""
    if given == "strict":
        return ROTATES
    if given == "none":
        return "none"
    if isinstance(given, dict) and list(given) == ["grace"]:
        return parse_duration(given["grace"])
    if isinstance(given, int | float) and not isinstance(given, bool):  # as it was read before
        return float(given)
    raise ValueError(f"{given!r} is no kind of rotation: {_RIGHT}")


def _show_rotation(rotation: float | str | None) -> Any:
    if isinstance(rotation, float):
        return {"grace": show_duration(rotation)} if rotation else "strict"
    return rotation


Rotation = Annotated[
    float | Literal["none"],
    BeforeValidator(parse_rotation),
    PlainSerializer(_show_rotation, when_used="json-unless-none"),
    WithJsonSchema({
        "oneOf": [
            {"type": "string", "enum": ["strict", "none"]},
            {
                "type": "object",
                "properties": {"grace": {"type": "string", "pattern": r"^([0-9.]+(h|m|min|s|ms))+$"}},
                "required": ["grace"],
                "additionalProperties": False,
            },
        ],
        "description": "strict: each refresh token works once; {grace: 10s}: so long after its use too; none",
    }),
]  # fmt: skip


class Policy(Strict):
    """What the service promises; a key that is left out is not judged."""

    rotation: Rotation | None = Field(None, description="strict, none, or {grace: 10s}")
    reuse: Literal["revokes-family", "refused", "ignored"] | None = Field(
        None, description="what a refresh token that was used before leads to, after the grace"
    )
    revocation_lag_s: Duration | None = Field(
        None, alias="revocation-lag", description="so long after its revocation a token may still be taken"
    )
    access_tokens: Literal["jwt", "opaque"] | None = Field(None, alias="access-tokens")

    @property
    def rotates(self) -> bool:
        """Whether every refresh brings a new refresh token."""
        return isinstance(self.rotation, float)

    @property
    def grace_s(self) -> float:
        """Seconds for which a used refresh token may still work."""
        return self.rotation if isinstance(self.rotation, float) else 0.0
