"""Two visitors never hold one account, in one process or in many."""

from authstorm.drive.identities import Identities
from authstorm.plan.target import Accounts


def accounts(count, first=0):
    return Accounts.model_validate(
        {"pattern": "user{n:03d}", "count": count, "first": first, "password": {"env": "PASSWORD"}}
    )


def test_each_account_is_lent_to_one_visitor_at_a_time():
    people = Identities(accounts(3))
    assert {people.lend() for _ in range(3)} == {"user000", "user001", "user002"}
    assert people.lend() is None


def test_an_account_that_comes_back_is_lent_again_after_all_others():
    people = Identities(accounts(3))
    first = people.lend()
    people.give_back(first)
    assert [people.lend() for _ in range(3)] == ["user001", "user002", first]


def test_shares_have_no_account_in_common_and_together_all_of_them():
    names = [set(accounts(11, first=5).names(share, 3)) for share in range(3)]
    assert set.union(*names) == {f"user{n:03d}" for n in range(5, 16)}
    assert sum(map(len, names)) == 11
