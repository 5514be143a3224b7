"""Generated answers are read as ``requests`` reads them: status, header, body, cookies and redirects."""

import gzip
import zlib
from types import SimpleNamespace
from urllib.parse import urldefrag

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authstorm.wire.redirects import follow
from tests.wire.scripted_server import chunked, ok

SETTINGS = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=False,
    print_blob=True,
)
NAMES = st.from_regex(r"X-[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=30).map(
    lambda value: value.rstrip(" ")  # which requests does not do
)
TOKENS = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
CODINGS = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}


@st.composite
def cookie_lines(draw):
    attributes = [
        "",
        "; Path=/",
        f"; Path=/{draw(TOKENS)}",
        "; Max-Age=100",
        "; Max-Age=0",
        "; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
        "; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "; HttpOnly",
        "; Secure; Path=/",
        "; SameSite=Lax",
        "; Domain=127.0.0.1",
        "; Domain=elsewhere.test",
    ]
    return f"{draw(TOKENS)}={draw(TOKENS)}{''.join(draw(st.lists(st.sampled_from(attributes), max_size=3)))}"


@st.composite
def answers(draw):
    """The raw bytes of an answer, and whether the connection is closed after it."""
    status = draw(st.sampled_from([200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 429, 500, 503, 599]))
    fields = [f"{name}: {value}" for name, value in draw(st.lists(st.tuples(NAMES, VALUES), max_size=6))]
    fields += [f"Set-Cookie: {line}" for line in draw(st.lists(cookie_lines(), max_size=4))]
    coding = draw(st.sampled_from(list(CODINGS)))
    body = b"" if status in {204, 304} else CODINGS[coding](draw(st.binary(max_size=2_000)))
    if coding and body:
        fields.append(f"Content-Encoding: {coding}")
    framing = draw(st.sampled_from(["length", "chunks", "close"])) if status not in {204, 304} else "none"
    if framing == "length":
        fields.append(f"Content-Length: {len(body)}")
    elif framing == "chunks":
        fields.append("Transfer-Encoding: chunked")
        cut = draw(st.integers(0, len(body)))
        body = chunked(*(piece for piece in (body[:cut], body[cut:]) if piece))
    elif framing == "close":
        fields.append("Connection: close")
    fields = draw(st.permutations(fields))
    reason = draw(st.sampled_from(["OK", "", "A Longer Reason"]))
    before = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n"]))
    head = "\r\n".join([f"HTTP/1.1 {status} {reason}", *fields]).encode("latin-1")
    return before + head + b"\r\n\r\n" + body, framing == "close"


@pytest.fixture
def told(serve):
    """A server that says what a test last told it to."""

    told = SimpleNamespace(raw=b"", ends=False)

    def script(peer):
        while peer.request():
            peer.say(told.raw)
            if told.ends:
                return

    told.url = serve(script).url
    return told


@pytest.fixture
def peer():
    """A session of requests that does nothing of its own accord."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers.clear()
        yield session


def grouped(pairs):
    """Values by lower-case name, repeated ones joined as requests has them."""
    found = {}
    for name, value in pairs:
        found[name.lower()] = f"{found[name.lower()]}, {value}" if name.lower() in found else value
    return found


@SETTINGS
@given(answer=answers(), method=st.sampled_from(["GET", "POST"]))
def test_answers_are_read_as_requests_reads_them(told, peer, visit, answer, method):
    told.raw, told.ends = answer
    session = visit(cookies=True)
    ours = session.send(method, told.url + "/folder/page")
    peer.cookies.clear()
    theirs = peer.request(method, told.url + "/folder/page", allow_redirects=False, timeout=5)

    assert ours.failure == ""
    assert ours.status == theirs.status_code
    assert grouped(ours.headers) == grouped(theirs.headers.items())
    assert ours.body == theirs.content
    for cookie in peer.cookies:
        cookie.secure = False  # to loopback we send what is Secure over http, too, as browsers do
    for path in ("/", "/folder/page", "/folder/other", "/other"):
        assert session.cookies.header(told.url + path) == cookie_header(peer, told.url + path)


def cookie_header(peer, url):
    return peer.prepare_request(requests.Request("GET", url)).headers.get("Cookie", "")


PATHS = st.from_regex(r"(/|\./|\.\./|\?|)[a-z0-9/%?=&.~ -]{0,12}(#[a-z]{0,3})?", fullmatch=True).filter(
    lambda path: "%" not in path and not path.startswith("//") and path == path.strip()  # which requests does not do
)


@pytest.fixture
def chain(serve):
    """A server whose answers are the redirects in ``steps``, and then 200; ``asked`` by who asked."""
    chain = SimpleNamespace(steps=[], asked={})

    def script(peer):
        while request := peer.request():
            asked = chain.asked.setdefault(request.headers["x-who"], [])
            kind = request.body and request.headers["content-type"]
            asked.append((request.method, request.path, request.body, kind))
            status, location = chain.steps[len(asked) - 1] if len(asked) <= len(chain.steps) else (200, "")
            peer.say(ok(b"", *([f"Location: {location}"] if location else []), status=f"{status} Well"))

    chain.url = serve(script).url + "/start/here"
    return chain


@SETTINGS
@given(
    steps=st.lists(st.tuples(st.sampled_from([301, 302, 303, 307, 308]), PATHS), min_size=1, max_size=4),
    method=st.sampled_from(["GET", "POST", "HEAD"]),  # requests forgets the body of a redirected PUT
)
def test_redirects_lead_where_requests_goes(chain, peer, visit, steps, method):
    chain.steps, chain.asked = steps, {}
    session, body = visit(), b"body" if method == "POST" else b""
    ours, theirs = ({"Content-Type": "text/plain", "X-Who": who} for who in ("ours", "theirs"))
    followed = follow(session, session.send(method, chain.url, ours, body), ours, body)
    answer = peer.request(method, chain.url, headers=theirs, data=body, allow_redirects=True, timeout=5)
    urls = [urldefrag(one.url).url for one in [*answer.history, answer]]

    assert followed.answer.status == answer.status_code
    assert chain.asked["ours"] == chain.asked["theirs"]
    assert [requests.utils.requote_uri(url) for url in followed.urls] == urls
