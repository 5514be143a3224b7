"""What came back from a receiver, in one line. It is cut for the report when secrets are out of it, and not before."""

from __future__ import annotations

import re
from typing import Final

MOST_BYTES: Final = 2_000
"""What is read of an answer: receivers say in a line what they think."""
MOST_SIGNS: Final = 240
"""What of it goes into the report."""
_BROKEN_OFF: Final = re.compile(r"[^\s\"'<>]+$")


def said_in(read: bytes | bytearray) -> str:
    """The beginning of an answer; where it was cut its last word goes, which may be half of a secret."""
    text = read[:MOST_BYTES].decode("utf-8", "replace")
    if len(read) >= MOST_BYTES:
        text = _BROKEN_OFF.sub("", text)
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())
