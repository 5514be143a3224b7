"""How long the server asks to wait, in any of the ways that servers ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from authstorm.auth.body import read_error_object
from authstorm.auth.session import Answer

LONGEST_S: Final = 86_400.0
"""What asks for more than a day is taken as a day: nothing waits that long in a rehearsal."""


def retry_after_s(answer: Answer, wall_clock: Callable[[], float]) -> float | None:
    """Seconds from ``Retry-After`` (RFC 9110 10.2.3) and its like; None when nothing usable is said.

    Its like are ``X-Retry-After``, the body, and when a rate limit begins anew: ``X-RateLimit-Reset`` (Auth0) or
    ``X-Rate-Limit-Reset`` (Okta).

    A date is counted from the answer's own ``Date`` header, so that the two machines' clocks need not agree, and from
    ``wall_clock`` (seconds since the epoch) where there is none. A date that has passed is 0.0.
    """
    asked = answer.header("retry-after") or answer.header("x-retry-after")
    if not asked:
        said = _from_body(answer)
        return _until_reset(answer, wall_clock) if said is None else said
    seconds = _seconds(asked)
    if seconds is not None:
        return seconds
    until = _moment(asked)
    return None if until is None else _left_s(until, answer, wall_clock)


def _left_s(until_s: float, answer: Answer, wall_clock: Callable[[], float]) -> float:
    """Seconds from the answer to a moment since the epoch."""
    sent_s = _moment(answer.header("date"))
    return min(max(0.0, until_s - (wall_clock() if sent_s is None else sent_s)), LONGEST_S)


def _until_reset(answer: Answer, wall_clock: Callable[[], float]) -> float | None:
    """Seconds until a limit begins anew, which is told as a moment since the epoch; smaller numbers are seconds."""
    told = answer.header("x-ratelimit-reset") or answer.header("x-rate-limit-reset")
    if not (told.isascii() and told.isdecimal() and len(told) <= len("1700000000")):
        return None
    reset_s = float(told)
    return _left_s(reset_s, answer, wall_clock) if reset_s > LONGEST_S else reset_s


def _seconds(text: str) -> float | None:
    """A plain number of seconds, with or without decimals; None for anything else."""
    digits = text.strip()
    if not (digits.isascii() and digits.replace(".", "", 1).isdecimal()):
        return None
    return min(float(digits), LONGEST_S)


def _moment(text: str) -> float | None:
    """An HTTP date as seconds since the epoch; None for anything else."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
        # a date without a zone is in GMT here, and not in this machine's (RFC 9110 5.6.7)
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):  # no date; a year of thirty digits
        return None


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
