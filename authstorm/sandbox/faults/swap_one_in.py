"""Somebody gets somebody else's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field, PrivateAttr

from authstorm.sandbox.exchange import Answer, Call
from authstorm.sandbox.faults.fault import Endpoint, Fault


class Swap(Fault):
    """Every ``swap_one_in``-th good answer about a person is replaced by the last one of another person.

    The other's answer is real: a whole token set that works, or a userinfo document. A swap that is due while nobody
    else has been answered is made up for as soon as it can be.
    """

    word: ClassVar[str] = "swap_one_in"
    default_endpoints: ClassVar[Sequence[Endpoint]] = ("token", "userinfo")
    swap_one_in: Annotated[int, Field(ge=1, le=1_000_000)]
    _seen: int = PrivateAttr(0)
    _owed: int = PrivateAttr(0)
    _last: dict[str, Answer] = PrivateAttr(default_factory=dict)

    def after(self, call: Call, answer: Answer) -> Answer:
        """Replace the answer when its turn has come."""
        if not answer.user or answer.status != 200:
            return answer
        self._seen += 1
        self._owed += self._seen % self.swap_one_in == 0
        other = self._last.get(call.endpoint)
        self._last[call.endpoint] = answer
        if not self._owed or other is None or other.user == answer.user:
            return answer
        self._owed -= 1
        self.hit()
        return other
