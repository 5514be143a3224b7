"""Reading a JWT without checking it: cheap, and good enough to know when it ends."""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable
from typing import Any, Final, TypeGuard

from pydantic_core import from_json

_FROM_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


def read_claims(token: str) -> dict[str, Any] | None:
    """The claims of a signed JWT in compact form (RFC 7519), unverified; None for anything else."""
    return _read_part(token, 1)


def read_header(token: str) -> dict[str, Any] | None:
    """The header of a signed JWT in compact form (RFC 7515 7.1), unverified; None for anything else."""
    return _read_part(token, 0)


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a claim is a usable NumericDate (RFC 7519 2): a finite number of sane size, and no boolean."""
    return type(value) in (int, float) and 0 <= value < 1e12


def jwt_lifetime_s(token: str, wall_clock: Callable[[], float], longest_s: float) -> float | None:
    """Seconds that a JWT had to live when it was issued, from ``exp`` and ``iat``; None when it does not tell.

    Without ``iat`` it is counted from ``wall_clock`` (seconds since the epoch), which is right as far as the clocks of
    the two machines agree. A lifetime of nothing, or over ``longest_s``, is None.
    """
    if not token.startswith("eyJ"):  # the start of {" in base64url: every JWT, and hardly an opaque token
        return None
    claims = read_claims(token) or {}
    expires, issued = claims.get("exp"), claims.get("iat")
    if not is_number(expires):
        return None
    lifetime_s = float(expires - (issued if is_number(issued) else wall_clock()))
    return lifetime_s if 0 < lifetime_s <= longest_s else None


def _read_part(token: str, index: int) -> dict[str, Any] | None:
    parts = token.split(".", 3)
    if len(parts) != 3:  # an encrypted JWT has five parts, and its claims cannot be read
        return None
    try:
        # half the time of json.loads, and every login brings two of them
        value = from_json(a2b_base64(parts[index].encode("ascii").translate(_FROM_URL_SAFE) + b"=="))
    except ValueError:  # not base64, not UTF-8, not JSON; nested hundreds deep
        return None
    return value if type(value) is dict else None
