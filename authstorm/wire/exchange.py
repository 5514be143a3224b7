"""One request and its answer on one connection."""

from __future__ import annotations

from time import perf_counter

from authstorm.wire.answer import WireAnswer
from authstorm.wire.body import decoded
from authstorm.wire.connection import Connection
from authstorm.wire.failure import TIMEOUT, DeadlineError, ExchangeError, NothingSentError
from authstorm.wire.head import Opening
from authstorm.wire.parser import AnswerParser
from authstorm.wire.settings import WireSettings


class Call:
    """What the caller asked for, when, and until when."""

    __slots__ = ("began_at", "deadline", "opening", "request", "settings")

    def __init__(self, opening: Opening, request: bytes, settings: WireSettings, began_at: float) -> None:
        self.opening = opening
        self.request = request
        self.settings = settings
        self.began_at = began_at
        self.deadline = began_at + settings.total_timeout_s

    def unanswered(self, failure: str, connected_at: float, sent_at: float, reconnects: int) -> WireAnswer:
        """The answer when not a byte of one came."""
        method, url = self.opening.method, self.opening.url
        marks = (self.began_at, connected_at, sent_at, 0.0, perf_counter())
        return WireAnswer(0, failure, (), b"", *marks, "loop", reconnects, method, url)


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
        self._sent_at = 0.0
        # who speaks before the first request may be answering another's
        self.reusable = connection.used or not connection.speaks_first()

    @property
    def unheard(self) -> bool:
        """Whether nothing of an answer has come."""
        return self._parser is None or not self._parser.fed

    def run(self, connected_at: float, reconnects: int) -> WireAnswer:
        """Do it; NothingSentError when the connection took not a byte."""
        try:
            self._converse()
        except DeadlineError:
            failure = TIMEOUT
        except ExchangeError as broken:
            failure = broken.code
        else:
            return self._whole(connected_at, reconnects)
        self.reusable = False
        answer = self._call.unanswered(failure, connected_at, self._sent_at, reconnects)
        if (parser := self._parser) is None:
            return answer
        first_at = self._connection.first_at
        return answer._replace(
            status=parser.status, raw_headers=parser.headers, body=parser.body, first_byte_at=first_at
        )

    def _converse(self) -> None:
        """Send, and read until the answer is whole."""
        connection, call = self._connection, self._call
        connection.first_at = 0.0
        self._sent_at = sent_at = perf_counter()
        try:
            rest = connection.send(call.request)
        except OSError as error:
            raise NothingSentError from error
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
        try:
            while unsent:
                if connection.wait_either(deadline) and (not connection.pull(parser) or parser.done):
                    self.reusable = False
                    return
                unsent = connection.send_rest(unsent)
        except OSError:
            self.reusable = False

    def _borrow(self) -> AnswerParser:
        parser = self._parser = self._parsers.pop() if self._parsers else AnswerParser()
        settings = self._call.settings
        parser.begin(settings.head_limit, settings.body_limit, bodyless=self._call.opening.bodyless)
        return parser

    def _whole(self, connected_at: float, reconnects: int) -> WireAnswer:
        """The answer that came to its end."""
        call, connection, parser, failure = self._call, self._connection, self._parser, ""
        assert parser is not None
        body = parser.body
        if parser.coding:
            body, failure = _plain(body, parser.coding, call.settings.body_limit)
        first_at, done_at, clock = connection.first_at, connection.at, connection.clock
        if first_at < self._sent_at:
            first_at, done_at, clock = self._too_early(done_at)
        # as the class itself would, without the call in between
        answer = tuple.__new__(WireAnswer, (
            parser.status, failure, parser.headers, body, call.began_at, connected_at, self._sent_at, first_at, done_at,
            clock, reconnects, call.opening.method, call.opening.url,
        ))  # fmt: skip
        self.reusable = self.reusable and parser.keep_alive and not failure
        connection.used = True
        if parser.clean:
            self._parsers.append(parser)
        return answer

    def _too_early(self, done_at: float) -> tuple[float, float, str]:
        """Marks for an answer whose first byte is stamped before the request went out.

        The wall clock was set meanwhile; or else it is no answer to this request but perhaps to another's, and the
        connection is not used again.
        """
        if self._connection.time_jumped():
            return self._sent_at, perf_counter(), "loop"
        self.reusable = False
        if done_at >= self._sent_at:
            return self._sent_at, done_at, self._connection.clock
        return self._sent_at, perf_counter(), "loop"


def _plain(body: bytes, coding: str, limit: int) -> tuple[bytes, str]:
    """The body without its codings and "", or as it came with the reason why not."""
    try:
        return decoded(body, coding, limit), ""
    except ExchangeError as failure:
        return body, failure.code
