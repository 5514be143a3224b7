"""What a client does after an answer that failed, as a table: the wait before each further try."""

import pytest
from pydantic import TypeAdapter, ValidationError

from authstorm.plan.retries import AnyRetries

READ = TypeAdapter(AnyRetries)


def waits(given, asked_s=None, draw=1.0, tries=6):
    retries = READ.validate_python(given)
    return [retries.wait_s(tried, asked_s, draw) for tried in range(1, tries)]


@pytest.mark.parametrize(
    ("given", "asked_s", "draw", "expected"),
    [
        ("none", None, 1.0, [None] * 5),
        ("immediate", None, 1.0, [0, 0, None, None, None]),
        ("immediate", 2.0, 1.0, [2, 2, None, None, None]),
        ("back-off", None, 1.0, [0.2, 0.4, None, None, None]),
        ("back-off", None, 0.5, [0.1, 0.2, None, None, None]),
        ("back-off", None, 0.0, [0, 0, None, None, None]),
        ("back-off", 3.0, 0.5, [3.1, 3.2, None, None, None]),
        ({"how": "back-off", "tries": 6, "first": "1s", "longest": "5s"}, None, 1.0, [1, 2, 4, 5, 5]),
        ({"how": "back-off", "tries": 3, "honour-retry-after": False}, 30.0, 1.0, [0.2, 0.4, None, None, None]),
        ({"how": "immediate", "tries": 2, "honour-retry-after": False}, 30.0, 1.0, [0, None, None, None, None]),
    ],
)
def test_the_wait_before_each_try(given, asked_s, draw, expected):
    assert [None if wait is None else round(wait, 6) for wait in waits(given, asked_s, draw)] == expected


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ("eager", "how"),
        ({"tries": 1}, "tries"),
        ({"first": "2s", "longest": "1s"}, "below first"),
        ({"pause": "1s"}, "pause"),
        ({"how": "none", "tries": 5}, "tries: has no effect with how: none"),
        ({"how": "immediate", "first": "1s", "longest": "2s"}, "first and longest: has no effect with how: immediate"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, wrong):
    with pytest.raises(ValidationError, match=wrong):
        READ.validate_python(given)
