"""When a token set is to be renewed, and what is kept of the old one: pure rules, time as an argument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from authstorm.auth.tokens import TokenSet

LARGEST_SHARE: Final = 0.2
"""Lead and jitter each take at most a fifth of a lifetime, so that a token lives at least three fifths of it."""


@dataclass(frozen=True, slots=True)
class RenewalRule:
    """How early to renew.

    ``lead_s`` is kept before expiry and ``jitter_s`` is the widest random addition to it, which spreads the renewals of
    tokens that were issued together; 0 leaves them together. ``unknown_lifetime_s`` is assumed of a token set that does
    not say when it ends.
    """

    lead_s: float = 60.0
    jitter_s: float = 0.0
    unknown_lifetime_s: float = 300.0


def due_s(tokens: TokenSet, rule: RenewalRule = RenewalRule(), draw: float = 0.0) -> float:
    """When to renew, in the monotonic seconds of the token set; ``draw`` in [0, 1) is this visitor's share of jitter.

    Always before the token expires and never before three fifths of its lifetime: without jitter a token of 2 s is
    renewed after 1.6 s, one of 300 s after 240 s, one of an hour after 59 minutes.
    """
    expires_s = tokens.expires_s
    if expires_s is None:
        expires_s = tokens.obtained_s + rule.unknown_lifetime_s
    widest_s = (expires_s - tokens.obtained_s) * LARGEST_SHARE
    return expires_s - min(rule.lead_s, widest_s) - draw * min(rule.jitter_s, widest_s)


def after_refresh(old: TokenSet, new: TokenSet) -> TokenSet:
    """What to hold after a refresh: all that is new, and of the old what the server did not send again.

    A rotated refresh token always replaces the old one; without one the old one stays good (RFC 6749 6). An omitted
    scope is the old scope (RFC 6749 5.1), and an ID token need not be sent again (OpenID Connect Core 12.2).
    """
    return TokenSet(
        new.access,
        new.refresh or old.refresh,
        new.id_token or old.id_token,
        new.token_type,
        new.scope or old.scope,
        new.obtained_s,
        new.expires_s,
    )
