"""One request and its answer on one connection."""

from __future__ import annotations

from time import perf_counter
from typing import NamedTuple

from authstorm.wire.answer import WireAnswer
from authstorm.wire.body import decoded
from authstorm.wire.connection import Connection
from authstorm.wire.failure import TIMEOUT, DeadlinePassed, NothingSent, WireFailure
from authstorm.wire.head import Opening
from authstorm.wire.parser import AnswerParser
from authstorm.wire.settings import WireSettings


class Call(NamedTuple):
    """What the caller asked for, when, and until when."""

    opening: Opening
    request: bytes
    settings: WireSettings
    began_at: float
    deadline: float

    def unconnected(self, failure: str, reconnects: int) -> WireAnswer:
        """The answer when no connection came about."""
        method, url, began_at = self.opening.method, self.opening.url, self.began_at
        return WireAnswer(0, failure, (), b"", began_at, 0.0, 0.0, 0.0, perf_counter(), "loop", reconnects, method, url)


class Exchange:
    """Sends one request and reads its answer.

    ``reusable``: the connection may carry another request afterwards. ``unheard``: not a byte has come back. A parser
    is borrowed from ``parsers`` once there is something to parse, so that thousands of waiting visitors need none.
    """

    __slots__ = ("_call", "_connection", "_parser", "_parsers", "_sent_at", "reusable")

    def __init__(self, call: Call, connection: Connection, parsers: list[AnswerParser]) -> None:
        self._call = call
        self._connection = connection
        self._parsers = parsers
        self._parser: AnswerParser | None = None
        self.reusable = connection.used or not connection.speaks_first()

    @property
    def unheard(self) -> bool:
        """Whether nothing of an answer has come."""
        return self._parser is None or not self._parser.fed

    def run(self, connected_at: float, reconnects: int) -> WireAnswer:
        """Do it; NothingSent when the connection took not a byte. What the network does is in the answer's failure."""
        failure = ""
        try:
            self._converse()
        except DeadlinePassed:
            failure = TIMEOUT
        except WireFailure as broken:
            failure = broken.code
        status, headers, body = 0, (), b""
        parser = self._parser
        if parser is not None:
            status, headers, body = parser.status, parser.headers, parser.body
            if parser.coding and not failure:
                body, failure = self._decoded(body, parser.coding)
        first_at, done_at, clock = self._marks(failure)
        opening = self._call.opening
        return WireAnswer(
            status, failure, headers, body, self._call.began_at, connected_at, self._sent_at, first_at, done_at, clock,
            reconnects, opening.method, opening.url,
        )  # fmt: skip

    def _converse(self) -> None:
        """Send, and read until the answer is whole."""
        connection, call = self._connection, self._call
        connection.first_at = 0.0
        self._sent_at = sent_at = perf_counter()
        try:
            rest = connection.send(call.request)
        except OSError as error:
            raise NothingSent from error
        if rest is not None:
            self._send_rest(rest)
        parser = self._parser
        first_deadline = min(sent_at + call.settings.first_byte_timeout_s, call.deadline)
        while parser is None or not parser.done:
            connection.wait(first_deadline if parser is None or not parser.fed else call.deadline)
            if parser is None:
                parser = self._borrow()
            if not connection.pull(parser):
                parser.end()
                connection.at, connection.clock = perf_counter(), "loop"  # no stamp tells when the end came

    def _send_rest(self, rest: memoryview) -> None:
        """Send what the socket did not take at once, and mind what the server says meanwhile.

        It may refuse before it has read all (413), or close: then what it said is the answer.
        """
        connection, deadline = self._connection, self._call.deadline
        unsent: memoryview | None = rest
        parser = self._borrow()
        while unsent:
            if connection.wait_either(deadline) and (not connection.pull(parser) or parser.done):
                self.reusable = False
                return
            try:
                unsent = connection.send_rest(unsent)
            except OSError:
                self.reusable = False
                return

    def _borrow(self) -> AnswerParser:
        parser = self._parser = self._parsers.pop() if self._parsers else AnswerParser()
        settings = self._call.settings
        parser.begin(settings.head_limit, settings.body_limit, bodyless=self._call.opening.bodyless)
        return parser

    def _marks(self, failure: str) -> tuple[float, float, str]:
        """First byte, end, and by which clock.

        Bytes that came before the request went out are no answer to it, but perhaps that of a confused server to
        another: what was read stands, and the connection goes. Or the wall clock was set meanwhile.
        """
        connection, sent_at = self._connection, self._sent_at
        first_at, done_at, clock = connection.first_at, connection.at, connection.clock
        if failure:
            done_at, clock = perf_counter(), "loop"
        elif first_at < sent_at:
            self.reusable = False
        ...
