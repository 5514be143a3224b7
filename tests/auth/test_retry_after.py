from __future__ import annotations

import json
import time

import pytest

from authstorm.auth.retry_after import retry_after_s
from tests.auth.fakes import TODAY_S, FakeAnswer, client, json_answer

MADE = "Tue, 14 Nov 2023 22:15:00 GMT"
IN_TWO_MINUTES = "Tue, 14 Nov 2023 22:15:20 GMT"


@pytest.mark.parametrize(
    ("gloss", "headers", "body", "wait_s"),
    [
        ("seconds", {"retry-after": "17"}, {}, 17.0),
        ("blanks around", {"retry-after": " 17 "}, {}, 17.0),
        ("decimals, which the standard has not", {"retry-after": "0.5"}, {}, 0.5),
        ("nothing at all", {}, {}, None),
        ("the other name", {"x-retry-after": "10"}, {}, 10.0),
        ("both names: the standard's wins", {"retry-after": "3", "x-retry-after": "10"}, {}, 3.0),
        ("a date, by our clock", {"retry-after": IN_TWO_MINUTES}, {}, 120.0),
        ("a date, by the server's clock", {"retry-after": IN_TWO_MINUTES, "date": MADE}, {}, 20.0),
        ("a date beside a Date that is none", {"retry-after": IN_TWO_MINUTES, "date": "now"}, {}, 120.0),
        ("a date in the past", {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, {}, 0.0),
        ("a year of thirty digits", {"retry-after": f"Wed, 21 Oct {'9' * 30} 07:28:00 GMT"}, {}, None),
        ("next century", {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}, {}, 86_400.0),
        ("an absurd number", {"retry-after": "9" * 400}, {}, 86_400.0),
        ("a negative number", {"retry-after": "-5"}, {}, None),
        ("no number", {"retry-after": "soon"}, {}, None),
        ("an infinite number", {"retry-after": "inf"}, {}, None),
        ("milliseconds in the body", {}, {"retry_after_ms": 1500}, 1.5),
        ("seconds in the body", {}, {"retry_after": 4}, 4.0),
        ("a header before a body", {"retry-after": "9"}, {"retry_after": 4}, 9.0),
        ("true in the body", {}, {"retry_after": True}, None),
        ("a negative number in the body", {}, {"retry_after": -1}, None),
        ("a limit that begins anew, as Auth0 says it", {"x-ratelimit-reset": "1700000030"}, {}, 30.0),
        ("as Okta says it, by its clock", {"x-rate-limit-reset": "1700000120", "date": MADE}, {}, 20.0),
        ("in seconds", {"x-ratelimit-reset": "12"}, {}, 12.0),
        ("a limit in the past", {"x-ratelimit-reset": "1600000000"}, {}, 0.0),
        ("a limit of no number", {"x-ratelimit-reset": "-1"}, {}, None),
        ("a limit of a thousand digits", {"x-ratelimit-reset": "9" * 1000}, {}, None),
        ("a header and a limit: the header wins", {"retry-after": "3", "x-ratelimit-reset": "12"}, {}, 3.0),
        ("a word in the body", {}, {"retry_after": "soon"}, None),
    ],
)  # fmt: skip
def test_the_wait_is_read_in_any_of_its_spellings(gloss, headers, body, wait_s):
    answer = FakeAnswer(429, json.dumps(body).encode(), headers)
    assert retry_after_s(answer, lambda: TODAY_S) == wait_s, gloss


def test_a_date_without_a_zone_is_not_read_in_the_zone_of_this_machine(monkeypatch):
    """RFC 9110 5.6.7: all HTTP dates are in GMT, also in the old form that does not say so."""
    monkeypatch.setenv("TZ", "UTC-5")
    time.tzset()
    try:
        answer = FakeAnswer(429, b"", {"retry-after": "Tue Nov 14 22:15:20 2023"})
        assert retry_after_s(answer, lambda: TODAY_S) == 120.0
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(("status", "wait_s"), [(429, 7.0), (503, 7.0), (500, None), (403, None)])
def test_only_a_server_that_sheds_load_is_waited_for(status, wait_s):
    """Retry-After beside another status tells nothing that a visitor acts on."""
    assert client(json_answer({}, status, retry_after="7")).password("u", "p").retry_after_s == wait_s
