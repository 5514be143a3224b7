"""One key of ``policy``, and how what was seen compares with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from authstorm.auth.exchange import Exchange
from authstorm.auth.outcome import Outcome, Reply
from authstorm.commands.approach import Approach
from authstorm.commands.checking.row import VIOLATED, Finding, Row, Works


@dataclass(frozen=True, slots=True)
class Promise:
    """A key of the section ``policy``."""

    approach: Approach
    key: str

    def judge(self, row: Row, declared: str | None, seen: str, cause: str) -> Row:
        """The row as it stands, or with a finding where another behaviour is declared."""
        if declared is None:
            return replace(row, works=Works.YES, hint=f"declare it: policy: {{{self.key}: {seen}}}")
        if declared == seen:
            return replace(row, works=Works.YES, hint="as declared")
        key = f"policy.{self.key}"
        finding = Finding(
            key,
            f"{row.step}: {row.answer}",
            f"the file declares {self.key}: {declared}, and the server shows {seen}: {cause}",
            f"if the server is right, write {self.key}: {seen} in this line; if it is not, it needs mending, and a run "
            "would be judged wrong",
            VIOLATED,
        )
        return replace(row, works=Works.DIFFERS, hint=f"{self.approach.place(key)} {key}", finding=finding)


def last_of(exchanges: Iterator[Exchange]) -> Exchange | None:
    """The last exchange of a verb; None where the target does not offer it."""
    return next(iter(deque(exchanges, maxlen=1)), None)


def accepted(reply: Reply[Any]) -> bool:
    """Whether a token was taken: also where a check then found the answer wrong."""
    return reply.good or reply.outcome is Outcome.WRONG


def is_ill(exchange: Exchange) -> bool:
    """Whether the server failed, so that nothing can be said of its policy."""
    return exchange.reply.outcome in {Outcome.BROKEN, Outcome.SHED}
