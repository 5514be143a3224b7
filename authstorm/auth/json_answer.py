"""Reads what a JSON login API answered: pure rules on the body, each fault with its code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from authstorm.auth.jwt_claims import jwt_lifetime_s
from authstorm.auth.tokens import LONGEST_LIFETIME_S, TokenSet, is_token, lifetime_told_s
from authstorm.plan.answer_place import AnswerHeader, Place
from authstorm.plan.json_path import JsonPath

COOKIE: Final = "Cookie"
"""The type of a token set without a bearer token: the session's cookies say who its visitor is."""
_MILLISECONDS_FROM: Final = 1e11
"""A moment beyond this is meant in milliseconds: in seconds it lies in the year 5138."""
WRONG_USER: Final = "wrong-user"
MISSING: Final = object()
_NOTHING: Final = (None, MISSING)


@dataclass(frozen=True, slots=True)
class Places:
    """Where in an answer things stand; None for what it does not hold.

    ``renews``: the answer to a refresh, which need not say again what the login said, but for the token.
    """

    token: Place | None = None
    refresh_token: Place | None = None
    lifetime: JsonPath | None = None
    expires: JsonPath | None = None
    user: JsonPath | None = None
    renews: bool = False

    @property
    def any(self) -> bool:
        """Whether the body has to be read at all."""
        places = (self.token, self.refresh_token, self.lifetime, self.expires, self.user)
        return any(place and not isinstance(place, AnswerHeader) for place in places)


def value_at(body: Any, path: JsonPath) -> Any:
    """What stands at a path; None for a null there or on the way, MISSING where it leads nowhere."""
    for step in path:
        if isinstance(body, dict):
            body = body.get(step, MISSING)
        elif isinstance(body, list) and isinstance(step, int) and step < len(body):
            body = body[step]
        else:
            return None if body is None else MISSING
    return body


def found_at(place: Place, body: Any, header: Callable[[str], str]) -> Any:
    """What stands at a place of the body, or in the header ``{header: ...}`` names, there without the word Bearer."""
    if type(place) is not AnswerHeader:
        return value_at(body, place)  # type: ignore[arg-type]
    told = header(place.key)
    scheme, _, token = told.partition(" ")
    return (token.strip() if scheme.lower() == "bearer" else told) or MISSING


def tokens_in(
    body: Mapping[str, Any],
    header: Callable[[str], str],
    places: Places,
    asked_s: float,
    wall_clock: Callable[[], float],
) -> TokenSet | str:
    """The token set of an answer, or the code of what is wrong with it; without a token's path a cookie session.

    ``header`` gives the value of an answer's header by its name in lower case. ``asked_s`` is the monotonic time of the
    request, ``wall_clock`` gives seconds since the epoch.
    """
    access: Any = found_at(places.token, body, header) if places.token else ""
    if access in _NOTHING:
        return "no-token-at-path"
    if places.token and not is_token(access):
        return "bad-access-token"
    refresh: Any = found_at(places.refresh_token, body, header) if places.refresh_token else ""
    if refresh in _NOTHING:
        if not places.renews:
            return "no-refresh-at-path"
        refresh = ""
    if refresh and not is_token(refresh):
        return "bad-refresh-token"
    lifetime_s = _lifetime_s(body, places, access, wall_clock)
    if isinstance(lifetime_s, str):
        return lifetime_s
    kind = "Bearer" if access else COOKIE
    return TokenSet(access, refresh, "", kind, "", asked_s, None if lifetime_s is None else asked_s + lifetime_s)


def user_fault(body: Mapping[str, Any] | None, path: JsonPath, name: str) -> str:
    """The code for an answer that names nobody, or somebody else than the visitor; "" when it names the visitor.

    Letter case does not count, since servers fold it in e-mail addresses. A null, an empty object, or a null where the
    user should stand says that nobody is signed in.
    """
    told = value_at(body, path) if body else None
    if told in _NOTHING:
        return "inactive" if told is None else "no-user-at-path"
    return "" if is_same_user(told, name) else WRONG_USER


def is_same_user(told: Any, name: str) -> bool:
    """Whether what an answer says of its user is the name that the visitor signed in with."""
    return str(told).casefold() == name.casefold() if isinstance(told, (str, int)) else False


def _lifetime_s(
    body: Mapping[str, Any], places: Places, access: str, wall_clock: Callable[[], float]
) -> float | str | None:
    """Seconds that the token lives, None where nothing tells, or a code."""
    path = places.lifetime or places.expires
    told = value_at(body, path) if path else None
    if told in _NOTHING:
        if path and not places.renews:
            return "no-lifetime-at-path"
        return jwt_lifetime_s(access, wall_clock, LONGEST_LIFETIME_S) if access else None
    lifetime_s = lifetime_told_s(told) if places.lifetime else _until_s(told, wall_clock)
    return "bad-expires-in" if lifetime_s is None else lifetime_s


def _until_s(told: Any, wall_clock: Callable[[], float]) -> float | None:
    """Seconds from now until a moment: a date as in ISO 8601 (UTC where it names no zone), or a number since 1970."""
    if isinstance(told, str) and not told.isdecimal():
        try:
            moment = datetime.fromisoformat(told)
        except ValueError:
            return None
        end_s = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    elif isinstance(told, (str, int, float)) and not isinstance(told, bool):
        try:
            end_s = float(told)
        except OverflowError:  # a number of 400 digits
            return None
        end_s = end_s / 1000 if end_s >= _MILLISECONDS_FROM else end_s
    else:
        return None
    lifetime_s = end_s - wall_clock()
    return lifetime_s if 0 < lifetime_s <= LONGEST_LIFETIME_S else None
