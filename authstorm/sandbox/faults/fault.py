"""What every fault has in common: whom it hits and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from authstorm.sandbox.exchange import Answer, Call

Endpoint = Literal["all", "discovery", "jwks", "authorize", "token", "introspect", "revoke", "userinfo", "scim"]
Grant = Literal["password", "client_credentials", "authorization_code", "refresh_token"]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class Fault(BaseModel):
    """One thing that goes wrong: a subclass adds its settings and overrides ``before``, ``after`` or both.

    ``endpoints`` and ``grants`` narrow whom it hits; a fault with grants hits token requests alone. It begins
    ``from_s`` seconds after it was planted and lasts ``for_s`` seconds, or until it is cleared.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    word: ClassVar[str]
    default_endpoints: ClassVar[Sequence[Endpoint]] = ("all",)

    endpoints: Annotated[list[Endpoint], Field(min_length=1)] | None = None
    grants: Annotated[list[Grant], Field(min_length=1)] | None = None
    from_s: Seconds = 0
    for_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    _hits: int = PrivateAttr(0)

    @property
    def hits(self) -> int:
        """How many requests it has changed so far."""
        return self._hits

    def strikes(self, call: Call, at_s: float) -> bool:
        """Whether a request is one of those it may hit; ``at_s`` counts from when the fault was planted."""
        if at_s < self.from_s or (self.for_s is not None and at_s >= self.from_s + self.for_s):
            return False
        if self.grants is not None and call.grant not in self.grants:
            return False
        aimed = self.endpoints or self.default_endpoints
        return "all" in aimed or call.endpoint in aimed

    async def before(self, call: Call, at_s: float) -> Answer | None:  # noqa: ARG002 - for subclasses
        """Act on a request that has come: wait, or answer in the endpoint's stead; None lets it through."""
        return None

    def after(self, call: Call, answer: Answer) -> Answer:  # noqa: ARG002 - for subclasses
        """Act on the endpoint's answer; the same one lets it through."""
        return answer

    def end(self) -> None:
        """The fault was cleared: let go of what it holds."""

    def hit(self) -> None:
        """Count a request that was changed."""
        self._hits += 1
