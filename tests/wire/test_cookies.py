"""A visitor's cookies go where they belong, as RFC 6265 rules, and nowhere else."""

import pytest

from authstorm.wire.cookies import Cookies
from tests.wire.scripted_server import ok


def jar(url, *lines):
    cookies = Cookies()
    cookies.keep(url, [(b"Set-Cookie", line.encode()) for line in lines])
    return cookies


HOME = "https://www.example.test/account/login"


@pytest.mark.parametrize(
    ("line", "url", "sent"),
    [
        pytest.param("a=1", HOME, "a=1", id="back to where it came from"),
        pytest.param("a=1", "https://example.test/account/", "", id="not to the parent domain"),
        pytest.param("a=1", "https://x.www.example.test/account/", "", id="not to a subdomain"),
        pytest.param("a=1", "https://www.example.test/account/x", "a=1", id="the default path is the folder"),
        pytest.param("a=1", "https://www.example.test/", "", id="and not above it"),
        pytest.param("a=1", "https://www.example.test/accounts/", "", id="nor beside it"),
        pytest.param("a=1; Path=/", "https://www.example.test/x", "a=1", id="a path for all"),
        pytest.param("a=1; Domain=example.test; Path=/", "https://other.example.test/", "a=1", id="a domain"),
        pytest.param("a=1; Domain=.example.test; Path=/", "https://example.test/", "a=1", id="a domain with a dot"),
        pytest.param("a=1; Domain=other.test; Path=/", "https://other.test/", "", id="not for another's domain"),
        pytest.param("a=1; Domain=test; Path=/", "https://www.example.test/", "", id="not for a top-level domain"),
        pytest.param("a=1; Domain=ample.test; Path=/", "https://www.example.test/", "", id="a label cut in half"),
        pytest.param("a=1; Secure; Path=/", "http://www.example.test/", "", id="Secure is not for http"),
        pytest.param("a=1; Secure; Path=/", "https://www.example.test/", "a=1", id="Secure is for https"),
        pytest.param("a=1; HttpOnly; Path=/", "https://www.example.test/", "a=1", id="HttpOnly hides from scripts"),
        pytest.param("a=1; Max-Age=100; Path=/", "https://www.example.test/", "a=1", id="not yet expired"),
        pytest.param("a=1; Max-Age=0; Path=/", "https://www.example.test/", "", id="expired at once"),
        pytest.param(
            "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/", "https://www.example.test/", "", id="long expired"
        ),
        pytest.param("a=1; SameSite=Strict; Path=/", "https://www.example.test/", "a=1", id="an unknown attribute"),
        pytest.param("a=x=y==; Path=/", "https://www.example.test/", "a=x=y==", id="equals signs in the value"),
        pytest.param("a=; Path=/", "https://www.example.test/", "a=", id="an empty value"),
        pytest.param(
            "a=" + "x" * 5000 + "; Path=/", "https://www.example.test/", "", id="larger than any browser keeps"
        ),
    ],
)
def test_a_cookie_goes_where_it_belongs(line, url, sent):
    assert jar(HOME, line).header(url) == sent


@pytest.mark.parametrize(
    ("host", "sent"),
    [
        ("localhost:8080", "a=1"),
        ("id.localhost", "a=1"),
        ("127.0.0.1:8080", "a=1"),
        ("127.9.9.9", "a=1"),
        ("[::1]:8080", "a=1"),
        ("localhost.example.test", ""),
        ("127.0.0.1.example.test", ""),
        ("10.0.0.1", ""),
        ("0.0.0.0:8080", ""),
    ],
)
def test_a_secure_cookie_goes_over_http_to_this_machine_alone_as_in_browsers(host, sent):
    """Keycloak sets its session cookies so on http://localhost, too."""
    url = f"http://{host}/realms/storm/"
    assert jar(url, "a=1; Version=1; Path=/realms/storm/; Secure; HttpOnly; SameSite=None").header(url) == sent


def test_a_later_cookie_replaces_the_earlier():
    assert jar(HOME, "a=1", "a=2").header(HOME) == "a=2"


def test_the_longer_path_comes_first():
    assert jar(HOME, "a=1; Path=/", "b=2; Path=/account").header(HOME) == "b=2; a=1"


def test_a_bomb_leaves_the_newest_cookies_only():
    cookies = jar(HOME, *(f"c{number}={'x' * 50}; Path=/" for number in range(1000)))
    assert len(cookies) == 180
    assert "c999=" in cookies.header(HOME)
    assert "c0=" not in cookies.header(HOME)


def test_a_session_keeps_cookies_from_answer_to_request(answer_all, visit):
    server = answer_all(lambda request: ok(request.headers.get("cookie", "").encode(), "Set-Cookie: id=7; HttpOnly"))
    session = visit(cookies=True)

    assert [session.send("GET", server.url).body for _ in range(3)] == [b"", b"id=7", b"id=7"]
    session.close()
    assert session.send("GET", server.url).body == b""


def test_without_being_switched_on_nothing_is_kept(answer_all, visit):
    server = answer_all(lambda request: ok(request.headers.get("cookie", "").encode(), "Set-Cookie: id=7"))
    session = visit()

    assert session.cookies is None
    assert [session.send("GET", server.url).body for _ in range(2)] == [b"", b""]


def test_sessions_do_not_share_cookies(answer_all, visit):
    server = answer_all(lambda request: ok(request.headers.get("cookie", "").encode(), "Set-Cookie: id=7"))
    one, two = visit(cookies=True), visit(cookies=True)
    one.send("GET", server.url)

    assert two.send("GET", server.url).body == b""


def test_a_cookie_given_by_hand_goes_beside_those_kept(answer_all, visit):
    server = answer_all(ok(b"", "Set-Cookie: id=7"))
    session = visit(cookies=True)
    session.send("GET", server.url)
    session.send("GET", server.url, {"cookie": "mine=1"})

    assert server.requests[1].headers["cookie"] == "mine=1; id=7"
