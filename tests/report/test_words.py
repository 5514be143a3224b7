"""Numbers in words."""

import pytest

from authstorm.report import words
from authstorm.watch.exits import Exit


@pytest.mark.parametrize(
    ("tell", "value", "text"),
    [
        (words.milliseconds, None, words.UNKNOWN),
        (words.milliseconds, 0.04, "0.0 ms"),
        (words.milliseconds, 8.44, "8.4 ms"),
        (words.milliseconds, 340.4, "340 ms"),
        (words.milliseconds, 999.4, "999 ms"),
        (words.milliseconds, 999.7, "1.00 s"),
        (words.milliseconds, 1240.0, "1.24 s"),
        (words.milliseconds, 30_000.0, "30.0 s"),
        (words.seconds, 2.5, "2.5 s"),
        (words.seconds, 67.0, "67 s"),
        (words.seconds, 119.96, "2 min"),
        (words.seconds, 750.0, "12 min 30 s"),
        (words.seconds, 3600.0, "60 min"),
        (words.percent, 0.0, "0%"),
        (words.percent, 0.00001, "0.01%"),
        (words.percent, 0.025, "2.5%"),
        (words.percent, 0.99999, "99.99%"),
        (words.percent, 1.0, "100%"),
        (words.percent, 1.7, "170.0%"),
        (words.whole, 1234567, "1,234,567"),
        (words.per_second, 20.0, "20/s"),
        (words.per_second, 7.55, "7.5/s"),
        (words.listed, ["a"], "a"),
        (words.listed, ["a", "b", "c"], "a, b and c"),
    ],
)
def test_numbers_are_told_as_people_say_them(tell, value, text):
    assert tell(value) == text


def test_every_exit_code_has_a_meaning():
    assert set(words.EXIT_MEANINGS) == {int(code) for code in Exit}
