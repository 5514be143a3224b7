"""Tells of each judged step by Locust's request event: all that the observing half hears of the driving half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authstorm.auth.outcome import Reply
from authstorm.drive.request_event import request_event
from authstorm.drive.run_clock import RunClock

if TYPE_CHECKING:
    from locust.env import Environment


class Steps:
    """Reports one visitor's steps."""

    __slots__ = ("_clock", "_scenario", "_tell")

    def __init__(self, environment: Environment, clock: RunClock, scenario: str) -> None:
        self._tell = request_event(environment).tell
        self._clock = clock
        self._scenario = scenario

    def report(  # noqa: PLR0913, PLR0917 - what an event needs; by position, for keywords cost
        self,
        step: str,
        reply: Reply[Any],
        method: str,
        url: str,
        due_s: float,
        stage: int,
        as_expected: bool,
        attempt: int = 1,
        evidence: dict[str, str] | None = None,
        account: int | None = None,
    ) -> float:
        """Tell of one step that was due at ``due_s``; gives the moment at which it was done.

        ``account`` is the number of the account that was refused, None for any other step.
        """
        outcome, code, answer, _, _ = reply
        clock = self._clock
        zero = clock.zero
        done_s = answer.done_at - zero
        # the plain text of the outcome: five times as fast as .value
        fields = (
            step, self._scenario, stage, outcome._value_, code, as_expected,
            due_s, (answer.sent_at or answer.began_at) - zero, done_s, len(answer.body), attempt,
        )  # fmt: skip
        self._tell(fields, answer, method, url, clock.epoch, evidence, account)
        return done_s
