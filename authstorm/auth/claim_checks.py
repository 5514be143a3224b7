"""The claims of one answer held against what was promised: pure, with the time as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from authstorm.auth.fault import Fault, shown
from authstorm.auth.jwt_claims import is_number
from authstorm.auth.promises import Promises

CLIENT_CLAIMS: Final = ("client_id", "azp", "cid")
"""Where access tokens name the client that asked: RFC 9068 2.2 (Cognito, Hydra too); Keycloak and Auth0; Okta."""


def id_token_fault(claims: Mapping[str, Any], promises: Promises, now_s: float) -> Fault | None:
    """Issuer, audience, authorized party and expiry of an ID token (OpenID Connect Core 3.1.3.7)."""
    issuer, client, audience = promises.issuer, promises.client_id, claims.get("aud")
    if issuer and claims.get("iss") != issuer:
        return Fault("wrong-issuer", "iss of the ID token", issuer, shown(claims.get("iss")))
    if client and audience != client and not names(client, audience):
        return Fault("wrong-audience", "aud of the ID token", client, shown(audience))
    party = claims.get("azp")
    if client and party is not None and party != client:
        return Fault("wrong-client", "azp of the ID token", client, shown(party))
    expires_s = claims.get("exp")
    if not is_number(expires_s):
        return Fault("jwt-malformed", "exp of the ID token", "a moment", shown(expires_s))
    return expiry_fault(expires_s, promises, now_s, "exp of the ID token")


def access_token_fault(claims: Mapping[str, Any], promises: Promises, now_s: float) -> Fault | None:
    """Issuer, client, audience and expiry of a signed access token, as far as it tells (RFC 9068 2.2)."""
    issuer = claims.get("iss")
    if promises.issuer and issuer is not None and issuer != promises.issuer:
        return Fault("wrong-issuer", "iss of the access token", promises.issuer, shown(issuer))
    if promises.client_id and (fault := client_fault(claims, promises.client_id, "the access token")):
        return fault
    if promises.audience and not names(promises.audience, claims.get("aud")):
        return Fault("wrong-audience", "aud of the access token", promises.audience, shown(claims.get("aud")))
    expires_s = claims.get("exp")
    return expiry_fault(expires_s, promises, now_s, "exp of the access token") if is_number(expires_s) else None


def introspection_fault(body: Mapping[str, Any], promises: Promises, now_s: float, expires_s: float) -> Fault | None:
    """Issuer, client and expiry in the introspection of an active token, as far as it tells (RFC 7662 2.2).

    ``expires_s`` is when the token set ends by the answer that brought it, in seconds since the epoch; 0 when unknown.
    """
    issuer, told_s = body.get("iss"), body.get("exp")
    if promises.issuer and issuer is not None and issuer != promises.issuer:
        return Fault("wrong-issuer", "iss of the introspection", promises.issuer, shown(issuer))
    if promises.client_id and (fault := client_fault(body, promises.client_id, "the introspection")):
        return fault
    if not is_number(told_s):
        return None
    if now_s - promises.clock_skew_s >= told_s:
        return Fault(
            "expired-accepted", "exp of the introspection", "active: false", f"active, {now_s - told_s:.0f} s after"
        )
    if expires_s and abs(told_s - expires_s) > promises.clock_skew_s + 1:  # both are whole seconds
        away_s = f"{told_s - expires_s:+.0f} s from it"
        return Fault("wrong-expiry", "exp of the introspection", "the end that the token answer told", away_s)
    return None


def username_fault(claims: Mapping[str, Any], claim: str, identity: str, where: str) -> Fault | None:
    """The declared login name; servers may write it in another case. An answer without it tells nothing."""
    told = claims.get(claim)
    if told is None or told == identity:
        return None
    if isinstance(told, str) and told.casefold() == identity.casefold():
        return None
    return Fault("wrong-username", f"{claim} of {where}", identity, shown(told))


def client_fault(claims: Mapping[str, Any], client: str, where: str) -> Fault | None:
    """The client that a token was issued to, by the first claim that names one."""
    for name in CLIENT_CLAIMS:
        told = claims.get(name)
        if told == client:
            return None
        if told is not None:
            return Fault("wrong-client", f"{name} of {where}", client, shown(told))
    return None


def expiry_fault(expires_s: float, promises: Promises, now_s: float, what: str) -> Fault | None:
    """A token that was handed out dead (RFC 7519 4.1.4)."""
    if now_s - promises.clock_skew_s < expires_s:
        return None
    return Fault("jwt-expired", what, "a moment to come", f"{now_s - expires_s:.0f} s ago")


def names(audience: str, told: Any) -> bool:
    """RFC 7519 4.1.3: one audience as a string, or several as an array."""
    return audience in told if isinstance(told, list) else audience == told
