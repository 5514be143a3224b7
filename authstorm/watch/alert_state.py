"""One rule's state: inactive, pending, firing, and back; each second takes it one step further."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from authstorm.plan.alert_rules import AnyRule
from authstorm.watch.alert_readings import Reading


class Phase(StrEnum):
    """Where a rule stands."""

    INACTIVE = "inactive"
    PENDING = "pending"  # bad, but not for long enough
    FIRING = "firing"


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule after a second; seconds are whole ones since the run's start.

    ``since`` is the first second from which the reading was bad, ``bad_since`` the first bad second that led to it (the
    two differ where a window had to fill). ``well_since`` is the first of the seconds that were well in a row while it
    fires. ``quiet_until`` ends the cool-down, ``not_before`` is where windows begin: behind what another alert
    explained.
    """

    phase: Phase = Phase.INACTIVE
    since: int = 0
    bad_since: int = 0
    well_since: int | None = None
    quiet_until: int = 0
    not_before: int = 0


def after(rule: AnyRule, state: RuleState, reading: Reading, second: int, first_bad: Callable[[], int]) -> RuleState:
    """The state after a second was judged; ``first_bad`` finds the first bad second, asked when a bad time begins."""
    if state.phase is Phase.FIRING:
        return _while_firing(rule, state, reading, second)
    if not reading.bad:
        return replace(state, phase=Phase.INACTIVE)
    if state.phase is Phase.INACTIVE:
        state = replace(state, phase=Phase.PENDING, since=second, bad_since=first_bad())
    held_s = second - state.since + 1
    if held_s >= rule.for_s and second >= state.quiet_until:
        return replace(state, phase=Phase.FIRING, well_since=None)
    return state


def silenced(state: RuleState, second: int) -> RuleState:
    """The state while another alert explains what this rule would see: what fires already goes on, nothing begins.

    From the next second on its windows begin anew, so that it does not tell afterwards what was explained.
    """
    phase = state.phase if state.phase is Phase.FIRING else Phase.INACTIVE
    return replace(state, phase=phase, not_before=second + 1)


def _while_firing(rule: AnyRule, state: RuleState, reading: Reading, second: int) -> RuleState:
    if not reading.well(rule.hysteresis):
        return replace(state, well_since=None)
    well_since = second if state.well_since is None else state.well_since
    if second - well_since + 1 >= rule.keep_s:
        quiet_until = second + 1 + int(rule.cool_down_s)
        return replace(state, phase=Phase.INACTIVE, well_since=None, quiet_until=quiet_until)
    return replace(state, well_since=well_since)
