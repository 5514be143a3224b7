"""Refused accounts are counted in a bounded space, never too high, and the same from one process or from many."""

from collections import Counter
from random import Random

from authstorm.watch.refusals import MOST, MostRefused, Refusals


def counted(*accounts):
    most = MostRefused()
    for account in accounts:
        most.add(("guess", account))
    return {account: count for (_, account), count in most.at_least().items()}


def test_as_long_as_there_is_room_every_count_is_exact():
    accounts = [number % MOST for number in range(3 * MOST + 5)]
    assert counted(*accounts) == Counter(accounts)


def test_among_any_number_of_accounts_the_space_stays_the_same():
    assert len(counted(*range(100 * MOST))) == MOST


def test_no_count_is_ever_too_high_and_who_is_refused_often_is_found():
    draw = Random(3)
    accounts = [7 if draw.random() < 0.2 else draw.randrange(100, 3000) for _ in range(5000)]
    told, really = counted(*accounts), Counter(accounts)
    assert all(count <= really[account] for account, count in told.items())
    assert told[7] >= really[7] - len(accounts) / MOST
    assert max(told, key=told.get) == 7


def test_the_steps_of_an_account_are_counted_apart():
    most = MostRefused()
    for step in ("guess", "login", "guess"):
        most.add((step, 5))
    assert most.at_least() == {("guess", 5): 2, ("login", 5): 1}


def test_seconds_are_closed_once_each_and_in_order_of_time():
    refusals, told = Refusals(), []
    refusals.watcher = lambda second, refused: told.append((second, dict(refused)))
    for done_s in (2.9, 1.2, 1.8, 3.0, -0.1):
        refusals.add(done_s, "guess", 4)
    assert refusals.closed(3) == [[0, [["guess", 4, 1]]], [1, [["guess", 4, 2]]], [2, [["guess", 4, 1]]]]
    assert refusals.closed() == [[3, [["guess", 4, 1]]]]
    assert told == [(0, {("guess", 4): 1}), (1, {("guess", 4): 2}), (2, {("guess", 4): 1}), (3, {("guess", 4): 1})]


def test_what_workers_closed_is_told_to_whoever_watches_the_master(worker, master):
    told = []
    master.recorder.tally.refusals.watcher = lambda second, refused: told.append((second, dict(refused)))
    for name, index in (("a", 0), ("b", 1)):
        node = worker(index)
        node.request(0.5, outcome="refused", account=17)
        node.request(0.6, outcome="good")
        node.now_s = 2.0
        master.take(name, node.report())
    assert told == [(0, {("login", 17): 1})] * 2
