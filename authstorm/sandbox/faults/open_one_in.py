"""A broken password check: somebody with a wrong password gets in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field, PrivateAttr

from authstorm.sandbox.exchange import Answer, Call
from authstorm.sandbox.faults.fault import Endpoint, Fault


class OpenDoor(Fault):
    """Every ``open_one_in``-th wrong password for an account that exists is taken for the right one."""

    word: ClassVar[str] = "open_one_in"
    default_endpoints: ClassVar[Sequence[Endpoint]] = ("token", "authorize")
    open_one_in: Annotated[int, Field(ge=1, le=1_000_000)]
    _seen: int = PrivateAttr(0)

    async def before(self, call: Call, at_s: float) -> Answer | None:  # noqa: ARG002 - the contract's signature
        """Be asked when the password was checked."""
        call.gates += (self,)
        return None

    def lets_in(self, username: str, *, right: bool) -> bool:  # noqa: ARG002 - the contract's signature
        """Whether somebody who named an existing account gets in."""
        if right:
            return True
        self._seen += 1
        if self._seen % self.open_one_in:
            return False
        self.hit()
        return True
