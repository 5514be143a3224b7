"""One answer at a time out of bytes, by httptools; used again for the next answer when it came out clean."""

from __future__ import annotations

from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from authstorm.wire.failure import MALFORMED, TOO_LARGE, ExchangeError

_TELLING: Final = frozenset({len(b"content-length"), len(b"content-encoding"), len(b"transfer-encoding")})
_OVERHEAD: Final = 8  # how much longer than its content a chunked body may be


class AnswerParser:
    """Collects status, header fields and body of one answer.

    ``done``: the answer is whole. ``keep_alive``: the connection may carry another request. ``clean``: this parser may
    take another answer. A second answer behind the first, or bytes that are none, end the connection, not the answer.
    """

    __slots__ = (
        "_body_limit", "_bodyless", "_feed", "_head_limit", "_in_body", "_machine", "_parts", "_sized", "_trouble",
        "clean", "coding", "done", "fed", "headers", "keep_alive", "size", "status",
    )  # fmt: skip

    def __init__(self) -> None:
        self._machine = HttpResponseParser(self)
        self._feed = self._machine.feed_data

    def begin(self, head_limit: int, body_limit: int, *, bodyless: bool) -> None:
        """Make ready for the answer to one request; ``bodyless``: to a HEAD."""
        self._head_limit = head_limit
        self._body_limit = body_limit
        self._bodyless = bodyless
        self._in_body = self._sized = self.done = self.keep_alive = False
        self.clean = False
        self._trouble = MALFORMED
        self._parts: list[bytes] = []
        self.headers: list[tuple[bytes, bytes]] = []
        self.coding = ""
        self.fed = self.size = self.status = 0

    @property
    def body(self) -> bytes:
        """What has come of the body, still encoded."""
        parts = self._parts
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def feed(self, data: memoryview) -> None:
        """Take what was read; ExchangeError "malformed" or "too-large"."""
        self.fed += len(data)
        try:
            self._feed(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.clean = False
            if not self.done:
                raise ExchangeError(self._trouble) from error
            if not (self._bodyless and _ends_a_head(data)):
                self.keep_alive = False
            return
        self.clean = self.done and self.keep_alive
        if self.fed > self._head_limit and not self.done:
            self._check_size()

    def end(self) -> None:
        """The connection ended; ExchangeError "reset" unless that ends the answer too (RFC 9112 section 6.3)."""
        if not self.done:
            if not self._in_body or self._sized:
                raise ExchangeError("reset")
            self.done = True
        self.keep_alive = False

    def _check_size(self) -> None:
        most = self._head_limit + _OVERHEAD * self._body_limit if self._in_body else self._head_limit
        if self.fed > most:
            raise ExchangeError(TOO_LARGE)

    # what httptools calls

    def on_message_begin(self) -> None:
        """Anything behind a whole answer was not asked for."""
        if self.done:
            raise HttpParserError("bytes behind the answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field; trailers are left out (RFC 9110 section 6.5.1)."""
        if self._in_body:
            return
        self.headers.append((name, value))
        if len(name) in _TELLING:
            self._note(name.lower(), value.lower())

    def _note(self, name: bytes, value: bytes) -> None:
        if name == b"content-length":
            self._sized = True
        elif name == b"transfer-encoding":
            self._sized = True
            if value.rstrip() != b"chunked":  # other transfer codings are nothing that we asked for
                raise HttpParserError("transfer coding")
        elif name == b"content-encoding":
            self.coding += "," + value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is whole: of the answer itself, or of one that only goes before (1xx)."""
        status = self._machine.get_status_code()
        if self.fed > self._head_limit and sum(len(n) + len(v) for n, v in self.headers) > self._head_limit:
            self._trouble = TOO_LARGE
            raise HttpParserError("header")
        if status < 200:
            if status == 101 or status < 100:
                raise HttpParserError("status")
            return
        self.status = status
        self._in_body = True
        if self._bodyless:  # httptools cannot be told, and would wait for a body
            self.done = True
            self.keep_alive = self._machine.should_keep_alive()
            raise HttpParserError("end of the head")

    def on_body(self, data: bytes) -> None:
        """Keep a piece of the body, up to the limit."""
        self.size += len(data)
        if self.size > self._body_limit:
            self._trouble = TOO_LARGE
            raise HttpParserError("body")
        self._parts.append(data)

    def on_message_complete(self) -> None:
        """The answer is whole, unless it was one that goes before it (RFC 9110 section 15.2)."""
        if not self._in_body:
            self.headers, self.coding, self._sized = [], "", False
            return
        self.done = True
        self.keep_alive = self._machine.should_keep_alive()


def _ends_a_head(data: memoryview) -> bool:
    """Whether nothing follows the first head in what was read."""
    raw = data.tobytes()
    end = raw.find(b"\r\n\r\n")
    return end >= 0 and end + 4 == len(raw)
