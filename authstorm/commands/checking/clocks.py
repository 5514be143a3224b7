"""How far the server's clock is from ours, as its answers show: the Date header, and when its tokens were issued."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from authstorm.auth.body import read_object
from authstorm.auth.jwt_claims import is_number, read_claims
from authstorm.auth.session import Answer

_TOKENS = ("access_token", "id_token")


def clock_offset_s(answer: Answer, now_s: float) -> float | None:
    """Seconds by which the server is ahead of ``now_s`` (since the epoch), by its tokens or its Date; None unknown.

    Both are whole seconds, cut off, so that up to a second behind is no difference. The larger difference is given.
    """
    told = [moment - now_s for moment in (_issued_s(answer), _date_s(answer)) if moment is not None]
    return max(told, key=abs, default=None)


def _issued_s(answer: Answer) -> float | None:
    body = read_object(answer)
    if isinstance(body, str):
        return None
    for name in _TOKENS:
        token = body.get(name)
        claims = read_claims(token) if isinstance(token, str) else None
        issued = claims.get("iat") if claims else None
        if is_number(issued):
            return float(issued)
    return None


def _date_s(answer: Answer) -> float | None:
    try:
        return parsedate_to_datetime(answer.header("date")).timestamp()
    except (ValueError, OverflowError):  # absent, or no date
        return None
