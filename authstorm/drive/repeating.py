"""When a client may ask again: what a failed reply tells of whether the server has acted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from authstorm.auth.exchange import Exchange
from authstorm.auth.outcome import Outcome, Reply

Verb = Callable[..., Iterator[Exchange]]
MayRepeat = Callable[[Reply[Any]], bool]

NEVER_SENT: Final = frozenset({"dns-failed", "connect-failed", "connect-timeout", "tls-failed", "proxy-failed"})
"""Failures before a byte of the request went out."""


def failed(reply: Reply[Any]) -> bool:
    """Whether the server shed the request or broke: what clients ask again for. A refusal stays one."""
    return reply.outcome is Outcome.SHED or reply.outcome is Outcome.BROKEN


def untouched(reply: Reply[Any]) -> bool:
    """Whether the server cannot have acted on the request.

    A refresh token that was perhaps taken must not be presented again: a strict server would take that for theft and
    revoke the whole family (RFC 9700 section 4.14.2).
    """
    return reply.outcome is Outcome.SHED or reply.code in NEVER_SENT
