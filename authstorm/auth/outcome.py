"""How a step ended: five outcomes, each with a stable short code that serves as a metric label."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from authstorm.auth.session import Answer

T = TypeVar("T")


class Outcome(StrEnum):
    """How a step ended, seen from the visitor."""

    GOOD = "good"
    REFUSED = "refused"  # the server said no in the protocol's own words: the right answer to a bad request
    SHED = "shed"  # 429 or 503: the server protects itself
    BROKEN = "broken"  # 5xx, timeout, reset, an answer that makes no sense
    WRONG = "wrong"  # a correctness violation: somebody else's token, a dead token accepted


class Reply(NamedTuple, Generic[T]):
    """The judged answer to one exchange.

    ``code`` is one of the codes in ``docs/outcomes.md``, never free text. ``value`` is what the caller asked for (a
    token set, claims) and is None unless the outcome is good. ``retry_after_s`` is what the server asked for by
    ``Retry-After`` (seconds, or an HTTP date turned into seconds), else None. The text of a reply shows neither answer
    nor value, for both can hold tokens.
    """

    outcome: Outcome
    code: str
    answer: Answer
    value: T | None = None
    retry_after_s: float | None = None

    def __repr__(self) -> str:
        return f"Reply(outcome={self.outcome!r}, code={self.code!r}, retry_after_s={self.retry_after_s})"

    @property
    def good(self) -> bool:
        """Whether the step did what it was meant to."""
        return self.outcome is Outcome.GOOD
