"""One authorization server as its client sees it: every request prepared as far as it is the same for all visitors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from authstorm.auth.assertion import Assertions
from authstorm.auth.client_auth import ClientAuth
from authstorm.auth.endpoints import Endpoints
from authstorm.auth.form import encoded_fields

ACCEPT_JSON: Final = "application/json"
_FORM_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": ACCEPT_JSON}
_NO_EXTRA: Final[Mapping[str, str]] = MappingProxyType({})
_OURS: Final = frozenset({
    "grant_type",
    "scope",
    "username",
    "password",
    "refresh_token",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "code_verifier",
    "redirect_uri",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class PreparedForm:
    """A form POST but for its last value: URL, headers, and the body up to and including that value's ``name=``.

    ``url`` is "" when the server has no such endpoint. ``assertions`` give one more field for each request, where the
    client signs. The text shows the URL alone.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    assertions: Assertions | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Provider:
    """What all visitors of a process share; build it with ``prepare``.

    ``clock`` gives monotonic seconds, ``wall_clock`` seconds since the epoch.
    """

    endpoints: Endpoints
    client_auth: ClientAuth
    password: PreparedForm
    client_credentials: PreparedForm
    code: PreparedForm
    refresh: PreparedForm
    introspection: PreparedForm
    revocation: PreparedForm
    clock: Callable[[], float] = field(repr=False)
    wall_clock: Callable[[], float] = field(repr=False)


def prepare(  # noqa: PLR0913 - the settings of a target, each by name
    endpoints: Endpoints,
    client_auth: ClientAuth,
    *,
    scope: str = "",
    extra: Mapping[str, str] = _NO_EXTRA,
    introspection_auth: ClientAuth | None = None,
    redirect_uri: str = "",
    clock: Callable[[], float] = time.monotonic,
    wall_clock: Callable[[], float] = time.time,
) -> Provider:
    """Prepare every request to one server.

    ``scope`` goes with logins and not with refreshes, where its absence asks for the same scope (RFC 6749 6). ``extra``
    are further fields of every token request (``audience``, ``resource``). ``introspection_auth`` is who introspects
    when that is another client (a resource server) or a bearer token; the login's client otherwise. ``redirect_uri``
    goes with a code, as it did with the authorization request. ValueError when ``extra`` names a field that is sent
    anyway, for none may stand twice (RFC 6749 3.2).
    """
    if twice := sorted(_OURS & extra.keys()):
        raise ValueError(f"extra token request fields {', '.join(twice)} are sent by themselves: leave them out")

    def grant(grant_type: str, fields: Mapping[str, str], last: str = "") -> PreparedForm:
        body = {"grant_type": grant_type, **client_auth.fields, **fields, **extra}
        return _form(endpoints.token, client_auth, body, last)

    asked_scope = {"scope": scope} if scope else {}
    return Provider(
        endpoints,
        client_auth,
        password=grant("password", asked_scope, "username"),
        client_credentials=grant("client_credentials", asked_scope),
        code=grant("authorization_code", {"redirect_uri": redirect_uri}, "code"),
        refresh=grant("refresh_token", {}, "refresh_token"),
        introspection=about_token(endpoints.introspection, introspection_auth or client_auth),
        revocation=about_token(endpoints.revocation, client_auth),
        clock=clock,
        wall_clock=wall_clock,
    )


def about_token(url: str, auth: ClientAuth) -> PreparedForm:
    """A request about a token (RFC 7662 2.1, RFC 7009 2.1)."""
    return _form(url, auth, auth.fields, "token")


def _form(url: str, auth: ClientAuth, fields: Mapping[str, str], last: str = "") -> PreparedForm:
    start = encoded_fields(fields)
    if last:
        start += (b"&" if start else b"") + last.encode() + b"="
    # read-only: sessions look through such headers once, and not on every request
    return PreparedForm(url, MappingProxyType({**_FORM_HEADERS, **auth.headers}), start, auth.assertions)
