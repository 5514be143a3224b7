"""What is left of tokens after they were revoked, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

import gevent

from authstorm.auth.exchange import AuthClient, Exchange
from authstorm.auth.tokens import TokenSet
from authstorm.commands.approach import Approach
from authstorm.commands.checking.promise import accepted, is_ill, last_of
from authstorm.commands.checking.row import VIOLATED, Finding, Row, Works
from authstorm.commands.checking.steps import plain_row, rows_of

UNDECLARED_LAG_S: Final = 3.0
"""So long a revoked token is asked about where no bound is declared."""
_PAUSE_S: Final = 0.2
_TELLS_NOTHING: Final = "no answer to the question whether it is dead"


class Alive(NamedTuple):
    """Whether the service took a living token of each kind, None where it was not asked.

    Only then does it show anything that it takes a dead one no more.
    """

    access: bool | None
    refresh: bool | None


def revocation(approach: Approach, client: AuthClient, tokens: TokenSet, alive: Alive) -> Iterator[Row]:
    """Sign out, and see whether the tokens are still taken."""
    revoked = False
    for row, exchange in rows_of(client.revoke(tokens), approach):
        yield row
        revoked = exchange.reply.good
    if revoked and approach.target.validation.by == "jwks":
        hint = "tokens that are verified here live until they expire"
        yield Row("revoke: access token", Works.SKIPPED, "not looked at", None, hint)
    elif revoked:
        yield from _access(approach, client, tokens) if alive.access else _not_looked_at("access token", alive.access)
    if revoked and tokens.refresh and not alive.refresh:
        yield from _not_looked_at("refresh", alive.refresh)
    elif revoked and tokens.refresh:
        yield from _refresh(approach, client, tokens)


def _not_looked_at(kind: str, alive: bool | None) -> Iterator[Row]:
    """A row for tokens that were not taken before either, where the service was asked at all."""
    if alive is not None:
        yield Row(f"revoke: {kind}", Works.SKIPPED, "not looked at", None, "it was not taken before, either")


def _access(approach: Approach, client: AuthClient, tokens: TokenSet) -> Iterator[Row]:
    """Ask about the access token until it is not taken, at most for the bound that is declared."""
    bound_s = approach.target.policy.revocation_lag_s
    asked, took_s = _until_dead(client, tokens, UNDECLARED_LAG_S if bound_s is None else bound_s)
    if asked is None:
        return
    row, key = replace(plain_row(asked), step="revoke: access token"), "policy.revocation-lag"
    if is_ill(asked):
        yield replace(row, hint=_TELLS_NOTHING)
    elif not accepted(asked.reply):
        advice = "" if bound_s is not None else ": declare policy: {revocation-lag: 1s}"
        yield replace(row, works=Works.YES, hint=f"dead after {took_s:.1f} s{advice}")
    elif bound_s is None:
        yield replace(row, hint=f"still taken {took_s:.0f} s after: declare the bound that is meant (revocation-lag)")
    else:
        cause = f"the file declares revocation-lag: {bound_s:g}s, and the token is taken after {took_s:.1f} s"
        remedy = "write the bound that the server keeps in this line, or leave the key out where it keeps none"
        finding = Finding(key, f"{row.step}: {row.answer}", cause, remedy, VIOLATED)
        yield replace(row, works=Works.DIFFERS, hint=f"{approach.place(key)} {key}", finding=finding)


def _until_dead(client: AuthClient, tokens: TokenSet, limit_s: float) -> tuple[Exchange | None, float]:
    """The answer that showed the token dead, or the last within the limit, and when it came."""
    began_s = time.monotonic()
    while True:
        asked = last_of(client.validate(tokens))
        took_s = time.monotonic() - began_s
        if asked is None or not accepted(asked.reply) or took_s > limit_s:
            return asked, took_s
        gevent.sleep(_PAUSE_S)


def _refresh(approach: Approach, client: AuthClient, tokens: TokenSet) -> Iterator[Row]:
    asked = last_of(client.refresh(tokens))
    if asked is None:
        return
    row = replace(plain_row(asked), step="revoke: refresh")
    if is_ill(asked):
        yield replace(row, hint=_TELLS_NOTHING)
    elif not accepted(asked.reply):
        yield replace(row, works=Works.YES, hint="dead, as it must be")
    else:
        finding = _outlived(approach, f"{row.step}: {row.answer}")
        yield replace(row, works=Works.NO, hint="still alive after its revocation", finding=finding)


def _outlived(approach: Approach, context: str) -> Finding:
    """The finding for a refresh token that is taken after somebody signed out."""
    if approach.target.api is not None:
        cause = "a refresh token gives new tokens after the logout: who stole it stays signed in"
        remedy = (
            "some services end only what they are told of: where this one takes the refresh token, send it, as "
            'json: {refresh_token: "{refresh_token}"}; else the service needs mending'
        )
        return Finding("api.logout", context, cause, remedy, VIOLATED)
    cause = "a refresh token gives new tokens after it was revoked (RFC 7009 2.1): signing out has no effect"
    remedy = "the server behind this line needs mending; see whether endpoints.revocation leads to the right place"
    return Finding("url", context, cause, remedy, VIOLATED)
