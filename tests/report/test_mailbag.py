"""A receiver's queue, moment by moment: pace, retries, giving up, telling again. No clock runs here."""

from math import inf

import pytest

from authstorm.report.senders.failure import NotTakenError
from authstorm.report.senders.mailbag import Mailbag, Pace
from tests.receivers.notices import notice

BUSY = NotTakenError("status-503", "busy", again=True)
NO = NotTakenError("status-401", "no", again=False)


def bag_of(*states, now_s=0.0, **pace):
    bag = Mailbag(Pace(**{"most": 3, "every_s": 1.0, "resend_s": None, "give_up_s": 60.0} | pace))
    for number, state in enumerate(states):
        bag.put(notice(number, state, rule=f"rule-{number}"), now_s)
    return bag


def numbers(waiting):
    return [getattr(each, "notice", each).number for each in waiting]


def test_messages_keep_their_distance_and_hold_no_more_than_one_takes():
    bag = bag_of(*["firing"] * 5)
    assert numbers(first := bag.due(0.0)) == [0, 1, 2]
    assert numbers(bag.taken(first, 0.4)) == [0, 1, 2]
    assert bag.due(1.3) == []
    assert bag.wakes_s() == 1.4
    assert numbers(bag.due(1.4)) == [3, 4]


def test_a_try_that_failed_is_made_again_later_and_later():
    bag = bag_of("firing")
    waits = []
    now_s = 0.0
    for _ in range(7):
        assert bag.failed(bag.due(now_s), BUSY, now_s, draw=1.0) == []
        waits.append(bag.wakes_s() - now_s)
        now_s = bag.wakes_s()
    assert waits == [1, 2, 4, 8, 15, 15, 15]


def test_the_wait_is_drawn_by_chance_but_never_below_the_pace():
    bag = bag_of("firing", every_s=0.5)
    bag.failed(bag.due(0.0), BUSY, 0.0, draw=0.75)
    assert bag.wakes_s() == 0.75
    bag.failed(bag.due(0.75), BUSY, 0.75, draw=0.0)
    assert bag.wakes_s() == 1.25


def test_what_the_receiver_asks_for_is_waited_for_and_what_cannot_be_in_time_is_given_up_at_once():
    asked = NotTakenError("status-429", "slow down", again=True, after_s=30.0)
    bag = bag_of("firing")
    bag.failed(bag.due(0.0), asked, 0.0, draw=0.0)
    bag.put(notice(9, rule="later"), 1.0)
    assert bag.due(29.9) == []
    assert numbers(bag.due(30.0)) == [0, 9]
    an_hour = NotTakenError("status-429", "slow down", again=True, after_s=3600.0)
    bag.failed(bag.due(30.0), an_hour, 30.0, draw=0.0)
    over = bag.overdue(30.0)
    assert numbers(over) == [0, 9]
    assert {each.why for each in over} == {"status-429: slow down"}
    bag.put(notice(10, rule="much later"), 31.0)
    assert numbers(bag.overdue(31.0)) == [10]  # it asked to be left alone
    bag.put(notice(11, rule="an hour later"), 3640.0)
    assert numbers(bag.due(3640.0)) == [11]


def test_a_refusal_is_not_tried_again():
    bag = bag_of("firing", "firing")
    (first, second) = bag.failed(bag.due(0.0), NO, 0.0, draw=0.5)
    assert (first.tries, second.why) == (1, "status-401: no")
    assert bag.due(99.0) == []


def test_after_so_many_tries_it_is_given_up():
    bag = bag_of("firing", most_tries=2)
    assert bag.failed(bag.due(0.0), BUSY, 0.0, draw=0.0) == []
    assert numbers(bag.failed(bag.due(1.0), BUSY, 1.0, draw=0.0)) == [0]


@pytest.mark.parametrize(("now_s", "expected"), [(59.9, []), (60.0, [0])])
def test_after_its_time_it_is_given_up(now_s, expected):
    assert numbers(bag_of("firing").overdue(now_s)) == expected


def test_the_last_call_ends_all_waiting():
    bag = bag_of("firing")
    assert not bag.is_done
    bag.close(10.0)
    assert bag.overdue(9.9) == []
    assert bag.wakes_s() == -inf  # it may be sent now
    assert [each.why for each in bag.overdue(10.0)] == ["its turn did not come in time"]
    assert bag.is_done


def test_what_fires_is_told_again_until_it_resolves():
    bag = bag_of("firing", "firing", resend_s=15.0)
    bag.taken(bag.due(0.0), 0.0)
    assert bag.due(14.9) == []
    assert numbers(again := bag.due(15.0)) == [0, 1]
    assert bag.taken(again, 15.0) == []  # nothing new became known
    bag.put(notice(2, "resolved", rule="rule-0"), 20.0)
    bag.taken(bag.due(20.0), 20.0)
    assert numbers(bag.due(35.0)) == [1]
    bag.close(40.0)
    assert bag.due(60.0) == []


def test_a_telling_again_that_fails_is_made_up_for():
    bag = bag_of("firing", resend_s=15.0)
    bag.taken(bag.due(0.0), 0.0)
    assert bag.failed(bag.due(15.0), BUSY, 15.0, draw=1.0) == []
    assert bag.due(15.5) == []
    assert numbers(bag.due(16.0)) == [0]


def test_what_else_is_told_does_not_put_off_the_telling_again():
    """A rule that flaps would keep another alert from being told again until it ends by itself at the receiver."""
    bag = bag_of("firing", resend_s=15.0)
    bag.taken(bag.due(0.0), 0.0)
    bag.put(notice(1, rule="flaps"), 14.0)
    bag.taken(bag.due(14.0), 14.0)
    assert numbers(bag.due(15.0)) == [0, 1]
    bag.taken(bag.due(15.0), 15.0)
    assert bag.wakes_s() == 30.0


@pytest.mark.parametrize("failure", [NO, None], ids=["refused", "not in time"])
def test_what_resolved_is_not_told_again_as_firing_though_nobody_took_that_it_resolved(failure):
    bag = bag_of("firing", resend_s=15.0)
    bag.taken(bag.due(0.0), 0.0)
    bag.put(notice(1, "resolved", rule="rule-0"), 5.0)
    over = bag.overdue(65.0) if failure is None else bag.failed(bag.due(5.0), failure, 5.0, draw=0.5)
    assert numbers(over) == [1]
    assert bag.due(99.0) == []
    assert bag.wakes_s() == inf


def test_who_comes_back_hears_of_what_fires_still_though_it_was_given_up():
    bag = bag_of("firing", resend_s=15.0)
    bag.failed(bag.due(0.0), BUSY, 0.0, draw=1.0)
    assert numbers(bag.overdue(60.0)) == [0]
    assert bag.due(74.9) == []
    assert numbers(bag.due(75.0)) == [0]
    bag.put(notice(1, "resolved", rule="rule-0"), 76.0)
    bag.taken(bag.due(76.0), 76.0)
    assert bag.due(99.0) == []


def test_what_a_receiver_will_never_take_is_not_told_again():
    bag = bag_of("firing", resend_s=15.0)
    bag.failed(bag.due(0.0), NO, 0.0, draw=0.5)
    assert bag.due(99.0) == []
