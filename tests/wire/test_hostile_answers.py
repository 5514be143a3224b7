"""Servers that lie, stop short or never end: each gives a code in time, and never an exception or somebody's answer."""

import gzip
from time import perf_counter

import gevent
import pytest

from authstorm.wire.failure import FAILURES
from tests.wire.scripted_server import chunked, ok

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GZIP = "Content-Encoding: gzip"

ENDED = [  # raw bytes, after which the server closes in good order; status, failure
    ("nothing at all", b"", 0, "reset"),
    ("half a status line", b"HTTP/1.1 2", 0, "reset"),
    ("half a header", HEAD + b"Content-Len", 0, "reset"),
    ("a head without its end", HEAD + b"Content-Length: 5\r\n", 0, "reset"),
    ("a body cut short", HEAD + b"Content-Length: 5\r\n\r\nhel", 200, "reset"),
    ("a chunk cut short", CHUNKED + b"5\r\nhel", 200, "reset"),
    ("no last chunk", CHUNKED + b"5\r\nhello\r\n", 200, "reset"),
    ("only a 100", b"HTTP/1.1 100 Continue\r\n\r\n", 0, "reset"),
    ("only a 103", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0, "reset"),
    ("two lengths that differ", HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc", 0, "malformed"),
    ("a negative length", HEAD + b"Content-Length: -1\r\n\r\n", 0, "malformed"),
    ("a length beyond all numbers", HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n", 0, "malformed"),
    ("a length in words", HEAD + b"Content-Length: five\r\n\r\nhello", 0, "malformed"),
    ("length and chunks", HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, "malformed"),
    ("chunks and length", HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 0, "malformed"),
    ("another transfer coding", HEAD + b"Transfer-Encoding: gzip\r\n\r\nabc", 0, "malformed"),
    ("a chunk longer than it says", CHUNKED + b"2\r\nhello\r\n0\r\n\r\n", 200, "malformed"),
    ("a chunk size that is none", CHUNKED + b"xyz\r\nhello\r\n", 200, "malformed"),
    ("a chunk size beyond all numbers", CHUNKED + b"fffffffffffffffff\r\nhello\r\n", 200, "malformed"),
    ("a chunk shorter than it says", CHUNKED + b"9\r\nhello\r\n0\r\n\r\n", 200, "malformed"),
    ("no HTTP", b"SSH-2.0-OpenSSH_9.2\r\n", 0, "malformed"),
    ("HTML without a head", b"<html><body>hello</body></html>", 0, "malformed"),
    ("a status in words", b"HTTP/1.1 fine OK\r\n\r\n", 0, "malformed"),
    ("a status of two digits", b"HTTP/1.1 20 OK\r\n\r\n", 0, "malformed"),
    ("a status of four digits", b"HTTP/1.1 2000 OK\r\n\r\n", 0, "malformed"),
    ("a status below 100", b"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n", 0, "malformed"),
    ("protocols switched unasked", b"HTTP/1.1 101 Ok\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 0, "malformed"),
    ("NUL in a value", HEAD + b"X-A: a\0b\r\nContent-Length: 0\r\n\r\n", 0, "malformed"),
    ("NUL in a name", HEAD + b"X\0A: b\r\nContent-Length: 0\r\n\r\n", 0, "malformed"),
    ("a folded line", HEAD + b"X-A: a\r\n b\r\nContent-Length: 0\r\n\r\n", 0, "malformed"),
    ("a space before the colon", HEAD + b"X-A : a\r\nContent-Length: 0\r\n\r\n", 0, "malformed"),
    ("a header of a megabyte", HEAD + b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n", 0, "too-large"),
    ("headers of a megabyte", HEAD + b"X-A: aaaaaaaaaaaaaaa\r\n" * 50_000 + b"\r\n", 0, "too-large"),
    ("early hints without end", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50_000, 0, "too-large"),
    ("a body over the limit", ok(b"a" * 2_000_000), 200, "too-large"),
    ("chunks over the limit", CHUNKED + chunked(*[b"a" * 60_000] * 20), 200, "too-large"),
    ("a body without length over the limit", HEAD + b"\r\n" + b"a" * 2_000_000, 200, "too-large"),
    ("an extension without end", CHUNKED + b"5;" + b"a" * 10_000_000, 200, "too-large"),
    ("trailers without end", CHUNKED + b"0\r\n" + b"X-A: b\r\n" * 1_200_000, 200, "too-large"),
    ("a gzip bomb", ok(gzip.compress(b"a" * 50_000_000), GZIP), 200, "too-large"),
    ("half a gzip body", ok(gzip.compress(b"a" * 5_000)[:-9], GZIP), 200, "malformed"),
    ("gzip that is none", ok(b"hello", GZIP), 200, "malformed"),
    ("codings upon codings", ok(b"hello", "Content-Encoding: gzip, gzip, gzip, gzip"), 200, "malformed"),
]
FINE = [  # what the wire cannot judge: the body is whole, and making sense of it is the caller's
    ("JSON cut short", ok(b'{"access_token": "abc'), b'{"access_token": "abc'),
    ("HTML for JSON", ok(b"<html>", "Content-Type: application/json"), b"<html>"),
    ("a status that HTTP does not have", ok(b"?", status="999 What"), b"?"),
    ("no reason phrase", b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n!", b"!"),
    ("an empty value", ok(b"!", "X-A:"), b"!"),
    ("Latin-1 in a value", ok(b"!", "X-A: \xe4"), b"!"),
]


def ending_with(raw):
    def script(peer):
        if peer.request():
            peer.say(raw)

    return script


@pytest.mark.parametrize(("raw", "status", "failure"), [pytest.param(*row[1:], id=row[0]) for row in ENDED])
def test_a_bad_answer_has_a_code_and_ends_the_connection(serve, visit, raw, status, failure):
    server, session = serve(ending_with(raw)), visit()
    answer = session.send("POST", server.url)

    assert (answer.status, answer.failure) == (status, failure)
    assert answer.failure in FAILURES
    assert len(session._pool) == 0


@pytest.mark.parametrize(("raw", "body"), [pytest.param(*row[1:], id=row[0]) for row in FINE])
def test_odd_but_whole_answers_go_to_the_caller(serve, visit, raw, body):
    answer = visit().send("GET", serve(ending_with(raw)).url)
    assert (answer.failure, answer.body) == ("", body)


WHOLE = HEAD + b"Content-Length: 5\r\nX-A: b\r\n\r\nhello"


@pytest.mark.parametrize("end", ["closed", "reset"])
def test_a_connection_that_ends_at_any_byte_is_a_reset(serve, visit, end):
    def script(peer):
        request = peer.request()
        peer.say(WHOLE[: int(request.path[1:])])
        if end == "reset":
            peer.reset()

    server, session = serve(script), visit()
    answers = [session.send("POST", f"{server.url}/{cut}") for cut in range(len(WHOLE))]

    assert {answer.failure for answer in answers} == {"reset"}


@pytest.mark.parametrize("raw", [b"", HEAD, HEAD + b"Content-Length: 5\r\n\r\nhel", CHUNKED + b"5\r\n"])
def test_a_server_that_falls_silent_is_a_timeout(serve, visit, raw):
    def script(peer):
        peer.request()
        peer.say(raw)
        peer.wait_for_close()

    answer = visit(total_timeout_s=0.05).send("GET", serve(script).url)
    assert answer.failure == "timeout"
    assert 0.05 <= answer.done_at - answer.began_at < 2


def test_a_slow_drip_ends_with_the_total_time(serve, visit):
    def script(peer):
        peer.request()
        for byte in HEAD + b"X-A: b\r\n" * 1000:
            peer.sock.sendall(bytes([byte]))
            gevent.sleep(0.005)

    answer = visit(total_timeout_s=0.1, first_byte_timeout_s=0.05).send("GET", serve(script).url)
    assert answer.failure == "timeout"
    assert answer.first_byte_at > 0
    assert 0.1 <= answer.done_at - answer.began_at < 2


def test_the_first_byte_has_a_time_limit_of_its_own(serve, visit):
    def script(peer):
        peer.request()
        peer.wait_for_close()

    began = perf_counter()
    answer = visit(first_byte_timeout_s=0.05).send("GET", serve(script).url)
    assert (answer.failure, answer.first_byte_at) == ("timeout", 0.0)
    assert perf_counter() - began < 2


@pytest.mark.parametrize("setting", ["body_limit", "head_limit"])
def test_size_limits_are_settings(answer_all, visit, setting):
    server = answer_all(ok(b"x" * 500, "X-A: " + "a" * 500))
    answers = [visit(**{setting: limit}).send("GET", server.url).failure for limit in (400, 4000)]
    assert answers == ["too-large", ""]


def test_what_came_before_a_failure_is_kept(serve, visit):
    answer = visit().send("GET", serve(ending_with(HEAD + b"X-A: b\r\nContent-Length: 5\r\n\r\nhel")).url)
    assert (answer.status, answer.header("x-a"), answer.body, answer.failure) == (200, "b", b"hel", "reset")


def test_nobody_listening_is_a_failed_connect(serve, visit):
    server = serve(ending_with(b""))
    server.close()
    answer = visit().send("GET", server.url)
    assert (answer.status, answer.failure, answer.connected_at, answer.sent_at) == (0, "connect-failed", 0.0, 0.0)


def test_a_connect_that_is_not_taken_up_has_a_time_limit(visit):
    with gevent.socket.socket() as full:  # a queue for one that nobody ever empties
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        crowd = [gevent.socket.socket() for _ in range(4)]
        for sock in crowd:
            sock.setblocking(False)
            sock.connect_ex(address)
        answer = visit(connect_timeout_s=0.05).send("GET", f"http://127.0.0.1:{address[1]}")
        for sock in crowd:
            sock.close()
    assert answer.failure == "connect-timeout"
    assert answer.done_at - answer.began_at < 2
