"""Content codings: gzip and deflate undone, never beyond a limit (RFC 9110 section 8.4)."""

from __future__ import annotations

import zlib
from typing import Final

from authstorm.wire.failure import MALFORMED, TOO_LARGE, ExchangeError

_GZIP: Final = zlib.MAX_WBITS | 16
_MOST_CODINGS: Final = 3


def decoded(body: bytes, coding: str, limit: int) -> bytes:
    """Undo the codings of a Content-Encoding field, the last one first.

    A body in a coding that we do not know is given back as it is. ExchangeError "malformed" for a body that is cut
    short or is not what the field says, "too-large" beyond ``limit`` bytes.
    """
    codings = [word for part in coding.split(",") if (word := part.strip().lower()) not in {"", "identity"}]
    if len(codings) > _MOST_CODINGS:
        raise ExchangeError(MALFORMED)
    for name in reversed(codings):
        if name in {"gzip", "x-gzip"}:
            body = _gunzipped(body, limit)
        elif name == "deflate":
            body = _inflated(body, limit)
        else:
            return body
    return body


def _gunzipped(data: bytes, limit: int) -> bytes:
    """One or several gzip members one after another; zeros behind the last are padding."""
    whole = b""
    while data:
        member, data = _one(data, _GZIP, limit - len(whole))
        whole += member
        data = data.lstrip(b"\0")
    return whole


def _inflated(data: bytes, limit: int) -> bytes:
    """Deflate is zlib by the book, and bare deflate by habit."""
    if not data:
        return b""
    zlib_head = len(data) > 1 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
    return _one(data, zlib.MAX_WBITS if zlib_head else -zlib.MAX_WBITS, limit)[0]


def _one(data: bytes, window: int, limit: int) -> tuple[bytes, bytes]:
    """One compressed stream, and what stands behind it."""
    machine = zlib.decompressobj(window)
    try:
        plain = machine.decompress(data, limit + 1)
    except zlib.error as error:
        raise ExchangeError(MALFORMED) from error
    if len(plain) > limit:
        raise ExchangeError(TOO_LARGE)
    if not machine.eof:
        raise ExchangeError(MALFORMED)
    return plain, machine.unused_data
