"""Every code that a reply can carry, and the outcome that it stands for: the closed set of metric labels.

``docs/outcomes.md`` tells what each one means and what to do; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from authstorm.auth.outcome import Outcome
from authstorm.auth.session import TRANSPORT_FAILURES

OAUTH_REFUSALS: Final = frozenset({
    # RFC 6749 5.2, the token endpoint
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    # RFC 6749 4.1.2.1, the authorization endpoint
    "access_denied",
    "unsupported_response_type",
    # OpenID Connect Core 3.1.2.6
    "interaction_required",
    "login_required",
    "account_selection_required",
    "consent_required",
    # RFC 6750 3.1 and RFC 9470, a protected resource
    "invalid_token",
    "insufficient_scope",
    "insufficient_user_authentication",
    # RFC 7009 2.2.1, RFC 8707 2, RFC 9396 5, RFC 9449 5 and 8
    "unsupported_token_type",
    "invalid_target",
    "invalid_authorization_details",
    "invalid_dpop_proof",
    "use_dpop_nonce",
})  # fmt: skip
"""OAuth error codes that say no in the protocol's own words; the server's spelling is ours."""

OAUTH_ERRORS: Final[Mapping[str, str]] = MappingProxyType({
    **{error: error for error in OAUTH_REFUSALS},
    # RFC 6749 4.1.2.1: the two that speak of the server's state, whatever status they come with
    "server_error": "server-error",
    "temporarily_unavailable": "unavailable",
})  # fmt: skip
"""From the ``error`` member of an answer to our code; an error that is not here is judged by its status alone."""

REFUSED: Final = OAUTH_REFUSALS | {
    "unauthorized",  # 401 without a registered error
    "forbidden",  # 403
    "not-found",  # 404
    "rejected",  # any other 4xx
    "login-rejected",  # the login form again
    "inactive",  # the token is not active, or nobody is signed in
}

SHED: Final = frozenset({"rate-limited", "unavailable"})

JSON_API_FAULTS: Final = frozenset({
    "no-token-at-path",
    "no-refresh-at-path",
    "no-lifetime-at-path",
    "no-user-at-path",
    "no-cookie",
    "unexpected-status",
})  # fmt: skip
"""What the target says of a JSON login API's answers, and was not so."""

PAGE_FAULTS: Final = frozenset({
    "no-login-form",
    "unknown-page",
    "redirect-loop",
    "foreign-redirect",
    "bad-location",
    "no-code",
})  # fmt: skip
"""On the way through the provider's pages: nowhere to go on, or nowhere that may be gone to."""

BROKEN: Final = TRANSPORT_FAILURES | {
    "server-error",  # 5xx other than 503
    "redirected",  # 3xx where none is expected
    "odd-status",  # a status outside 200 to 599
    "empty-body",
    "not-json",
    "bad-json",
    "not-object",
    "wrong-content-type",
    "no-access-token",
    "bad-access-token",
    "bad-refresh-token",
    "bad-id-token",
    "bad-token-type",
    "bad-expires-in",
    "bad-active",
    "no-sub",
    "no-endpoints",
    "bad-endpoint",
    "no-keys",
    *PAGE_FAULTS,
    *JSON_API_FAULTS,
}

JWT_FAULTS: Final = frozenset({
    "jwt-malformed",
    "jwt-algorithm",
    "jwt-unknown-key",
    "jwt-signature",
    "jwt-issuer",
    "jwt-audience",
    "jwt-expired",
    "jwt-not-yet",
})  # fmt: skip
"""What a verified JWT can fail on: correctness violations, given by ``jwt_verification.verify``."""

MIX_UPS: Final = frozenset({
    "state-mismatch",
    "nonce-mismatch",
    "wrong-user",  # a JSON login API's answer names somebody else than the visitor
    "wrong-subject",
    "wrong-username",
    "subject-shared",
    "token-shared",
})  # fmt: skip
"""Somebody was given what belongs to somebody else."""

BROKEN_PROMISES: Final = frozenset({
    "wrong-issuer",
    "wrong-client",
    "wrong-audience",
    "wrong-format",
    "wrong-expiry",
    "expired-accepted",
    "scope-wider",
    "scope-narrower",
    "not-rotated",
    "wrong-password-accepted",
})  # fmt: skip
"""The right person's answer, that is not what was asked for or promised."""

CODES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {"ok": Outcome.GOOD}
    | dict.fromkeys(sorted(REFUSED), Outcome.REFUSED)
    | dict.fromkeys(sorted(SHED), Outcome.SHED)
    | dict.fromkeys(sorted(BROKEN), Outcome.BROKEN)
    | dict.fromkeys(sorted(JWT_FAULTS | MIX_UPS | BROKEN_PROMISES), Outcome.WRONG)
)
"""Code to outcome: each code belongs to exactly one outcome."""
