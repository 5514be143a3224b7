"""Ordinary answers in every framing, and what the answer says of them."""

import gzip
import zlib
from time import perf_counter

import pytest

from tests.wire.scripted_server import chunked, ok

HEAD = b"HTTP/1.1 200 OK\r\n"


def test_an_answer_holds_status_header_body_and_marks_in_order(answer_all, visit):
    server = answer_all(ok(b"hello", "X-Request-Number: 7", "Set-Cookie: a=1", "Set-Cookie: b=2", status="201 Created"))
    before = perf_counter()
    answer = visit().send("GET", server.url + "/one")
    after = perf_counter()

    assert (answer.status, answer.failure, answer.body) == (201, "", b"hello")
    assert answer.header("x-request-number") == "7"
    assert answer.header("set-cookie") == "a=1"
    assert answer.header("x-absent") == ""
    assert [value for name, value in answer.headers if name == "set-cookie"] == ["a=1", "b=2"]
    marks = [answer.began_at, answer.connected_at, answer.sent_at, answer.first_byte_at, answer.done_at]
    assert [before, *marks, after] == sorted([before, *marks, after])
    assert answer.reconnects == 0


def test_a_reused_connection_took_no_time_to_connect(answer_all, visit):
    server, session = answer_all(ok()), visit()
    first, second = session.send("GET", server.url), session.send("GET", server.url)

    assert first.connected_at > first.began_at
    assert second.connected_at == second.began_at
    assert server.connections == 1


def test_the_request_carries_method_path_host_defaults_headers_and_body(answer_all, visit):
    server = answer_all(ok())
    visit().send("POST", server.url + "/token?a=b#part", {"Content-Type": "text/plain", "X-A": "b"}, b"xyz")
    method, path, headers, body = server.requests[0]

    assert (method, path, body) == ("POST", "/token?a=b", b"xyz")
    assert headers == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": "authstorm",
        "accept": "*/*",
        "content-length": "3",
        "content-type": "text/plain",
        "x-a": "b",
    }


@pytest.mark.parametrize(
    "case",
    [
        pytest.param((HEAD + b"Content-Length: 5\r\n\r\nhello", b"hello", True), id="a length"),
        pytest.param((HEAD + b"Content-Length: 0\r\n\r\n", b"", True), id="a length of nothing"),
        pytest.param(
            (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(b"he", b"llo"), b"hello", True), id="chunks"
        ),
        pytest.param(
            (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n", b"hello", True),
            id="chunks with an extension and a trailer",
        ),
        pytest.param((HEAD + b"\r\nhello", b"hello", False), id="until the connection closes"),
        pytest.param((b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello", False), id="HTTP/1.0 without a length"),
        pytest.param(
            (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", False), id="HTTP/1.0 with a length"
        ),
        pytest.param(
            (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello", b"hello", True),
            id="HTTP/1.0 that stays",
        ),
        pytest.param(
            (HEAD + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello", b"hello", False), id="it says close"
        ),
        pytest.param((b"HTTP/1.1 204 No Content\r\n\r\n", b"", True), id="204"),
        pytest.param((b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b"", True), id="304 with a length"),
        pytest.param(
            (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 5\r\n\r\nhello", b"hello", True),
            id="100 before",
        ),
        pytest.param(
            (
                b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 3 + HEAD + b"Content-Length: 5\r\n\r\nhello",
                b"hello",
                True,
            ),
            id="103 thrice before",
        ),
    ],
)
@pytest.mark.parametrize("cut", [1, 20, 100_000], ids=["byte by byte", "in pieces", "at once"])
def test_every_framing_is_read_however_it_is_cut(serve, visit, case, cut):
    raw, body, reusable = case

    def script(peer):
        while peer.request():
            for start in range(0, len(raw), cut):
                peer.sock.sendall(raw[start : start + cut])
            if not reusable:
                return

    server, session = serve(script), visit()
    answers = [session.send("GET", server.url) for _ in range(2)]

    assert [(answer.failure, answer.body) for answer in answers] == [("", body)] * 2
    assert all(answer.header("link") == "" and answer.header("x-trailer") == "" for answer in answers)
    assert server.connections == (1 if reusable else 2)


def test_an_answer_to_head_has_no_body_and_the_connection_stays(answer_all, visit):
    server, session = answer_all(HEAD + b"Content-Length: 5\r\n\r\n"), visit()
    answers = [session.send("HEAD", server.url) for _ in range(3)]

    assert [(answer.status, answer.body, answer.header("content-length")) for answer in answers] == [
        (200, b"", "5")
    ] * 3
    assert server.connections == 1


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("gzip, deflate", lambda data: zlib.compress(gzip.compress(data))),
        ("identity", bytes),
        ("br", bytes),
    ],
)
def test_codings_are_undone(answer_all, visit, coding, encode):
    server = answer_all(ok(encode(b"token" * 100), f"Content-Encoding: {coding}"))
    assert visit().send("GET", server.url).body == b"token" * 100


def test_ipv6_is_spoken(answer_all, visit):
    server = answer_all(ok(b"six"), host="::1")
    assert visit().send("GET", server.url).body == b"six"
    assert server.requests[0].headers["host"] == f"[::1]:{server.port}"


def test_a_large_body_goes_out_whole(answer_all, visit):
    server = answer_all(lambda request: ok(b"%d" % len(request.body)))
    session = visit()
    assert [session.send("POST", server.url, body=b"x" * 5_000_000).body for _ in range(2)] == [b"5000000"] * 2
    assert server.connections == 1


def test_a_refusal_before_the_request_is_whole_is_read_and_ends_the_connection(serve, visit):
    def script(peer):
        peer.sock.recv(1000)
        peer.say(ok(b"no", status="413 Content Too Large"))
        peer.wait_for_close()

    server, session = serve(script), visit()
    answers = [session.send("POST", server.url, body=b"x" * 20_000_000) for _ in range(2)]

    assert [(answer.status, answer.body) for answer in answers] == [(413, b"no")] * 2
    assert server.connections == 2


def test_a_continue_during_a_long_request_does_not_end_it(serve, visit):
    def script(peer):
        peer.left = peer.sock.recv(1000)
        peer.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        peer.say(ok(b"%d" % len(peer.request().body)))

    assert visit().send("POST", serve(script).url, body=b"x" * 20_000_000).body == b"20000000"
