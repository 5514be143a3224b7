"""What a check found wrong with an answer."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final, NamedTuple

_LONGEST: Final = 120


class Fault(NamedTuple):
    """One broken promise.

    ``code`` is one of ``codes.WRONG``, ``what`` names the part that was looked at ("sub of the ID token"). ``expected``
    and ``got`` are fit for a report: names and subjects as they are, tokens as ``fingerprint``.
    """

    code: str
    what: str
    expected: str
    got: str


class Evidence(NamedTuple):
    """A fault with what is needed to find its request in the server's log; ``trace`` is "" where none was sent."""

    fault: Fault
    identity: str
    trace: str


def fingerprint(token: str) -> str:
    """A name for a token that does not give it away: the start of its SHA-256, in hex."""
    return f"sha256:{sha256(token.encode()).hexdigest()[:16]}"


def shown(value: Any) -> str:
    """A claim as one line of text, cut short; what cannot be printed (a line's end, half a character) is escaped."""
    text = value if isinstance(value, str) else "nothing" if value is None else repr(value)
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text[: _LONGEST + 1])
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
