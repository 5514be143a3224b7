"""Redirects are followed by the caller's will alone, with what each kind asks for."""

import pytest

from authstorm.wire.redirects import follow
from tests.wire.scripted_server import ok

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer secret", "X-A": "b"}


def redirecting(status, location, fields=()):
    """An answer to the first request; every other is ``ok``."""

    def answer(request):
        if request.path == "/start":
            return ok(b"", f"Location: {location}", *fields, status=f"{status} There")
        return ok(request.method.encode())

    return answer


def test_send_follows_nothing(answer_all, visit):
    server = answer_all(redirecting(302, "/end"))
    answer = visit().send("GET", server.url + "/start")

    assert (answer.status, answer.header("location")) == (302, "/end")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "case",
    [
        (301, "GET", "GET", False),
        (301, "POST", "GET", False),
        (302, "POST", "GET", False),
        (303, "POST", "GET", False),
        (303, "PUT", "GET", False),
        (303, "HEAD", "HEAD", False),
        (302, "PUT", "PUT", True),
        (307, "POST", "POST", True),
        (308, "POST", "POST", True),
        (308, "HEAD", "HEAD", False),
    ],
)
def test_the_status_says_what_becomes_of_method_and_body(answer_all, visit, case):
    status, method, then, with_body = case
    server, session = answer_all(redirecting(status, "/end")), visit()
    body = b"" if method in {"GET", "HEAD"} else b"a=b"
    first = session.send(method, server.url + "/start", FORM, body)
    followed = follow(session, first, FORM, body)

    last = server.requests[-1]
    assert (last.method, last.path, last.body) == (then, "/end", b"a=b" if with_body else b"")
    assert ("content-type" in last.headers) == (then == method)
    assert (followed.answer.status, followed.stopped) == (200, "")
    assert followed.urls == (server.url + "/start", server.url + "/end")


def test_authorization_stays_with_its_origin_and_does_not_come_back(answer_all, visit):
    there = answer_all(lambda request: ok(b"", f"Location: {home.url}/end", status="302 Back"))
    home = answer_all(redirecting(302, there.url + "/back"))
    session = visit()
    headers = {**FORM, "Cookie": "a=1"}
    followed = follow(session, session.send("GET", home.url + "/start", headers), headers)

    assert followed.answer.status == 200
    seen = [server.requests[-1].headers for server in (there, home)]
    assert [("authorization" in headers, "cookie" in headers, "x-a" in headers) for headers in seen] == [
        (False, False, True)
    ] * 2
    assert home.requests[0].headers["authorization"] == "Bearer secret"


def test_authorization_goes_along_on_the_same_origin(answer_all, visit):
    server, session = answer_all(redirecting(302, "/end")), visit()
    follow(session, session.send("GET", server.url + "/start", FORM), FORM)

    assert server.requests[-1].headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/end", "/end"),
        ("end", "/a/end"),
        ("../end", "/end"),
        ("?x=y", "/a/start?x=y"),
        ("/end#part", "/end"),
        ("/with space", "/with%20space"),
        ("/with%20space", "/with%20space"),
        ("/gr\u00fc\u00df".encode().decode("latin-1"), "/gr%C3%BC%C3%9F"),
        ("/gr\u00fc", "/gr%C3%BC"),
    ],
)
def test_locations_of_every_kind_lead_on(answer_all, visit, location, path):
    def answer(request):
        if request.path == "/a/start":
            return ok(b"", f"Location: {location}", status="302 There")
        return ok()

    server, session = answer_all(answer), visit()
    follow(session, session.send("GET", server.url + "/a/start"))

    assert server.requests[-1].path == path


@pytest.mark.parametrize("location", ["ftp://a.example.test/", "javascript:alert(1)", "http://a:b@c/", "http://[x/"])
def test_a_location_that_leads_nowhere_ends_the_chain(answer_all, visit, location):
    server, session = answer_all(redirecting(302, location)), visit()
    followed = follow(session, session.send("GET", server.url + "/start"))

    assert (followed.stopped, followed.next_url, followed.answer.status) == ("bad-location", location, 302)


def test_a_loop_ends_at_the_limit(answer_all, visit):
    server, session = answer_all(ok(b"", "Location: /start", status="302 Round")), visit()
    followed = follow(session, session.send("GET", server.url + "/start"), limit=4)

    assert (followed.stopped, followed.answer.status, followed.next_url) == ("too-many", 302, server.url + "/start")
    assert len(server.requests) == 5


def test_the_caller_says_where_it_may_go(answer_all, visit):
    server, session = answer_all(redirecting(302, "https://app.example.test/callback?code=7")), visit()
    first = session.send("GET", server.url + "/start")
    followed = follow(session, first, may_visit=lambda url: url.startswith(server.url))

    assert followed.stopped == "not-allowed"
    assert followed.next_url == "https://app.example.test/callback?code=7"
    assert followed.answer is first


def test_a_redirect_without_location_is_the_end(answer_all, visit):
    server, session = answer_all(ok(status="302 Found")), visit()
    followed = follow(session, session.send("GET", server.url))
    assert (followed.answer.status, followed.stopped) == (302, "")


def test_a_failure_on_the_way_is_the_answer(answer_all, visit, serve):
    gone = serve(lambda peer: None)
    gone.close()
    server, session = answer_all(redirecting(302, gone.url)), visit()
    followed = follow(session, session.send("GET", server.url + "/start"))
    assert (followed.answer.failure, followed.stopped) == ("connect-failed", "")


def test_cookies_set_on_the_way_are_sent_on(answer_all, visit):
    server, session = answer_all(redirecting(302, "/end", ["Set-Cookie: id=7"])), visit(cookies=True)
    follow(session, session.send("GET", server.url + "/start"))
    assert server.requests[-1].headers["cookie"] == "id=7"
