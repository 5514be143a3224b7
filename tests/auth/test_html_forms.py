"""Reading the forms of a page as browsers do."""

from __future__ import annotations

import pytest

from authstorm.auth.html_forms import read_forms
from tests.auth.fakes import FakeAnswer

URL = "https://login.example.test/realm/auth?session=1"


def forms(html: str | bytes, content_type: str = "text/html; charset=utf-8"):
    body = html.encode() if isinstance(html, str) else html
    return read_forms(FakeAnswer(200, body, {"content-type": content_type}), URL)


def sent(html: str):
    (form,) = forms(html)
    return [(field.name, field.value) for field in form.fields if field.sent]


@pytest.mark.parametrize(
    ("controls", "expected", "gloss"),
    [
        ('<input name="a" value="1">', [("a", "1")], "a plain field"),
        ('<input type="HIDDEN" name="csrf" value="a&amp;b&quot;">', [("csrf", 'a&b"')], "entities are undone"),
        ('<input value="1">', [], "without a name"),
        ('<input name="a" disabled value="1">', [], "disabled"),
        ('<input type="checkbox" name="a" value="1">', [], "a box that is not ticked"),
        ('<input type="checkbox" name="a" checked>', [("a", "on")], "a ticked box without a value"),
        (
            '<input type="radio" name="a" value="1"><input type=radio name=a value=2 checked>',
            [("a", "2")],
            "one of two",
        ),
        (
            "<select name=a><option value=x><option selected value=y></select>",
            [("a", "y")],
            "the option that is chosen",
        ),
        ("<select name=a><option> x </option></select>", [("a", "x")], "the first option, by its text"),
        (
            "<select name=a><option disabled value=x>?<option value=y></select>",
            [("a", "y")],
            "not one to choose",
        ),
        ("<select name=a multiple><option value=x></select>", [], "a list of which nothing is chosen"),
        ("<fieldset disabled><input name=a value=1><input name=b></fieldset>", [], "switched off together"),
        ("<select name=a></select>", [], "nothing to choose from"),
        ("<textarea name=a>x &lt;</textarea>", [("a", "x <")], "a text area"),
        ('<button name="go" value="1">Go</button><input type=submit name=b value=c>', [], "buttons wait to be pressed"),
        ("<input name=a value=1><input name=a value=2>", [("a", "1"), ("a", "2")], "the same name twice"),
    ],
)
def test_a_form_sends_what_a_browser_would(controls, expected, gloss):
    assert sent(f"<form method=post>{controls}</form>") == expected, gloss


@pytest.mark.parametrize(
    ("html", "expected", "gloss"),
    [
        ("<form>", URL, "no action: the page itself"),
        ('<form action="">', URL, "an empty one likewise"),
        ('<form action=" login ">', "https://login.example.test/realm/login", "relative, with blanks around"),
        ('<form action="/x?a=1&amp;b=2">', "https://login.example.test/x?a=1&b=2", "from the root"),
        ('<form action="//other.example.test/x">', "https://other.example.test/x", "another host"),
        ('<base href="/b/"><form action="x">', "https://login.example.test/b/x", "under a base"),
        (
            '<base target=_top><base href="/b/"><form action="x">',
            "https://login.example.test/b/x",
            "the base with a href",
        ),
        ('<form action="javascript:go()">', "javascript:go()", "no place at all"),
        ('<form action="http://[">', "http://[", "not even a URL"),
    ],
)
def test_an_action_is_made_absolute(html, expected, gloss):
    assert [form.url for form in forms(html)] == [expected], gloss


@pytest.mark.parametrize(
    ("html", "expected", "gloss"),
    [
        ("<table><form method=post><tr><td><input name=a></table></form>", ["a"], "cut off by a table"),
        ("<form id=f></form><input form=f name=a>", ["a"], "outside, by its form attribute"),
        ("<form id=f><p></form><input name=a>", [], "outside without one"),
        ("<form><div><div><input name=a></form>", ["a"], "never closed"),
        ("<form><input name=a", [], "cut off in the middle"),
        ("<form id=f><input name=a form=other></form>", [], "says that it belongs elsewhere"),
        ("<!-- <form><input name=x></form> --><form><input name=a></form>", ["a"], "a comment is no form"),
        ("<script>'<form><input name=x>'</script><form><input name=a></form>", ["a"], "nor is a script"),
    ],
)
def test_a_control_is_found_where_a_browser_finds_it(html, expected, gloss):
    assert [field.name for form in forms(html) for field in form.fields] == expected, gloss


@pytest.mark.parametrize(
    ("body", "content_type", "count", "gloss"),
    [
        (b"<form>", "application/json", 0, "no HTML"),
        (b"<form>", "", 1, "no label"),
        (b"<form>", "application/xhtml+xml", 1, "XHTML"),
        (b"<form>", "Text/HTML; charset=nonsense", 1, "an unknown charset"),
        (b"\xff\xfe<form>", "text/html", 1, "not UTF-8"),
        (b"", "text/html", 0, "an empty body"),
    ],
)
def test_what_is_no_page_has_no_forms(body, content_type, count, gloss):
    assert len(forms(body, content_type)) == count, gloss


@pytest.mark.parametrize(
    ("form", "button", "expected", "gloss"),
    [
        ("action=/a method=post", "", ("POST", "/a"), "as the form says"),
        ("action=/a method=post", "formaction=b", ("POST", "/realm/b"), "to where the button says"),
        ("action=/a", "formmethod=POST", ("POST", "/a"), "as the button says"),
        ("action=/a method=post", "formmethod=get", ("POST", "/a"), "but never a password into a URL"),
    ],
)
def test_a_button_may_say_where_its_form_goes(form, button, expected, gloss):
    (read,) = forms(f"<form {form}><button {button}>Go</button></form>")
    sent_by = read.sent_by(read.buttons[0])
    assert (sent_by.method, sent_by.url.removeprefix("https://login.example.test")) == expected, gloss


def test_a_charset_is_followed():
    (form,) = forms('<form><input name=a value="ä">'.encode("latin-1"), "text/html; charset=ISO-8859-1")
    assert form.fields[0].value == "ä"


def test_the_text_of_a_form_shows_names_and_path_and_no_value():
    (form,) = forms('<form method=post action="/login?tab=s3cret"><input name="a\n" value="s3cret"></form>')
    assert repr(form) == "POST /login: a?"
    assert "s3cret" not in repr(form.fields)
