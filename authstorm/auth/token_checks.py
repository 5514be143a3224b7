"""Holds every answer to one client against the promises and all answers before it; one a process and client."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from authstorm.auth.claim_checks import access_token_fault, id_token_fault, introspection_fault, username_fault
from authstorm.auth.fault import Fault, fingerprint, shown
from authstorm.auth.issued_tokens import IssuedTokens
from authstorm.auth.jwt_claims import read_claims
from authstorm.auth.promises import Promises, scope_fault
from authstorm.auth.subjects import Subjects
from authstorm.auth.tokens import TokenSet


class TokenChecks:
    """What was promised, and what was seen of everybody so far.

    The people of ID tokens and userinfo have one name each (OpenID Connect Core 5.3.2), and so have the bearers of
    access tokens, by the token itself or its introspection. The two may differ: Okta calls one person by two names.
    """

    __slots__ = (
        "_bearers",
        "_issued",
        "_people",
        "_scopes",
        "_usernames",
        "_wall_clock",
        "clock",
        "promises",
    )

    def __init__(
        self,
        promises: Promises,
        wall_clock: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.promises = promises
        self.clock = clock
        self._wall_clock = wall_clock
        self._people = Subjects()
        self._bearers = Subjects()
        self._usernames = Subjects("wrong-username")
        self._issued = IssuedTokens()
        self._scopes: dict[str, str] = {}

    def tokens(self, identity: str, tokens: TokenSet, old: TokenSet | None = None) -> Fault | None:
        """Check a new token set: whose it is, who asked, until when, and that nobody else holds it.

        ``old`` is the set that was refreshed.
        """
        now_s = self._wall_clock()
        return (
            self._id_token(identity, tokens, old, now_s)
            or self._access_token(identity, tokens, now_s)
            or self._owner(identity, tokens)
            or (self._scope(tokens.scope, "the scope of the answer") if tokens.scope else None)
            or (self._rotation(tokens, old) if old is not None and self.promises.rotates else None)
        )

    def introspection(self, identity: str, tokens: TokenSet, body: Mapping[str, Any]) -> Fault | None:
        """Check what the introspection of an active token says (RFC 7662 2.2)."""
        now_s = self._wall_clock()
        ends_s = 0.0 if tokens.expires_s is None else now_s + tokens.expires_s - self.clock()
        fault = introspection_fault(body, self.promises, now_s, ends_s)
        subject, username, scope = body.get("sub"), body.get("username"), body.get("scope")
        if type(subject) is str and subject:
            fault = fault or self._bearers.judge(identity, subject, "sub of the introspection")
        if type(username) is str and username:
            fault = fault or self._usernames.judge(identity, username, "username of the introspection")
        if self.promises.username_claim:
            fault = fault or username_fault(body, self.promises.username_claim, identity, "the introspection")
        if type(scope) is str and scope:
            fault = fault or self._scope(scope, "scope of the introspection")
        return fault

    def userinfo(self, identity: str, claims: Mapping[str, Any]) -> Fault | None:
        """Check whom userinfo speaks of: the subject of the ID token (OpenID Connect Core 5.3.2)."""
        fault = self._people.judge(identity, claims["sub"], "sub of userinfo")
        if fault is None and self.promises.username_claim:
            fault = username_fault(claims, self.promises.username_claim, identity, "userinfo")
        return fault

    def _id_token(self, identity: str, tokens: TokenSet, old: TokenSet | None, now_s: float) -> Fault | None:
        token = tokens.id_token
        if not token or (old is not None and old.id_token is token):  # a refresh need not bring a new one
            return None
        claims = read_claims(token)
        if claims is None:
            encrypted = token.count(".") == 4
            return None if encrypted else Fault("jwt-malformed", "the ID token", "a signed JWT", fingerprint(token))
        if fault := id_token_fault(claims, self.promises, now_s):
            return fault
        subject = claims.get("sub")
        if type(subject) is not str or not subject:
            return Fault("wrong-subject", "sub of the ID token", "a subject", shown(subject))
        return self._people.judge(identity, subject, "sub of the ID token") or self._username(
            identity, claims, "the ID token"
        )

    def _access_token(self, identity: str, tokens: TokenSet, now_s: float) -> Fault | None:
        token, promised = tokens.access, self.promises.access_tokens
        claims = read_claims(token) if token.startswith("eyJ") else None  # the start of {" in base64url
        if promised and token and (claims is None) is (promised == "jwt"):
            got = "an opaque token" if claims is None else "a signed JWT"
            return Fault("wrong-format", "the access token", f"{promised}, as the target declares", got)
        if claims is None:
            return None
        if fault := access_token_fault(claims, self.promises, now_s):
            return fault
        subject, scope = claims.get("sub"), claims.get("scope")
        if type(subject) is str and subject:
            fault = self._bearers.judge(identity, subject, "sub of the access token")
        fault = fault or self._username(identity, claims, "the access token")
        if fault is None and type(scope) is str and scope:
            fault = self._scope(scope, "scope of the access token")
        return fault

    def _username(self, identity: str, claims: Mapping[str, Any], where: str) -> Fault | None:
        claim = self.promises.username_claim
        return username_fault(claims, claim, identity, where) if claim else None

    def _owner(self, identity: str, tokens: TokenSet) -> Fault | None:
        access, refresh = tokens.access, tokens.refresh
        if not access:  # a session whose proof is a cookie
            return None
        fault = self._issued.judge(access, identity, "the access token")
        if fault is None and refresh:
            fault = self._issued.judge(refresh, identity, "the refresh token")
        return fault

    def _scope(self, granted: str, what: str) -> Fault | None:
        promises = self.promises
        if not promises.scope:
            return None
        code = self._scopes.get(granted)
        if code is None:
            code = scope_fault(promises.scope, granted, promises.scope_rule)
            if len(self._scopes) < 1000:
                self._scopes[granted] = code
        return Fault(code, what, promises.scope, shown(granted)) if code else None

    def _rotation(self, tokens: TokenSet, old: TokenSet) -> Fault | None:
        if tokens.refresh != old.refresh:
            return None
        return Fault("not-rotated", "the refresh token", "a new one, as the target declares", "the one that was used")
