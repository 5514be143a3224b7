"""Whether an abort rule is true by now: judged on the newest seconds that no worker can add to any more."""

from __future__ import annotations

from collections.abc import Sequence

from authstorm.plan.rule import Rule
from authstorm.plan.stages import stage_matches
from authstorm.watch.objective import Course, in_window, limit_of
from authstorm.watch.stretch import Stretch


def first_true(rules: Sequence[Rule], course: Course, settled_second: int) -> str:
    """The first rule that is true, as written; "" when none is.

    Only the seconds before ``settled_second`` are looked at. In each of the rule's last ``for`` seconds its condition
    must be true of the window that ends there; a window in which nothing can be told breaks the row.
    """
    return next((rule.line for rule in rules if _is_true(rule, course, settled_second)), "")


def _is_true(rule: Rule, course: Course, settled_second: int) -> bool:
    width_s, row_s = rule.over_s or 1, rule.for_s or 1
    windows = [Stretch(last - width_s + 1, last) for last in range(settled_second - row_s, settled_second)]
    ends = (windows[0].first, windows[-1].last)
    if ends[0] < 0 or not all(_applies(rule, course, second) for second in ends):
        return False
    limit = limit_of(rule, course).number
    if limit is None:
        return False
    values = (in_window(rule, course.tally, window).number for window in reversed(windows))  # the newest may say no
    return all(value is not None and rule.holds(value, limit) for value in values)


def _applies(rule: Rule, course: Course, second: int) -> bool:
    """Whether a second lies in the rule's stages; without any it is judged all through the run."""
    stages = course.schedule.stages
    name = stages[course.schedule.stage_at(second + 0.5)].name
    return second < course.schedule.duration_s and (
        not rule.stages or any(stage_matches(asked, name) for asked in rule.stages)
    )
