"""What every answer to one client must satisfy, settled before the load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScopeRule = Literal["exact", "narrower", "wider", "any"]
TokenFormat = Literal["", "jwt", "opaque"]


@dataclass(frozen=True, slots=True)
class Promises:
    """The issuer, the client that asks, what it asked for, and what the target declares; "" is not looked at.

    ``audience`` is an access token's; an ID token's is always the client. ``scope`` is what was asked for, words apart
    by blanks. ``username_claim`` names the claim that holds the login name. ``clock_skew_s`` is granted to clocks that
    disagree. ``rotates``: each refresh brings a new refresh token.
    """

    issuer: str = ""
    client_id: str = ""
    audience: str = ""
    scope: str = ""
    scope_rule: ScopeRule = "exact"
    username_claim: str = ""
    clock_skew_s: float = 30.0
    access_tokens: TokenFormat = ""
    rotates: bool = False


def scope_fault(asked: str, granted: str, rule: ScopeRule) -> str:
    """The code of a granted scope that is not what was asked for (RFC 6749 3.3); "" for one that may be."""
    wanted, got = frozenset(asked.split()), frozenset(granted.split())
    if got - wanted and rule not in {"wider", "any"}:
        return "scope-wider"
    return "scope-narrower" if wanted - got and rule not in {"narrower", "any"} else ""
