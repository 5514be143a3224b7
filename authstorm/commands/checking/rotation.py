"""What happens to a refresh token that is used, and to its family when it is used again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import gevent

from authstorm.auth.exchange import AuthClient
from authstorm.auth.tokens import TokenSet
from authstorm.commands.approach import Approach
from authstorm.commands.checking.promise import Promise, accepted, is_ill, last_of
from authstorm.commands.checking.row import Row, Works
from authstorm.commands.checking.steps import plain_row, row_of, rows_of

LONGEST_GRACE_S: Final = 15.0
"""A longer grace is not waited for."""


def rotation(approach: Approach, client: AuthClient, old: TokenSet) -> Iterator[Row]:
    """Refresh once, present the first refresh token again, and then look at the second."""
    new: TokenSet | None = None
    for row, exchange in rows_of(client.refresh(old), approach):
        yield row
        new = exchange.reply.value if isinstance(exchange.reply.value, TokenSet) else None
    if new is None or not old.refresh:
        if not old.refresh and old.access:
            is_api = approach.target.api is not None
            hint = (
                "api describes no refresh"
                if is_api
                else "profiles with refresh need one: ask for it, mostly by scope: openid offline_access"
            )
            yield Row("refresh", Works.SKIPPED, "no refresh token", None, hint)
        return
    rotated = bool(new.refresh) and new.refresh != old.refresh
    yield _judged_rotation(approach, rotated)
    if rotated:
        yield from _reuse(approach, client, old, new)


def _judged_rotation(approach: Approach, rotated: bool) -> Row:
    policy = approach.target.policy
    row = Row("refresh: rotation", Works.YES, "a new refresh token" if rotated else "the same refresh token")
    rotates = _declared(approach) if rotated and policy.rotates else "strict" if policy.rotates else policy.rotation
    declared = None if rotates is None else str(rotates)
    seen = (declared if policy.rotates else "strict") if rotated else "none"
    cause = "whoever holds the first refresh token holds the session, or does not"
    return Promise(approach, "rotation").judge(row, declared, seen or "strict", cause)


def _reuse(approach: Approach, client: AuthClient, old: TokenSet, new: TokenSet) -> Iterator[Row]:
    """Present a used refresh token: at once, after the grace, and then look at what is left of the family."""
    exchange = last_of(client.refresh(old))
    if exchange is None:
        return
    row = replace(plain_row(exchange), step="refresh: used token")
    if is_ill(exchange):
        yield replace(row_of(exchange, approach), step=row.step)
        return
    taken, value, grace_s = accepted(exchange.reply), exchange.reply.value, approach.target.policy.grace_s
    yield _judged_reuse(approach, row, taken)
    if grace_s > LONGEST_GRACE_S and taken:
        hint = f"a grace of {grace_s:g} s is not waited for"
        yield Row("refresh: after the grace", Works.SKIPPED, "not looked at", None, hint)
        return
    if grace_s and taken:
        gevent.sleep(grace_s + 1)
        late = last_of(client.refresh(old))
        if late is not None:
            taken = accepted(late.reply)
            yield _judged_late(approach, replace(plain_row(late), step="refresh: after the grace"), taken)
    after = last_of(client.refresh(value if isinstance(value, TokenSet) else new))
    if after is not None and is_ill(after):
        yield replace(row_of(after, approach), step="refresh: newest token")
    elif after is not None:
        newest = replace(plain_row(after), step="refresh: newest token")
        yield _judged_family(approach, newest, taken, accepted(after.reply))


def _judged_reuse(approach: Approach, row: Row, taken: bool) -> Row:
    """A used token presented at once: taken within a grace, else refused."""
    if not approach.target.policy.rotates:
        seen, word = ("taken", "{grace: ...}") if taken else ("refused", "strict")
        return replace(row, works=Works.YES, hint=f"{seen} at once: declare rotation: {word}")
    cause = "a refresh token that was used before works again" if taken else "no grace is granted"
    declared = _declared(approach)
    has_grace = bool(approach.target.policy.grace_s)
    seen = declared if has_grace == taken else "{grace: ...}" if taken else "strict"
    return Promise(approach, "rotation").judge(row, declared, seen, cause)


def _judged_late(approach: Approach, row: Row, taken: bool) -> Row:
    cause = "a used refresh token still works after the grace"
    declared = _declared(approach)
    return Promise(approach, "rotation").judge(row, declared, "{grace: ...}" if taken else declared, cause)


def _judged_family(approach: Approach, row: Row, reuse_taken: bool, alive: bool) -> Row:
    """Whether the newest token survived that an old one was presented."""
    seen = "ignored" if reuse_taken and alive else "refused" if alive else "revokes-family"
    cause = "whoever retries a refresh token is signed out with the whole session, or a thief is not"
    judged = Promise(approach, "reuse").judge(row, approach.target.policy.reuse, seen, cause)
    return replace(judged, answer=f"{row.answer}: {'alive' if alive else 'dead'}")


def _declared(approach: Approach) -> str:
    """The declared rotation as it is written in YAML; only for one that rotates."""
    grace_s = approach.target.policy.grace_s
    return f"{{grace: {grace_s:g}s}}" if grace_s else "strict"
