"""How long a server asks to wait in HTTP's own header, ``Retry-After`` (RFC 9110 10.2.3)."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_S: Final = 86_400.0
"""What asks for more than a day is taken as a day: nothing waits that long in a rehearsal."""


def asked_wait_s(asked: str, sent: str, now_s: float) -> float | None:
    """Seconds that the header's text asks for; None for what is neither seconds nor a date.

    A date is counted from the answer's own ``Date`` (``sent``), so that the two machines' clocks need not agree, and
    from ``now_s`` (seconds since the epoch) where there is none. A date that has passed is 0.0.
    """
    seconds = _seconds(asked)
    if seconds is not None:
        return seconds
    until_s = _moment(asked)
    return None if until_s is None else left_s(until_s, sent, now_s)


def left_s(until_s: float, sent: str, now_s: float) -> float:
    """Seconds from an answer to a moment since the epoch, counted as ``asked_wait_s`` counts them."""
    since_s = _moment(sent)
    return min(max(0.0, until_s - (now_s if since_s is None else since_s)), LONGEST_S)


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
