"""Fires Locust's request event for each judged step: all that the observing half hears of the driving half."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from authstorm.auth.outcome import Outcome, Reply
from authstorm.drive.run_clock import RunClock

if TYPE_CHECKING:
    from locust.env import Environment


class StepError(Exception):
    """What Locust's statistics show for a step that did not end as it should: outcome and code, never more."""

    def __init__(self, outcome: str, code: str) -> None:
        super().__init__(f"{outcome}: {code}")


class Steps:
    """Reports one visitor's steps; ``docs/events.md`` describes the context."""

    __slots__ = ("_clock", "_fire", "_scenario")

    def __init__(self, environment: Environment, clock: RunClock, scenario: str) -> None:
        self._fire: Callable[..., Any] = environment.events.request.fire
        self._clock = clock
        self._scenario = scenario

    def report(  # noqa: PLR0913 - what an event needs, each by name
        self,
        step: str,
        reply: Reply[Any],
        *,
        method: str,
        url: str,
        due_s: float,
        stage: int,
        expected: Outcome,
        attempt: int = 1,
        evidence: dict[str, str] | None = None,
        account: int | None = None,
    ) -> float:
        """Fire the event of one step that was due at ``due_s``; gives the moment at which it was done.

        ``account`` is the number of the account that was refused, None for any other step.
        """
        answer, zero = reply.answer, self._clock.zero
        sent_at = answer.sent_at or answer.began_at
        done_s = answer.done_at - zero
        as_expected = reply.outcome is expected
        connecting_s, waiting_s = answer.connected_at - answer.began_at, answer.first_byte_at - sent_at
        context: dict[str, Any] = {
            "outcome": reply.outcome._value_,  # the plain text: five times as fast as .value
            "code": reply.code,
            "expected": as_expected,
            "scenario": self._scenario,
            "stage": stage,
            "planned_s": due_s,
            "sent_s": sent_at - zero,
            "done_s": done_s,
            "connect_ms": connecting_s * 1000 if connecting_s > 0 else 0.0,
            "first_ms": waiting_s * 1000 if waiting_s > 0 else 0.0,
            "clock": answer.clock,
            "attempt": attempt,
        }
        if evidence is not None:
            context["evidence"] = evidence
        if account is not None:
            context["account"] = account
        self._fire(
            request_type=method,
            name=step,
            response_time=(answer.done_at - sent_at) * 1000,
            response_length=len(answer.body),
            response=None,
            context=context,
            exception=None if as_expected else StepError(reply.outcome, reply.code),
            start_time=self._clock.epoch + sent_at - zero,
            url=url,
        )
        return done_s
