"""Steps are put into chapters by their names."""

import pytest

from authstorm.report.chapters import chapter_of


@pytest.mark.parametrize(
    ("step", "chapter"),
    [
        ("login", "login"),
        ("authorize", "login"),
        ("submit_password", "login"),
        ("token", "login"),
        ("refresh", "refresh"),
        ("refresh token", "refresh"),
        ("introspect", "validation"),
        ("userinfo", "validation"),
        ("revoke", "other"),
        ("logout", "other"),
        ("guess", "guesses"),
        ("guess: credentials", "guesses"),
    ],
)
def test_a_step_finds_its_chapter(step, chapter):
    assert chapter_of(step, {}) == chapter


def test_a_target_may_say_otherwise():
    assert chapter_of("token", {"token": "service clients"}) == "service clients"
