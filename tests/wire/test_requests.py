"""What goes out: URLs taken apart, heads built, and nothing that a caller could smuggle in."""

from types import MappingProxyType

import pytest

from authstorm.wire.head import Heads
from authstorm.wire.url import Origin, parse_url
from tests.wire.scripted_server import ok


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("http://a.test", ("http", "a.test", 80), "/"),
        ("HTTP://A.Test:81/X", ("http", "a.test", 81), "/X"),
        ("https://a.test/x?y=z#part", ("https", "a.test", 443), "/x?y=z"),
        ("https://a.test?y=z", ("https", "a.test", 443), "/?y=z"),
        ("http://127.0.0.1:8080/", ("http", "127.0.0.1", 8080), "/"),
        ("http://[::1]:8080/", ("http", "::1", 8080), "/"),
        ("http://[fe80::1%25eth0]/", ("http", "fe80::1%eth0", 80), "/"),
        ("http://m\u00fcnchen.test/", ("http", "xn--mnchen-3ya.test", 80), "/"),
        ("http://a.test/with space?q=\u00fc", ("http", "a.test", 80), "/with%20space?q=%C3%BC"),
        ("http://a.test/%7Euser/%2F?a=b%26c", ("http", "a.test", 80), "/%7Euser/%2F?a=b%26c"),
        ('http://a.test/"<>\\^`{|}', ("http", "a.test", 80), "/%22%3C%3E%5C%5E%60%7B%7C%7D"),
    ],
)
def test_urls_are_taken_apart(url, origin, path):
    assert parse_url(url) == (Origin(*origin), path)


@pytest.mark.parametrize(
    ("url", "match"),
    [
        ("/path", "not absolute"),
        ("ftp://a.test/", "not absolute"),
        ("http://", "no host"),
        ("http:///path", "no host"),
        ("http://a.test:port/", "ort"),
        ("http://a.test:99999/", "ort"),
        ("http://user:secret@a.test/", "credentials"),
        ("http://a.test/\r\nX-A: b", "control character"),
        ("http://a.test/\n", "control character"),
        ("http://a.test/\0", "control character"),
        ("http://a b/", "characters that no host name has"),
        ("http://a\\b/", "characters that no host name has"),
        ("http://" + "\u00fc" * 100 + ".test/", "not a name"),
        ("http://[::1/", "IPv6"),
    ],
)
def test_urls_that_make_no_sense_are_refused(url, match):
    with pytest.raises(ValueError, match=match):
        parse_url(url)


def test_credentials_in_a_url_are_not_repeated_in_the_message():
    with pytest.raises(ValueError, match="credentials") as raised:
        parse_url("http://user:secret@a.test/")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("origin", "header"),
    [
        (("http", "a.test", 80), "a.test"),
        (("https", "a.test", 443), "a.test"),
        (("https", "a.test", 80), "a.test:80"),
        (("http", "::1", 80), "[::1]"),
        (("http", "fe80::1%eth0", 81), "[fe80::1]:81"),
    ],
)
def test_the_host_field_names_the_port_only_where_it_is_needed(origin, header):
    assert Origin(*origin).host_header == header


@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "\r\nX-B: c", "\u20ac"])
@pytest.mark.parametrize("place", ["name", "value"])
def test_headers_cannot_be_smuggled_in(answer_all, visit, bad, place):
    server, session = answer_all(ok()), visit()
    headers = {f"X-A{bad}": "b"} if place == "name" else {"X-A": f"b{bad}c"}
    for _ in range(2):
        with pytest.raises(ValueError, match="X-A"):
            session.send("GET", server.url, headers)
    assert server.connections == 0


@pytest.mark.parametrize("name", ["", "X A", "X:A", "X\u00e4", "(x)"])
def test_header_names_are_tokens(name):
    with pytest.raises(ValueError, match="not a token"):
        request({name: "b"})


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "TRANSFER-ENCODING"])
def test_framing_is_not_the_callers(name):
    with pytest.raises(ValueError, match="frames the request"):
        request({name: "5"})


@pytest.mark.parametrize("method", ["", "GET /", "G\r\nT", "G\u00c4T"])
def test_methods_are_tokens(visit, method):
    with pytest.raises(ValueError, match="not a token"):
        visit().send(method, "http://127.0.0.1:1/")


def test_a_secret_in_a_bad_header_is_not_in_the_message():
    with pytest.raises(ValueError, match="Authorization") as raised:
        request({"X-A": "b", "Authorization": "Bearer hush\n"})
    assert "hush" not in str(raised.value)


def request(headers, method="GET", body=b"", defaults=(("User-Agent", "x"),)):
    heads = Heads(defaults)
    return heads.request(heads.opening(method, "http://a.test/p"), headers, body)


@pytest.mark.parametrize(
    ("method", "headers", "body", "expected"),
    [
        ("GET", {}, b"", b"GET /p HTTP/1.1\r\nHost: a.test\r\nUser-Agent: x\r\n\r\n"),
        ("POST", {}, b"", b"POST /p HTTP/1.1\r\nHost: a.test\r\nUser-Agent: x\r\nContent-Length: 0\r\n\r\n"),
        (
            "POST", {"X-A": "b"}, b"cd",
            b"POST /p HTTP/1.1\r\nHost: a.test\r\nUser-Agent: x\r\nContent-Length: 2\r\nX-A: b\r\n\r\ncd",
        ),
        ("DELETE", {}, b"cd", b"DELETE /p HTTP/1.1\r\nHost: a.test\r\nUser-Agent: x\r\nContent-Length: 2\r\n\r\ncd"),
        ("GET", {"user-agent": "mine"}, b"", b"GET /p HTTP/1.1\r\nHost: a.test\r\nuser-agent: mine\r\n\r\n"),
        ("GET", {"Host": "b.test"}, b"", b"GET /p HTTP/1.1\r\nUser-Agent: x\r\nHost: b.test\r\n\r\n"),
        ("GET", {"X-A": "\u00e4"}, b"", b"GET /p HTTP/1.1\r\nHost: a.test\r\nUser-Agent: x\r\nX-A: \xe4\r\n\r\n"),
    ],
)  # fmt: skip
def test_requests_are_built(method, headers, body, expected):
    assert request(headers, method, body) == expected

    assert request(MappingProxyType(headers), method, body) == expected


def test_read_only_headers_are_looked_through_once_and_never_taken_for_others():
    heads = Heads((("Accept", "*/*"),))
    opening = heads.opening("GET", "http://a.test/")
    for number in range(3000):
        told = MappingProxyType({"Accept": f"text/{number}"})
        first = heads.request(opening, told, b"")
        assert f"Accept: text/{number}\r\n".encode() in first
        assert heads.request(opening, told, b"") == first
    assert len(heads._ready) <= 1024


def test_read_only_headers_are_checked_too():
    with pytest.raises(ValueError, match="line break"):
        request(MappingProxyType({"X-A": "b\r\nX-B: c"}))


@pytest.mark.parametrize("kind", [dict, MappingProxyType])
def test_a_trace_is_one_header_more_and_takes_the_place_of_the_callers(kind):
    heads = Heads(())
    opening = heads.opening("GET", "http://a.test/")
    expected = b"GET / HTTP/1.1\r\nHost: a.test\r\nX-A: b\r\ntraceparent: 00-1-2-00\r\n\r\n"
    for headers in ({"X-A": "b"}, {"X-A": "b", "traceparent": "mine"}):
        assert heads.request(opening, kind(headers), b"", "00-1-2-00") == expected


@pytest.mark.parametrize("trace", ["a\r\nX-B: c", "a\0", "\u00e4"])
def test_a_trace_cannot_smuggle_a_header_in(trace):
    heads = Heads(())
    with pytest.raises(ValueError, match="trace"):
        heads.request(heads.opening("GET", "http://a.test/"), {}, b"", trace)


def test_defaults_are_checked_as_well():
    for bad in (("X A", "b"), ("X-A", "b\n")):
        with pytest.raises(ValueError, match=r"X.A"):
            request({}, defaults=(bad,))


def test_what_is_kept_of_urls_and_names_is_bounded():
    heads = Heads(())
    for number in range(3000):
        heads.request(heads.opening("GET", f"http://a.test/{number}"), {f"X-{number}": "a", "Host": "b"}, b"")
    assert max(len(heads.openings), len(heads._known), len(heads._trimmed)) <= 1024


def test_default_headers_are_a_setting(answer_all, visit):
    server = answer_all(ok())
    visit(headers=(("User-Agent", "mine/1"), ("X-Run", "7"))).send("GET", server.url)
    assert server.requests[0].headers == {
        "host": f"127.0.0.1:{server.port}", "user-agent": "mine/1", "x-run": "7",
    }  # fmt: skip


def test_a_default_is_replaced_each_time():
    heads = Heads((("Accept", "*/*"),))
    opening = heads.opening("GET", "http://a.test/")
    requests = [heads.request(opening, {"Accept": f"text/{number}"}, b"") for number in range(3)]
    assert [request.count(b"Accept") for request in requests] == [1, 1, 1]
    assert b"Accept: text/2\r\n" in requests[2]
    assert b"Accept: */*\r\n" in heads.request(opening, {}, b"")
