"""Exit codes: which one wins."""

from __future__ import annotations

from itertools import combinations

import pytest

from authstorm.watch.exits import PRECEDENCE, Exit, exit_code, exit_codes, with_failure

ORDER = (2, 6, 8, 4, 1, 130, 5, 3, 7)
"""As documented: written out here, so that the table in the code cannot drift."""


@pytest.mark.parametrize(("winner", "loser"), list(combinations(ORDER, 2)), ids=str)
def test_of_two_exit_codes_the_one_that_stands_first_wins(winner, loser):
    assert exit_code([Exit(loser), Exit(winner)]) == winner
    assert exit_codes({Exit(loser), Exit(winner)}) == (winner, loser)


def test_nothing_against_a_run_is_a_pass():
    assert exit_codes([]) == (0,)
    assert exit_code([]) == 0


def test_every_exit_code_but_a_pass_has_its_place():
    assert set(PRECEDENCE) == set(Exit) - {Exit.PASSED}
    assert exit_codes(Exit) == ORDER


def test_a_reason_that_comes_twice_is_named_once():
    assert exit_codes([Exit.OBJECTIVE, Exit.OBJECTIVE]) == (3,)


@pytest.mark.parametrize(
    ("found", "told"), [((0,), (1,)), ((3, 7), (1, 3, 7)), ((8,), (8, 1))], ids=["a pass", "missed", "wrong answers"]
)
def test_what_fails_after_the_verdict_stands_among_its_codes_and_is_no_pass(found, told):
    assert with_failure(found) == told
