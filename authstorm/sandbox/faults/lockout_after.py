"""Accounts lock after too many wrong passwords, and then nobody gets in: not the guesser, nor whose account it is."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Annotated, ClassVar

from pydantic import Field, PrivateAttr

from authstorm.sandbox.exchange import Answer, Call
from authstorm.sandbox.faults.fault import Endpoint, Fault


class Lockout(Fault):
    """After ``lockout_after`` wrong passwords in a row an account is locked for ``lock_s``; the answer does not say so.

    A right password that comes in time begins the count anew. ``hits`` counts the right passwords that a lock refused.
    """

    word: ClassVar[str] = "lockout_after"
    default_endpoints: ClassVar[Sequence[Endpoint]] = ("token", "authorize")
    lockout_after: Annotated[int, Field(ge=1, le=1_000)]
    lock_s: Annotated[float, Field(gt=0, le=86_400)] = 900
    _wrong: dict[str, int] = PrivateAttr(default_factory=dict)
    _until: dict[str, float] = PrivateAttr(default_factory=dict)

    async def before(self, call: Call, at_s: float) -> Answer | None:  # noqa: ARG002 - the contract's signature
        """Be asked when the password was checked."""
        call.gates += (self,)
        return None

    def lets_in(self, username: str, *, right: bool) -> bool:
        """Whether somebody who named an existing account gets in."""
        now_s = monotonic()
        if self._until.get(username, now_s) > now_s:
            if right:
                self.hit()
            return False
        if right:
            self._wrong.pop(username, None)
            return True
        wrong = self._wrong.pop(username, 0) + 1
        if wrong < self.lockout_after:
            self._wrong[username] = wrong
        else:
            self._until[username] = now_s + self.lock_s
        return False
