"""Proxies: whom they serve, how they are spoken to, and whose fault it is when they fail."""

from base64 import b64encode

import gevent
import pytest

from authstorm.wire.proxy import Proxies, parse_proxy
from authstorm.wire.url import parse_url
from tests.wire.scripted_server import ok

ANY = "http://proxy.example.test:3128"


def tunnel_to(port, seen):
    """A script that opens a tunnel to one port of this machine, whatever was asked for."""

    def script(peer):
        request = peer.request()
        if request is None:
            return
        seen.append(request)
        beyond = gevent.socket.create_connection(("127.0.0.1", port))
        peer.say(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
        back = gevent.spawn(pump, beyond, peer.sock)
        pump(peer.sock, beyond)
        back.kill()
        beyond.close()

    return script


def pump(source, sink):
    while data := source.recv(65_536):
        sink.sendall(data)


def test_https_goes_through_a_tunnel_that_is_kept(answer_all, serve, visit, certificates):
    server, seen = answer_all(ok(b"beyond"), context=certificates.context()), []
    proxy = serve(tunnel_to(server.port, seen))
    session = visit(proxy=proxy.url, tls=certificates.trust())
    answers = [session.send("GET", "https://localhost:444/path") for _ in range(2)]

    assert [(answer.failure, answer.body) for answer in answers] == [("", b"beyond")] * 2
    assert [(request.method, request.path, request.headers["host"]) for request in seen] == [
        ("CONNECT", "localhost:444", "localhost:444")
    ]
    assert server.requests[0].path == "/path"


def test_http_is_asked_of_the_proxy_with_the_whole_url(answer_all, visit):
    proxy = answer_all(ok(b"through"))
    answer = visit(proxy=proxy.url).send("GET", "http://nowhere.example.test/path?a=b")

    assert answer.body == b"through"
    assert proxy.requests[0].path == "http://nowhere.example.test/path?a=b"
    assert proxy.requests[0].headers["host"] == "nowhere.example.test"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_proxy_gets_its_credentials(answer_all, visit, scheme):
    proxy = answer_all(ok(status="403 Forbidden"))
    url = proxy.url.replace("http://", "http://me:p%40ss@")
    answer = visit(proxy=url).send("GET", f"{scheme}://nowhere.example.test/")

    expected = "Basic " + b64encode(b"me:p@ss").decode()
    assert proxy.requests[0].headers["proxy-authorization"] == expected
    assert answer.failure == ("" if scheme == "http" else "proxy-failed")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", id="407"),
        pytest.param(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nno!", id="502"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nand more", id="bytes behind"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100_000, id="a head without end"),
        pytest.param(b"garbage\r\n\r\n", id="no HTTP"),
    ],
)
def test_a_tunnel_that_is_not_opened_is_the_proxys_failure(serve, visit, said):
    def script(peer):
        peer.request()
        peer.say(said)

    answer = visit(proxy=serve(script).url).send("GET", "https://nowhere.example.test/")
    assert (answer.status, answer.failure) == (0, "proxy-failed")


def test_a_proxy_that_is_not_there_is_the_proxys_failure(serve, visit):
    proxy = serve(lambda peer: None)
    proxy.close()
    for scheme in ("http", "https"):
        assert visit(proxy=proxy.url).send("GET", f"{scheme}://a.example.test/").failure == "proxy-failed"


def test_a_proxy_that_says_nothing_is_a_connect_timeout(serve, visit):
    proxy = serve(lambda peer: peer.wait_for_close())
    answer = visit(proxy=proxy.url, connect_timeout_s=0.05).send("GET", "https://a.example.test/")
    assert answer.failure == "connect-timeout"


@pytest.mark.parametrize(
    ("environment", "url", "proxied"),
    [
        pytest.param({}, "http://a.example.test/", False, id="none set"),
        pytest.param({"http_proxy": ANY}, "http://a.example.test/", True, id="http"),
        pytest.param({"HTTP_PROXY": ANY}, "http://a.example.test/", True, id="upper case"),
        pytest.param({"http_proxy": ANY}, "https://a.example.test/", False, id="http is not https"),
        pytest.param({"https_proxy": ANY}, "https://a.example.test/", True, id="https"),
        pytest.param({"http_proxy": ANY, "no_proxy": "b.test,example.test"}, "http://a.example.test/", False, id="no"),
        pytest.param({"http_proxy": ANY, "no_proxy": "b.test"}, "http://a.example.test/", True, id="no for others"),
        pytest.param({"http_proxy": ANY, "NO_PROXY": "*"}, "http://a.example.test/", False, id="no for all"),
        pytest.param({"http_proxy": ANY, "no_proxy": "a.example.test:81"}, "http://a.example.test/", True, id="port"),
        pytest.param({"http_proxy": ANY}, "http://127.0.0.1:8080/", False, id="loopback address"),
        pytest.param({"http_proxy": ANY}, "http://[::1]/", False, id="loopback in IPv6"),
        pytest.param({"http_proxy": ANY}, "http://localhost/", False, id="loopback name"),
        pytest.param({"http_proxy": ANY}, "http://10.0.0.1/", True, id="another address"),
    ],
)
def test_the_environment_chooses(monkeypatch, environment, url, proxied):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    origin = parse_url(url).origin

    assert (Proxies("environment").choose(origin) is not None) == proxied
    assert Proxies("").choose(origin) is None


@pytest.mark.parametrize("url", ["socks5://a:1", "https://a:1", "http://", ""])
def test_other_proxies_are_refused(url):
    with pytest.raises(ValueError, match="http://"):
        parse_proxy(url)


def test_a_proxy_may_be_named_without_scheme():
    assert parse_proxy("proxy.example.test:3128")[:2] == ("proxy.example.test", 3128)
