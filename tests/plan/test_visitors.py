"""The pool of visitors: as large as rates and visits ask for, there before it is needed, and grown without a burst."""

from itertools import pairwise

import pytest

from authstorm.plan.compile import compile_profile
from authstorm.plan.profile import Profile
from authstorm.plan.visitors import GROWTH_S, READY_S, plan_pool

JUMP = [{"calm": {"for": "60s"}}, {"spike": {"peak": "10x", "hold": "10s"}}, {"after": {"for": "10s"}}]


def pool(stages, *, visit_s=3.0, accounts=None, **changes):
    profile = {"name": "p", "mix": {"validate": 1}, "stages": stages} | changes
    if "users" not in profile:
        profile.setdefault("arrivals", "20/s")
    return plan_pool(compile_profile(Profile.model_validate(profile)), visit_s, accounts)


def each_second(stages, **changes):
    return [users["validate"] for users in pool(stages, **changes).each_second]


@pytest.mark.parametrize(
    ("gloss", "stages", "changes", "peak"),
    [
        ("rate times visit", [{"a": {"for": "9s"}}], {}, {"validate": 60}),
        ("the highest rate counts", JUMP, {}, {"validate": 600}),
        ("one at the least", [{"a": {"for": "9s"}}], {"arrivals": "1/h"}, {"validate": 1}),
        ("a part of a visitor is one", [{"a": {"for": "9s"}}], {"arrivals": "0.5/s"}, {"validate": 2}),
        ("a peak inside a second", [{"a": {"for": "1s", "from": "0/s", "to": "9/s"}}], {}, {"validate": 27}),
        ("by share", [{"a": {"for": "9s"}}], {"mix": {"login": 3, "validate": 1}}, {"login": 45, "validate": 15}),
        ("background is extra", [{"a": {"for": "9s"}}], {"background": {"login": "2/s"}}, {"login": 6, "validate": 60}),
        ("within the accounts", JUMP, {"accounts": 200}, {"validate": 200}),
        ("closed: the users", [{"a": {"for": "9s"}}, {"b": {"for": "1s", "at": 7}}], {"users": 5}, {"validate": 7}),
    ],
)
def test_how_many_there_are_at_most(gloss, stages, changes, peak):
    assert pool(stages, **changes).peak == peak, gloss


def test_visitors_are_there_before_the_jump_that_needs_them():
    there = each_second(JUMP)
    assert there[60 - READY_S] == 600
    assert there[0] == 60


def test_they_come_evenly_so_that_their_sign_ins_are_no_storm():
    there = each_second(JUMP)
    grown = [later - sooner for sooner, later in pairwise(there)]
    assert max(grown) <= 600 / GROWTH_S
    assert sum(grown) == 540


def test_where_the_jump_comes_soon_they_take_all_the_time_there_is():
    there = each_second([{"calm": {"for": "12s"}}, *JUMP[1:]])
    assert there[12 - READY_S] == 600
    assert max(later - sooner for sooner, later in pairwise(there)) <= 600 / (12 - READY_S)


@pytest.mark.parametrize(
    "stages",
    [
        JUMP,
        [{"twice": {"times": 2, "stages": JUMP}}],
        [{"wave": {"mean": "30/s", "swing": "20/s", "period": "7s", "for": "1m"}}],
    ],
)
def test_the_pool_of_an_open_profile_never_shrinks(stages):
    there = each_second(stages)
    assert there == sorted(there)
