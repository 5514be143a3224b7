"""One receiver's queue: what is sent next, when it is tried again, when it is given up. Time comes as an argument."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from authstorm.plan.retries import Retries
from authstorm.report.senders.failure import NotTakenError
from authstorm.report.senders.notice import Notice, told_apart

BACK_OFF: Final = Retries.model_validate({"tries": 100, "first": "1s", "longest": "15s"})
"""Waits between two tries double from a second up to a quarter of a minute, each drawn by chance."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a receiver can bear, and how long is tried: see ``Sender`` and the keys of a receiver."""

    most: int
    every_s: float
    resend_s: float | None
    give_up_s: float
    most_tries: int = 100


@dataclass(slots=True)
class Waiting:
    """A notice that is not delivered yet; ``until_s`` is when it is given up."""

    notice: Notice
    until_s: float
    tries: int = 0
    why: str = ""


class Mailbag:
    """Moments are seconds of one clock that never goes back; ``draw`` values lie between 0 and 1."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._waiting: deque[Waiting] = deque()
        self._firing: dict[str, Notice] = {}
        self._resend_s = inf
        self._not_before_s = -inf
        self._failed = 0
        self._why = ""
        self._ends_s = inf

    def put(self, notice: Notice, now_s: float) -> None:
        """Take a notice in, behind the others."""
        self._waiting.append(Waiting(notice, now_s + self._pace.give_up_s))

    def close(self, ends_s: float) -> None:
        """No more will come, and what is not delivered by then is given up."""
        self._ends_s = ends_s
        self._resend_s = inf

    @property
    def is_done(self) -> bool:
        """Whether it is closed and empty."""
        return self._ends_s < inf and not self._waiting

    def overdue(self, now_s: float) -> list[Waiting]:
        """Take out what can no longer be delivered in time: the receiver's wish to be left alone counts."""
        soonest_s = max(now_s, self._not_before_s)
        given_up = [each for each in self._waiting if min(each.until_s, self._ends_s) <= soonest_s]
        for each in given_up:
            self._waiting.remove(each)
            each.why = each.why or self._why or "its turn did not come in time"
            self._remember(each.notice, now_s)
        return given_up

    def due(self, now_s: float) -> list[Notice]:
        """What is to be sent now in one message; nothing while it is to wait."""
        if now_s < self._not_before_s:
            return []
        if self._waiting:
            return told_apart([each.notice for each in self._waiting], self._pace.most)
        return list(self._firing.values()) if now_s >= self._resend_s else []

    def wakes_s(self) -> float:
        """When there may be something to do, unless something comes in before."""
        if not self._waiting:
            return max(self._resend_s, self._not_before_s)
        return min(self._not_before_s, self._ends_s, *(each.until_s for each in self._waiting))

    def taken(self, notices: Sequence[Notice], now_s: float) -> list[Waiting]:
        """The receiver took them: take them out, and remember what fires."""
        done = self._take_out(notices)
        if not done and self._resend_s < inf and self._pace.resend_s is not None:  # they were told again
            self._resend_s = now_s + self._pace.resend_s
        for each in done:
            each.tries += 1
            self._remember(each.notice, now_s)
        self._failed, self._why = 0, ""
        self._not_before_s = now_s + self._pace.every_s
        return done

    def failed(self, notices: Sequence[Notice], failure: NotTakenError, now_s: float, draw: float) -> list[Waiting]:
        """The receiver did not take them: those that are given up for it come back, the others are tried again."""
        numbers = {notice.number for notice in notices}
        tried = [each for each in self._waiting if each.notice.number in numbers]
        self._why = str(failure)
        for each in tried:
            each.tries += 1
            each.why = self._why
        self._failed += 1
        wait_s = BACK_OFF.wait_s(min(self._failed, 50), failure.after_s, draw)
        self._not_before_s = now_s + max(self._pace.every_s, wait_s or 0.0)
        over = [each for each in tried if not failure.again or each.tries >= self._pace.most_tries]
        for each in over:
            if failure.again or each.notice.state != "firing":  # what it will never take is not told again either
                self._remember(each.notice, now_s)
        return self._take_out([each.notice for each in over])

    def left(self) -> list[Waiting]:
        """Take out all that is still there."""
        left = list(self._waiting)
        self._waiting.clear()
        return left

    def _take_out(self, notices: Sequence[Notice]) -> list[Waiting]:
        numbers = {notice.number for notice in notices}
        out = [each for each in self._waiting if each.notice.number in numbers]
        for each in out:
            self._waiting.remove(each)
        return out

    def _remember(self, notice: Notice, now_s: float) -> None:
        """Know what fires, delivered or given up: who comes back hears of it then, and never of what has resolved.

        What else is told meanwhile does not put off the telling again.
        """
        if notice.state == "firing":
            self._firing[notice.rule] = notice
        else:
            self._firing.pop(notice.rule, None)
        if not self._firing or self._ends_s < inf or self._pace.resend_s is None:
            self._resend_s = inf
        elif self._resend_s == inf:
            self._resend_s = now_s + self._pace.resend_s
