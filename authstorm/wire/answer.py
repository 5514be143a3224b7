"""What came back for one exchange."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class WireAnswer(NamedTuple):
    """One answer, or why there is none; satisfies the ``Answer`` protocol of ``authstorm.auth.session``.

    ``status`` is 0 when no complete head came; ``failure`` is "" or one of ``failure.FAILURES`` and rules over the
    status. The marks are seconds of ``time.perf_counter``, 0.0 where the moment was never reached. ``clock`` says who
    took ``done_at``: "kernel" (the stamp of the last packet) or "loop" (this process, when it got round to reading).
    When a whole answer was read at once the kernel has one stamp for it, so ``first_byte_at`` equals ``done_at``.
    ``reconnects`` counts idle connections of this request that had died; after one, ``sent_at`` is that of the new try.
    """

    status: int
    failure: str
    raw_headers: Sequence[tuple[bytes, bytes]]
    body: bytes
    began_at: float
    connected_at: float
    sent_at: float
    first_byte_at: float
    done_at: float
    clock: str
    reconnects: int
    method: str
    url: str

    @property
    def headers(self) -> list[tuple[str, str]]:
        """All header fields in the order of the wire, names in lower case."""
        return [(name.decode("latin-1").lower(), _text(value)) for name, value in self.raw_headers]

    def header(self, name: str) -> str:
        """First value of a header, by name in lower case; "" when it is absent."""
        wanted = name.encode("latin-1")
        size = len(wanted)
        for raw_name, value in self.raw_headers:
            if len(raw_name) == size and raw_name.lower() == wanted:
                return _text(value)
        return ""


def _text(value: bytes) -> str:
    """A field's value; the blanks behind it, which the parser leaves, are not part of it (RFC 9112 section 5.1)."""
    return value.rstrip(b" \t").decode("latin-1")
