"""What a login gives: a token set with its expiry, made from a body that is checked member by member."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from authstorm.auth.jwt_claims import jwt_lifetime_s

LONGEST_LIFETIME_S: Final = 2**31 - 1
"""68 years: the longest lifetime that is believed; servers write it for "never"."""

_VISIBLE: Final = bytes(range(0x21, 0x7F))


class TokenSet(NamedTuple):
    """Access, refresh and ID token with their expiry; its text never shows a token.

    ``refresh``, ``id_token`` and ``scope`` are "" when the server gave none. Times are monotonic seconds.
    ``obtained_s`` is when the tokens were asked for, so that ``expires_s`` is never later than the server's own idea of
    it; ``expires_s`` is None when neither the answer nor the access token tells.
    """

    access: str
    refresh: str
    id_token: str
    token_type: str
    scope: str
    obtained_s: float
    expires_s: float | None

    def __repr__(self) -> str:
        held = [name for name in ("access", "refresh", "id_token") if getattr(self, name)]
        expires = "unknown" if self.expires_s is None else f"{self.expires_s:.1f}"
        return f"TokenSet({'+'.join(held)}, obtained_s={self.obtained_s:.1f}, expires_s={expires})"


def token_set(body: Mapping[str, Any], asked_s: float, wall_clock: Callable[[], float]) -> TokenSet | str:
    """The token set in a successful answer (RFC 6749 5.1), or the code of what is wrong with it.

    null counts as absent, as in other clients. ``asked_s`` is the monotonic time of the request; ``wall_clock``
    (seconds since the epoch) is asked only when the lifetime has to come from a JWT without ``iat``.
    """
    access: Any = body.get("access_token")
    refresh, id_token = body.get("refresh_token"), body.get("id_token")
    fault = _token_fault(access, refresh, id_token)
    if not fault and not _is_bearer(body.get("token_type")):
        fault = "bad-token-type"
    if fault:
        return fault
    told = body.get("expires_in")
    lifetime_s = jwt_lifetime_s(access, wall_clock, LONGEST_LIFETIME_S) if told is None else lifetime_told_s(told)
    if lifetime_s is None and told is not None:
        return "bad-expires-in"
    scope = body.get("scope")
    # as the class itself would, without the call in between
    return tuple.__new__(TokenSet, (
        access,
        refresh or "",
        id_token or "",
        "Bearer",
        scope if type(scope) is str and scope.isascii() else "",
        asked_s,
        None if lifetime_s is None else asked_s + lifetime_s,
    ))  # fmt: skip


def is_token(value: Any) -> bool:
    """Whether a value can stand in a header as a token: a string of visible ASCII without blanks, not empty."""
    if type(value) is not str or not value or not value.isascii():
        return False
    # what remains when all that is allowed is deleted; three times as fast as looking at each character
    return not value.encode().translate(None, _VISIBLE)


def _token_fault(access: Any, refresh: Any, id_token: Any) -> str:
    """The code of the first token that is none, else ""."""
    if access is None:
        return "no-access-token"
    if not is_token(access):
        return "bad-access-token"
    if refresh is not None and not is_token(refresh):
        return "bad-refresh-token"
    if id_token is not None and not is_token(id_token):
        return "bad-id-token"
    return ""


def _is_bearer(token_type: Any) -> bool:
    """Bearer in any case (RFC 6749 5.1); an absent type means bearer, as other clients take it."""
    return token_type in ("Bearer", None) or (isinstance(token_type, str) and token_type.lower() == "bearer")


def lifetime_told_s(told: Any) -> float | None:
    """Seconds from ``expires_in``: a number or a numeric string over 0 and up to 68 years, else None."""
    if type(told) is str:
        if not (told.isascii() and told.replace(".", "", 1).isdecimal()):
            return None
        told = float(told)
    # by type, for a boolean is an int to isinstance; NaN fails both comparisons
    return told if type(told) in (int, float) and 0 < told <= LONGEST_LIFETIME_S else None
