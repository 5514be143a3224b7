"""Bodies are filled by structure: no account or token can leave the place that it is put into."""

import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authstorm.auth.json_template import form_template, header_template, json_template

NASTY = ['"', "\\", '","admin":true,"x":"', "{password}", "}", "\x00\n\r\t", "ü€😀", "a&b=c+d%20", "", "\u2028"]


def reference(value, filling):
    """What the filled body must read as: every word replaced inside its text, and nothing else touched."""
    if isinstance(value, str):
        return value.replace("{username}", filling)
    if isinstance(value, dict):
        return {key: reference(inner, filling) for key, inner in value.items()}
    return [reference(inner, filling) for inner in value] if isinstance(value, list) else value


TEMPLATES = [
    {"email": "{username}"},
    {"user": {"name": "{username}", "again": ["x", "{username}", 1, None, True, 1.5]}, "empty": {}, "none": []},
    "{username}",
    ["{username}{username}", "before {username} after"],
    {'odd "key"': "{username}", "literal": '{ "username" }', "query": "mutation { login }"},
    {},
]


@pytest.mark.parametrize("template", TEMPLATES, ids=json.dumps)
@pytest.mark.parametrize("filling", NASTY, ids=ascii)
def test_a_filled_body_is_the_same_json_with_the_text_in_its_place(template, filling):
    filled = json_template(template, {}).filled({"username": filling})
    assert json.loads(filled) == reference(template, filling)


@given(st.text())
def test_no_text_breaks_out_of_its_place(filling):
    filled = json_template({"a": "x{username}y", "b": 1}, {}).filled({"username": filling})
    assert json.loads(filled.encode("ascii")) == {"a": f"x{filling}y", "b": 1}


@pytest.mark.parametrize("filling", NASTY, ids=ascii)
def test_a_filled_form_has_the_fields_that_were_written(filling):
    filled = form_template({"user name": "{username}", "kind": "a b&c"}, {}).filled({"username": filling})
    assert parse_qsl(filled, keep_blank_values=True) == [("user name", filling), ("kind", "a b&c")]


def test_what_is_known_beforehand_is_filled_in_once_and_for_all():
    template = json_template({"key": "{api_key}", "user": "{username}"}, {"api_key": 'k"1'})
    assert template.words == ("username",)
    assert json.loads(template.filled({"username": "ann"})) == {"key": 'k"1', "user": "ann"}


def test_a_word_without_a_value_is_an_error_and_no_empty_text():
    with pytest.raises(KeyError, match="password"):
        header_template("{password}", {}).filled({"username": "ann"})
