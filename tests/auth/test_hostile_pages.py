"""Whatever a page holds: no traceback, a code of the closed set, and nothing asked of a host that is not allowed."""

from __future__ import annotations

from time import process_time
from urllib.parse import urlsplit

from hypothesis import example, given, settings
from hypothesis import strategies as st

from authstorm.auth.codes import CODES
from authstorm.auth.html_forms import read_forms
from tests.auth.fakes import SERVER, FakeAnswer
from tests.auth.test_code_login import Site

TAGS = ("form", "input", "button", "select", "option", "textarea", "base", "table", "tr", "template", "svg", "script")
NAMES = ("name", "type", "value", "action", "method", "id", "form", "href", "autocomplete", "disabled", "checked")
WORDS = (
    "post", "password", "hidden", "text", "checkbox", "submit", "username", "/login", "//evil.example.test/x", "http://[",
    "javascript:x", "new-password", "allow", "f", "", "http://login.example.test:99999/", "\x00", "%", "#", "?",
    "ä\u2028", "http://user:pw@login.example.test/", "http://login.example.test\\@evil.example.test/",
)  # fmt: skip
words = st.sampled_from(WORDS) | st.text(max_size=8)
attributes = st.lists(st.tuples(st.sampled_from(NAMES), words), max_size=4).map(
    lambda pairs: "".join(f' {name}="{value}"' for name, value in pairs)
)
pieces = st.one_of(
    st.builds("<{}{}>".format, st.sampled_from(TAGS), attributes),
    st.builds("</{}>".format, st.sampled_from(TAGS)),
    st.text(max_size=12),
    st.sampled_from(
        ("<", "<!--", "-->", "<![CDATA[", "&#x110000;", "<form method=post>", "<input type=password name=p>")
    ),
)
pages = st.lists(pieces, max_size=25).map("".join)
bodies = pages.map(lambda page: page.encode("utf-8", "surrogatepass")) | st.binary(max_size=200)
types = st.sampled_from(
    ("text/html", "text/html; charset=utf-16", "text/html; charset=\x00", "", "application/xhtml+xml")
)
answers = st.builds(
    FakeAnswer,
    status=st.sampled_from((0, 200, 200, 200, 302, 303, 307, 400, 401, 403, 429, 500, 503)),
    body=bodies,
    headers=st.fixed_dictionaries({}, optional={"content-type": types, "location": words}),
)


class Anywhere(Site):
    """Answers every request with the next of the given answers; the last for ever."""

    def __init__(self, answers):
        super().__init__()
        self.left = list(answers)

    def send(self, method, url, headers=None, body=b""):
        self.calls.append((method, url, dict(headers or {}), body.decode()))
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


@settings(deadline=None, max_examples=300)
@given(st.lists(answers, min_size=1, max_size=5))
@example([FakeAnswer(200, b"<form method=post action=http://[><input type=password name=p>")])
@example([FakeAnswer(302, b"", {"location": "http://login.example.test\\@evil.example.test/"})])
def test_a_login_ends_with_a_code_and_stays_where_it_may_be(given_answers):
    site = Anywhere(given_answers)
    steps = site.login(may_visit=lambda url: urlsplit(url).hostname == urlsplit(SERVER).hostname)
    assert {code for *_, code in steps} <= CODES.keys()
    assert len(site.calls) < 200
    for _, url, headers, _ in site.calls:
        assert urlsplit(url).hostname == urlsplit(SERVER).hostname
        assert url.isascii()
        assert url.isprintable()
        assert "\n" not in "".join(headers.values())
    assert all(text.isprintable() for _, text in site.told)


def test_a_page_of_a_megabyte_of_nested_tags_is_read_in_no_time():
    """Deep nesting and a hundred thousand controls: bounded work, whatever the shape."""
    for unit in (b"<div>", b"<form><input name=a>", b"<input name=a form=f>", b"<table><form>", b"<select><option>"):
        body = b"<form id=f method=post>" + unit * (1_000_000 // len(unit))
        began_s = process_time()
        forms = read_forms(FakeAnswer(200, body, {"content-type": "text/html"}), SERVER)
        assert process_time() - began_s < 5  # a tenth as a rule; minutes where the whole depth is read
        assert sum(len(form.fields) for form in forms) <= 1000


def test_a_form_behind_a_script_of_half_a_megabyte_is_found():
    script = b"<script>" + b"for(i=0;i<n;i++){d(e,f,g)}var some=function(more,words){return more.of(words)};" * 6000
    form = b"</script><form method=post action=/in><input name=user><input name=pass type=password></form>"
    assert len(script) > 450_000
    (found,) = read_forms(FakeAnswer(200, script + form, {"content-type": "text/html"}), SERVER)
    assert [field.name for field in found.fields] == ["user", "pass"]
