"""How long the server asks to wait, in any of the ways that servers ask."""

from __future__ import annotations

from collections.abc import Callable

from authstorm.auth.body import read_error_object
from authstorm.auth.session import Answer
from authstorm.plan.retry_after import LONGEST_S, asked_wait_s, left_s


def retry_after_s(answer: Answer, wall_clock: Callable[[], float]) -> float | None:
    """Seconds from ``Retry-After`` (RFC 9110 10.2.3) and its like; None when nothing usable is said.

    Its like are ``X-Retry-After``, the body, and when a rate limit begins anew: ``X-RateLimit-Reset`` (Auth0) or
    ``X-Rate-Limit-Reset`` (Okta).

    A date is counted from the answer's own ``Date`` header, and from ``wall_clock`` where there is none.
    """
    asked = answer.header("retry-after") or answer.header("x-retry-after")
    if asked:
        return asked_wait_s(asked, answer.header("date"), wall_clock())
    said = _from_body(answer)
    return _until_reset(answer, wall_clock) if said is None else said


def _until_reset(answer: Answer, wall_clock: Callable[[], float]) -> float | None:
    """Seconds until a limit begins anew, which is told as a moment since the epoch; smaller numbers are seconds."""
    told = answer.header("x-ratelimit-reset") or answer.header("x-rate-limit-reset")
    if not (told.isascii() and told.isdecimal() and len(told) <= len("1700000000")):
        return None
    reset_s = float(told)
    return left_s(reset_s, answer.header("date"), wall_clock()) if reset_s > LONGEST_S else reset_s


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
