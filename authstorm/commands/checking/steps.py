"""From exchanges to rows: whatever a client yields becomes a line of the table, with a finding where it is not good."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from authstorm.auth.exchange import Exchange
from authstorm.auth.session import Answer
from authstorm.commands.approach import Approach
from authstorm.commands.checking.explain import explain
from authstorm.commands.checking.row import Row, Works


def rows_of(exchanges: Iterable[Exchange], approach: Approach) -> Iterator[tuple[Row, Exchange]]:
    """Each exchange with its row, as it is made."""
    for exchange in exchanges:
        yield row_of(exchange, approach), exchange


def row_of(exchange: Exchange, approach: Approach) -> Row:
    """The row of one exchange that is to be good."""
    seen = plain_row(exchange)
    if exchange.reply.good:
        return replace(seen, works=Works.YES)
    finding = explain(exchange, approach)
    return replace(seen, works=Works.NO, hint=f"{approach.place(finding.key)} {finding.key}", finding=finding)


def plain_row(exchange: Exchange) -> Row:
    """What was seen, without judging it."""
    reply = exchange.reply
    status = f"{reply.answer.status} " if reply.answer.status else ""
    return Row(exchange.step, Works.NOTE, f"{status}{reply.code}", took_ms(reply.answer))


def took_ms(answer: Answer) -> float:
    """Milliseconds from the call to the whole answer, connecting included."""
    return max(0.0, answer.done_at - answer.began_at) * 1000


def without_finding(row: Row, hint: str) -> Row:
    """The same as something to know about and nothing to mend."""
    return replace(row, works=Works.NOTE, hint=hint, finding=None)
