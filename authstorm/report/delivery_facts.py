"""What ``summary.json`` tells of receivers: what became of every notice of an alert."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

Told = Literal["firing", "resolved", "final"]
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, config=_STRICT)
class Delivery:
    """What became of one notice of an alert at one receiver.

    ``after_s`` is how long after the change the receiver had taken it (None: it was not delivered), ``said`` what came
    back, or why not.
    """

    state: Told
    receiver: str
    after_s: float | None
    tries: int
    said: str


@dataclass(frozen=True, slots=True, config=_STRICT)
class Receiver:
    """All that one receiver was to be told: how much was delivered, how late at most, and why the rest was not."""

    name: str
    delivered: int
    undelivered: int
    slowest_s: float | None
    why: str
