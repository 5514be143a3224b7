"""How many visitors the shape asks for, and when it ends the run."""

import locust.runners
from locust.runners import WorkerNode

import inspect
import logging
import re
from types import SimpleNamespace

import pytest

from authstorm.drive.shape import PlannedDispatcher, StormShape, expect_jumps
from authstorm.plan.visitors import Pool


def dispatcher(*workers, **counts):
    """A dispatcher that has dealt out so many visitors of each class to workers a, b ..."""
    kinds = [type(name, (), {"fixed_count": count, "weight": 1}) for name, count in counts.items()]
    nodes = [WorkerNode(name) for name in workers]
    made = PlannedDispatcher(nodes, kinds)
    made.new_dispatch(sum(counts.values()), 1000)
    return made, nodes, list(made)[-1]


def test_each_worker_gets_its_part_of_every_scenario():
    _, _, dealt = dispatcher("a", "b", "c", Login=7, Refresh=3)
    assert [dealt[name]["Refresh"] for name in "abc"] == [1, 1, 1]
    assert sorted(dealt[name]["Login"] for name in "abc") == [2, 2, 3]


def test_the_visitors_of_a_lost_worker_come_to_the_others_scenario_by_scenario():
    made, nodes, before = dispatcher("a", "b", "c", Login=30, Refresh=6)
    made.remove_worker(nodes[1])
    made.new_dispatch(36, 1000)
    after = list(made)[-1]
    assert after == {"a": {"Login": 15, "Refresh": 3}, "c": {"Login": 15, "Refresh": 3}}
    assert all(after[name][kind] >= before[name][kind] for name in "ac" for kind in ("Login", "Refresh"))


def test_a_worker_that_joins_gets_its_part():
    made, _, _ = dispatcher("a", "b", Login=30, Refresh=6)
    made.add_worker(WorkerNode("late"))
    made.new_dispatch(36, 1000)
    assert list(made)[-1]["late"] == {"Login": 10, "Refresh": 2}


def test_a_second_newcomer_gets_its_part_when_the_plan_asks_for_no_more_visitors():
    """Locust takes the first newcomer's dispatch for one that never ends, and asks for none for the next."""
    made, _, _ = dispatcher("a", "b", Login=2)
    shape = shape_at(0.2, last_tick=(2, 1))
    shape.runner._users_dispatcher = made
    for name in ("late", "later"):
        assert shape.tick() == (2, 1) == shape.runner.shape_last_tick, "nothing to do"
        made.add_worker(WorkerNode(name))
        total, rate = shape.tick()
        assert (total, rate) != shape.runner.shape_last_tick
        made.new_dispatch(total, rate)
        assert name in list(made)[-1]


def test_locust_never_deals_visitors_out_in_the_greenlet_that_listens_to_workers():
    made, _, _ = dispatcher("a", Login=2)
    assert made.dispatch_in_progress, "which is what its listener asks"


def shape_at(now_s, last_tick=(2, 2), search_over=False):
    plan = SimpleNamespace(
        schedule=SimpleNamespace(duration_s=4),
        pool=Pool(({"login": 2}, {"login": 5}, {"login": 7}, {"login": 9})),
        profile=SimpleNamespace(open=True),
    )
    craft = SimpleNamespace(clock=lambda: now_s, rehearsal=plan, search_over=lambda: search_over)
    login = SimpleNamespace(scenario="login", fixed_count=0)
    environment = SimpleNamespace(authstorm=craft, user_classes=[login])
    shape = StormShape()
    shape.runner = SimpleNamespace(environment=environment, user_count=2, shape_last_tick=last_tick)
    return shape


@pytest.mark.parametrize(
    ("now_s", "wanted"),
    [
        (-0.7, (2, 1)),  # workers begin a second after they were told
        (0.2, (2, 1)),
        (1.5, (5, 3)),
        (3.9, (9, 7)),
        (4.0, None),
        (9.0, None),
    ],
)
def test_it_asks_for_the_plans_visitors_of_the_second_and_ends_with_the_plan(now_s, wanted):
    assert shape_at(now_s).tick() == wanted


def test_a_search_that_is_over_ends_the_run():
    assert shape_at(1.5, search_over=True).tick() is None


@pytest.mark.parametrize("now_s", [1.5, 30.0])
def test_a_run_begins_at_its_beginning_however_long_the_process_has_waited_for_it(now_s):
    """Before the first tick has started it, the clock tells of the process's start, or of the run before this one."""
    assert shape_at(now_s, last_tick=None, search_over=True).tick() == (2, 1)


def test_locust_does_not_ask_whether_so_many_visitors_are_needed_at_once(caplog):
    """Its words are in its source, so that another version is noticed that has others."""
    asked = re.findall(r'"(Your selected spawn rate[^"]+)"', inspect.getsource(locust.runners))
    assert len(asked) == 2
    logger = logging.getLogger("locust.runners")
    expect_jumps()
    expect_jumps()
    for text in (*asked, "another warning"):
        logger.warning(text)
    assert [record.getMessage() for record in caplog.records] == ["another warning"]
