"""Two visitors never hold one account, in one process or in many, unless the target declares that they may."""

import pytest

from authstorm.drive.identities import Identities, identities_of
from authstorm.plan.account_file import Roll, read_accounts
from authstorm.plan.accounts import Accounts
from authstorm.plan.secrets import Secret
from tests.plan.test_targets import GIVEN, target


def accounts(count, first=0):
    return Accounts(pattern="user{n:03d}", count=count, first=first, password={"env": "PASSWORD"})


def people(count, **options):
    return Identities(read_accounts(accounts(count)), "all-the-same", **options)


def names(identities, count):
    return [None if lent is None else lent.name for lent in (identities.lend() for _ in range(count))]


def test_each_visitor_gets_an_account_of_its_own_until_none_is_left():
    lender = people(3)
    assert names(lender, 4) == ["user000", "user001", "user002", None]
    assert (lender.lent, lender.refused, lender.shared) == (3, 1, 0)


def test_an_account_that_comes_back_goes_to_the_end_of_the_line():
    lender = people(3)
    first = lender.lend()
    lender.give_back(first)
    assert names(lender, 3) == ["user001", "user002", first.name]


def test_what_a_visitor_without_an_account_gives_back_is_its_place_among_those_who_stay_away():
    lender = people(1)
    _, nobody = lender.lend(), lender.lend()
    lender.give_back(nobody)
    assert (lender.lent, lender.refused) == (1, 0)


def test_what_was_not_lent_is_not_taken_back():
    lender, other = people(1), people(2)
    other.lend()
    stranger = other.lend()
    with pytest.raises(KeyError, match="user001"):
        lender.give_back(stranger)


def test_recycled_accounts_are_shared_evenly_and_free_again_when_the_last_visitor_leaves():
    lender = people(2, recycle=True)
    lent = [lender.lend() for _ in range(5)]
    assert [identity.name for identity in lent] == ["user000", "user001", "user000", "user001", "user000"]
    assert (lender.lent, lender.shared, lender.refused) == (2, 3, 0)
    for identity in lent:
        lender.give_back(identity)
    assert (lender.lent, lender.shared) == (0, 0)
    assert sorted(names(lender, 2)) == ["user000", "user001"]


def test_a_share_without_accounts_has_nobody_to_recycle():
    lender = Identities(recycle=True)
    assert (lender.lend(), lender.refused) == (None, 1)


def test_an_account_with_a_password_of_its_own_goes_by_it():
    lender = Identities(Roll(["ann", "bob"], {"bob": Secret("bobs own")}), "all-the-same")
    assert [lender.lend().password for _ in range(2)] == ["all-the-same", "bobs own"]
    assert [secret.reveal() for secret in lender.own_passwords] == ["bobs own"]


@pytest.mark.parametrize("shares", [1, 2, 3, 7])
def test_no_two_workers_have_an_account_in_common(shares):
    parts = [accounts(20, first=5).names(share, shares) for share in range(shares)]
    everyone = [name for part in parts for name in part]
    assert sorted(everyone) == [f"user{n:03d}" for n in range(5, 25)]
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize(("policy", "second"), [("stop", None), ("fail", None), ("recycle", "user0")])
def test_the_target_declares_what_happens_when_accounts_run_out(policy, second):
    declared = target(accounts=GIVEN["accounts"] | {"count": 1, "when-exhausted": policy})
    lender = identities_of(declared, {"PASSWORD": Secret("pw")})
    assert names(lender, 2) == ["user0", second]
