"""How many visitors the shape asks for, and when it ends the run."""

from types import SimpleNamespace

import pytest

from authstorm.drive.shape import StormShape
from authstorm.plan.visitors import Pool


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
