"""One parser serves many answers, as long as each came out clean."""

import pytest

from authstorm.wire.failure import ExchangeError
from authstorm.wire.parser import AnswerParser
from tests.wire.scripted_server import ok


def begun():
    parser = AnswerParser()
    parser.begin(1000, 1000, bodyless=False)
    return parser


def test_a_parser_takes_one_answer_after_another():
    parser = AnswerParser()
    for number in range(3):
        parser.begin(1000, 1000, bodyless=False)
        parser.feed(memoryview(ok(b"%d" % number, f"X-A: {number}")))
        assert (parser.body, parser.done, parser.clean, parser.keep_alive) == (b"%d" % number, True, True, True)
        assert parser.headers == [(b"Content-Length", b"1"), (b"X-A", b"%d" % number)]


@pytest.mark.parametrize("surplus", [b"garbage", ok(b"wrong"), b"HTTP/1.1 2"])
@pytest.mark.parametrize("apart", [True, False], ids=["fed apart", "fed at once"])
def test_bytes_behind_an_answer_spoil_parser_and_connection_but_not_the_answer(surplus, apart):
    parser = begun()
    pieces = [ok(b"right"), surplus] if apart else [ok(b"right") + surplus]
    for piece in pieces:
        parser.feed(memoryview(piece))
    assert (parser.body, parser.done, parser.clean, parser.keep_alive) == (b"right", True, False, False)


@pytest.mark.parametrize(
    "raw", [ok(b"x", "Connection: close"), b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx"], ids=["close", "1.0"]
)
def test_a_parser_whose_connection_ends_serves_no_more(raw):
    parser = begun()
    parser.feed(memoryview(raw))
    assert (parser.done, parser.clean, parser.keep_alive) == (True, False, False)


def test_a_parser_that_failed_says_so_and_is_not_clean():
    parser = begun()
    with pytest.raises(ExchangeError, match="malformed"):
        parser.feed(memoryview(b"garbage"))
    assert not parser.clean


def test_a_parser_in_the_middle_is_not_clean():
    parser = begun()
    parser.feed(memoryview(ok(b"hello")[:-2]))
    assert (parser.done, parser.clean, parser.body) == (False, False, b"hel")
