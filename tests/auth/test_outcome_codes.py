from __future__ import annotations

from pathlib import Path

import pytest

from authstorm.auth.codes import CODES, JWT_FAULTS, OAUTH_ERRORS
from authstorm.auth.outcome import Outcome, Reply
from authstorm.auth.session import TRANSPORT_FAILURES
from tests.auth.fakes import FakeAnswer

PAGE = Path(__file__).parents[2] / "docs" / "outcomes.md"


def documented() -> list[list[str]]:
    """Rows of every table with five columns: code, outcome, meaning, cause, cure."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text().splitlines()]
    return [row for row in rows if len(row) == 5 and row[0].startswith("`")]


def test_the_page_and_the_code_know_the_same_codes_with_the_same_outcomes():
    """Both ways, each code once."""
    rows = documented()
    assert {row[0].strip("`"): row[1] for row in rows} == {code: str(outcome) for code, outcome in CODES.items()}
    assert len(rows) == len(CODES)


def test_every_row_of_the_page_but_that_of_ok_is_filled_in():
    """A reader who looks a code up finds meaning, cause and cure."""
    assert [row[0] for row in documented() if not all(row)] == ["`ok`"]


def test_every_code_that_can_be_looked_up_is_in_the_closed_set():
    """The server's own words and the transport's map into the set."""
    assert set(OAUTH_ERRORS.values()) | TRANSPORT_FAILURES | JWT_FAULTS <= CODES.keys()


@pytest.mark.parametrize(("outcome", "good"), [(o, o is Outcome.GOOD) for o in Outcome])
def test_a_reply_is_good_only_by_its_outcome(outcome, good):
    assert Reply(outcome, "ok", FakeAnswer()).good is good
