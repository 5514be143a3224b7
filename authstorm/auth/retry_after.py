"""How long the server asks to wait, in any of the ways that servers ask."""

from __future__ import annotations

from collections.abc import Callable

from authstorm.auth.body import read_error_object
from authstorm.auth.session import Answer
from authstorm.plan.retry_after import LONGEST_S, asked_wait_s


def retry_after_s(answer: Answer, wall_clock: Callable[[], float]) -> float | None:
    """Seconds from ``Retry-After`` (RFC 9110 10.2.3), ``X-Retry-After`` or the body; None when nothing usable is said.

    A date is counted from the answer's own ``Date`` header, and from ``wall_clock`` where there is none.
    """
    asked = answer.header("retry-after") or answer.header("x-retry-after")
    return asked_wait_s(asked, answer.header("date"), wall_clock()) if asked else _from_body(answer)


def _from_body(answer: Answer) -> float | None:
    """``retry_after_ms`` (Matrix and its like) or ``retry_after`` (seconds) in a JSON error body."""
    if b'"retry_after' not in answer.body:
        return None
    body = read_error_object(answer)
    for member, per_second in (("retry_after_ms", 1000), ("retry_after", 1)):
        value = body.get(member)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LONGEST_S * per_second:
            return value / per_second
    return None
