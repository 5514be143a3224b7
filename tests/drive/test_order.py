"""Orders: shares that cover the plan whoever is there, leases, and accounts that nobody has twice."""

import pytest

from authstorm.drive.order import LEAD_S, LEASE_S, Accounting, Order, Roster

EPOCH = 1_700_000_000.5


def roster(*workers, accounts=300, **visitors):
    made = Roster(EPOCH, "hash", 7, accounts, visitors or {"login": 60})
    for worker in workers:
        made.join(worker)
    return made


def test_everybody_gets_a_share_of_its_own_of_one_plan():
    orders = roster("a", "b", "c").orders(1, -1.0, 0.0)
    assert [(order.share, order.shares) for order in orders.values()] == [(0, 3), (1, 3), (2, 3)]
    assert {(order.epoch, order.plan, order.seed, order.from_s) for order in orders.values()} == {
        (EPOCH, "hash", 7, -1.0)
    }


def test_those_who_are_left_share_everything_and_whoever_went_is_free_of_it_when_its_lease_ends():
    crew = roster("a", "b", "c")
    crew.orders(1, -1.0, 0.0)
    crew.extend("b", 10.0)
    assert crew.lose("b") is None
    assert crew.next_s(11.5) == 10.0 + LEASE_S
    assert crew.next_s(12.5) == 12.5 + LEAD_S
    assert {name: (o.share, o.shares) for name, o in crew.orders(2, 13.0, 12.5).items()} == {"a": (0, 2), "c": (1, 2)}


def test_a_lease_is_never_shortened_and_strangers_have_none():
    crew = roster("a")
    assert crew.extend("a", 10.0) == 13.0
    assert crew.extend("a", 9.0) == 13.0
    assert crew.extend("stranger", 9.0) is None
    assert crew.lose("stranger") is None
    assert crew.next_s(0.0) == LEAD_S


def test_an_order_makes_no_lease_longer_so_that_two_who_are_lost_at_once_are_free_at_once():
    crew = roster("a", "b", "c")
    assert {order.until_s for order in crew.orders(1, -1.0, 0.0).values()} == {LEASE_S}
    for worker in ("a", "b", "c"):
        crew.extend(worker, 10.0)
    crew.lose("b")
    assert {order.until_s for order in crew.orders(2, 13.0, 12.0).values()} == {10.0 + LEASE_S}
    assert crew.lose("c") is None
    assert crew.next_s(12.0) == 10.0 + LEASE_S


def test_who_leaves_in_order_holds_nobody_up():
    crew = roster("a", "b")
    crew.orders(1, -1.0, 0.0)
    crew.extend("b", 10.0)
    crew.leave("b")
    assert crew.workers == ("a",)
    assert crew.next_s(10.5) == 10.5 + LEAD_S


def test_no_other_change_applies_before_the_lease_of_a_lost_one_is_over():
    crew = roster("a", "b", "c")
    crew.orders(1, -1.0, 0.0)
    crew.extend("b", 10.0)
    crew.lose("b")
    crew.leave("c")
    assert crew.next_s(10.1) == 10.0 + LEASE_S


@pytest.mark.parametrize(
    ("heard_s", "took", "twice", "gloss"),
    [
        (None, None, (9.0, 10.5), "silent since before the order: it goes on with its old share"),
        (8.1, None, (9.0, 11.1), "a sign of life that was on its way when the order was sent"),
        (8.1, 1, (9.0, 11.1), "the order before is not this one"),
        (8.1, 2, None, "it said that it had the order"),
    ],
)
def test_who_is_lost_and_never_said_that_it_has_an_order_may_have_made_what_others_made_by_it(
    heard_s, took, twice, gloss
):
    crew = roster("a", "b")
    crew.orders(1, -1.0, 0.0)
    crew.extend("b", 7.5)
    crew.join("late")
    crew.orders(2, crew.next_s(8.0), 8.0)
    if heard_s is not None:
        crew.extend("b", heard_s)
    if took is not None:
        crew.took("b", took)
    assert crew.lose("b") == twice, gloss
    assert crew.lose("late") is None, "its first order changed nothing for it"


def test_nobody_ever_has_an_account_that_another_had():
    crew = roster("a", "b", "c", accounts=300, login=60)
    given = [slot for order in crew.orders(1, 0, 0).values() for slot in order.slots]
    crew.leave("b")
    given += [slot for order in crew.orders(2, 5, 5).values() for slot in order.slots]
    crew.join("late")
    given += [slot for order in crew.orders(3, 9, 9).values() for slot in order.slots]
    assert len(given) == len(set(given))
    assert crew.lacking() == 0


@pytest.mark.parametrize(
    ("accounts", "workers", "each", "gloss"),
    [
        (300, 3, [25, 25, 25], "enough for all: a quarter more than visitors, the rest waits"),
        (60, 3, [20, 20, 20], "just enough: all are dealt out, evenly"),
        (61, 3, [21, 20, 20], "one over"),
        (2, 3, [1, 1, 0], "fewer accounts than workers"),
    ],
)
def test_accounts_at_first(accounts, workers, each, gloss):
    accounting = Accounting(accounts, workers)
    dealt = [len(accounting.deal(f"w{n}", 20)) * max(1, accounts // accounting.all_slots) for n in range(workers)]
    assert dealt == each, gloss


def test_who_takes_over_without_spare_accounts_lacks_some_and_says_how_many():
    crew = roster("a", "b", accounts=60, login=60)
    crew.orders(1, 0, 0)
    crew.leave("b")
    crew.orders(2, 5, 5)
    assert crew.lacking() == 30


def test_an_order_comes_out_of_the_wire_as_it_went_in():
    order = roster("a").orders(3, 1.5, 0.25)["a"]
    assert Order.from_wire({**order.to_wire(), "slots": list(order.slots)}) == order
