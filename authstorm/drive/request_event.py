"""Tells of steps by Locust's request event, with a short way for those listeners that take a step of ours as it is.

Spelling a step out in Locust's keywords takes longer than all that the two usual listeners do with it. So they are told
by position, and the keywords are made for whoever else listens: in other people's eyes it is Locust's own event.
"""

from __future__ import annotations

import locust.log
from locust.event import EventHook
from locust.exception import InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from authstorm.auth.session import Answer

if TYPE_CHECKING:
    from locust.env import Environment

Fields: TypeAlias = tuple[str, str, int, str, str, bool, float, float, float, int, int]
"""Step, scenario, stage, outcome, code, whether it ended as it should; when it was due, sent and done in seconds since
the run's start; bytes of the body; which attempt it was."""
Hear: TypeAlias = Callable[[Fields, Mapping[str, str] | None, int | None], None]
"""The short way: the fields, the evidence of a wrong answer, and the number of an account that was refused."""

_LOCUSTS_OWN = ("locust.runners", "Runner.__init__.<locals>.on_request")
_KEPT = "authstorm_request_event"
_MEANT = (StopUser, StopTest, RescheduleTask, RescheduleTaskImmediately, InterruptTaskSet)
_FAILED = "Uncaught exception in event handler"


class StepError(Exception):
    """What Locust's statistics show for a step that did not end as it should: outcome and code, never more."""

    def __init__(self, outcome: str, code: str) -> None:
        super().__init__(f"{outcome}: {code}")


class RequestEvent:
    """The ``request`` event of one environment; a listener whose class has ``hear_step`` gets our steps by that.

    What a listener raises is treated as Locust does.
    """

    __slots__ = ("_counted", "_environment", "_handlers", "_hearers", "_others", "_sorted")

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._handlers: list[Any] = environment.events.request._handlers
        self._sorted: list[Any] = []
        self._hearers: list[Hear] = []
        self._others = EventHook()
        self._counted = 0  # how often Locust's own statistics count a request

    def tell(  # noqa: PLR0913, PLR0917 - by position, for keywords cost
        self,
        fields: Fields,
        answer: Answer,
        method: str,
        url: str,
        epoch: float,
        evidence: Mapping[str, str] | None,
        account: int | None,
    ) -> None:
        """Tell all listeners of one step; ``epoch`` is the run's start in seconds since 1970."""
        if self._handlers != self._sorted:
            self._sort()
        try:
            for _ in range(self._counted):
                stats = self._environment.stats
                stats.log_request(method, fields[0], (fields[8] - fields[7]) * 1000, fields[9])  # type: ignore[arg-type]
                if not fields[5]:
                    stats.log_error(method, fields[0], StepError(fields[3], fields[4]))
        except Exception:
            logging.exception(_FAILED)
            locust.log.unhandled_greenlet_exception = True
        for hear in self._hearers:
            try:
                hear(fields, evidence, account)
            except _MEANT:
                raise
            except Exception:
                logging.exception(_FAILED)
                locust.log.unhandled_greenlet_exception = True
        if self._others._handlers:
            self._spell_out(fields, answer, method, url, epoch, evidence, account)

    def _sort(self) -> None:
        """Who is to be told in which way."""
        self._sorted = handlers = self._handlers.copy()
        own = [handler for handler in handlers if _is_locusts_own(handler)]
        self._counted = len(own)
        self._hearers = [handler.hear_step for handler in handlers if _hears(handler)]
        self._others._handlers = [handler for handler in handlers if handler not in own and not _hears(handler)]

    def _spell_out(  # noqa: PLR0913, PLR0917
        self,
        fields: Fields,
        answer: Answer,
        method: str,
        url: str,
        epoch: float,
        evidence: Mapping[str, str] | None,
        account: int | None,
    ) -> None:
        """Tell the others in Locust's keywords; ``docs/events.md`` describes the context."""
        step, scenario, stage, outcome, code, expected, planned_s, sent_s, done_s, size, attempt = fields
        connecting_s = answer.connected_at - answer.began_at
        waiting_s = answer.first_byte_at - (answer.sent_at or answer.began_at)
        context: dict[str, Any] = {
            "outcome": outcome,
            "code": code,
            "expected": expected,
            "scenario": scenario,
            "stage": stage,
            "planned_s": planned_s,
            "sent_s": sent_s,
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
        told = {
            "request_type": method,
            "name": step,
            "response_time": (done_s - sent_s) * 1000,
            "response_length": size,
            "response": None,
            "context": context,
            "exception": None if expected else StepError(outcome, code),
            "start_time": epoch + sent_s,
            "url": url,
        }
        self._others.fire(**told)


def request_event(environment: Environment) -> RequestEvent:
    """The one of an environment, which all its visitors share; it is kept there, as the stagecraft is."""
    kept: RequestEvent | None = getattr(environment, _KEPT, None)
    if kept is None:
        kept = RequestEvent(environment)
        setattr(environment, _KEPT, kept)
    return kept


def _hears(handler: Any) -> bool:
    """Whether a listener takes the short way; its class says so, for a stand-in of tests has every attribute."""
    return hasattr(type(handler), "hear_step")


def _is_locusts_own(handler: Any) -> bool:
    """Whether a listener is the one by which a Locust runner counts requests in its statistics."""
    return (getattr(handler, "__module__", ""), getattr(handler, "__qualname__", "")) == _LOCUSTS_OWN
