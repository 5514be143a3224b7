"""How answers are held against what was asked: what a target may adjust."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from authstorm.plan.strict import Strict
from authstorm.plan.units import Duration, Share

OAUTH_CHECKS: Final = frozenset({"signatures", "username", "issuer", "audience", "client", "scope"})
"""Keys that speak of what OAuth 2.0 and OpenID Connect promise, and mean nothing to a JSON login API."""


class Checks(Strict):
    """What each answer must satisfy beyond its form; all of it is on unless a key here says otherwise."""

    signatures: Share = Field(
        0.01, ge=0, le=1, description="the share of signed tokens whose signature is verified; 0% for none"
    )
    clock_skew_s: Duration = Field(30.0, alias="clock-skew", description="granted to clocks that disagree")
    username: str = Field("", description="the claim that holds the login name, as preferred_username or email")
    issuer: str = Field("", description="what iss must be; as discovery says when left out, any: not looked at")
    audience: str = Field("", description="what an access token's aud must name; not looked at when left out")
    client: bool = Field(True, description="whether tokens must name the client that asked")
    scope: Literal["exact", "narrower", "wider", "any"] = Field(
        "exact", description="what the granted scope may be, beside exactly what was asked for"
    )
    trace: Literal["plain", "sampled", "none"] = Field(
        "plain", description="the traceparent header: not sampled, sampled by the target's tracing, or not sent"
    )
