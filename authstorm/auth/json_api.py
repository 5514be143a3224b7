"""A JSON login API as its visitors see it: every call prepared as far as it is the same for all."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from authstorm.auth.json_answer import Places
from authstorm.auth.json_template import Template, Values, form_template, header_template, json_template
from authstorm.auth.session import Answer
from authstorm.plan.json_api import Call, JsonApi, TokenCall

_FORM: Final = "application/x-www-form-urlencoded"
_BEARER: Final[Mapping[str, str]] = {"Authorization": "Bearer {access_token}"}
_NONE: Final[Mapping[str, str]] = {}
_NOWHERE: Final = Places()


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """One call: to be filled and sent. Its text shows method and URL alone, since secrets may be filled in."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    filled_headers: tuple[tuple[str, Template], ...] = field(repr=False)
    body: Template | None = field(repr=False)
    expect: frozenset[int]
    places: Places

    def is_success(self, answer: Answer) -> bool:
        """Whether a complete answer came with a status that means success."""
        if answer.failure:
            return False
        return answer.status in self.expect if self.expect else 200 <= answer.status < 300

    def headers_for(self, values: Values) -> Mapping[str, str]:
        """The headers of one request."""
        if not self.filled_headers:
            return self.headers
        return {**self.headers, **{name: template.filled(values) for name, template in self.filled_headers}}

    def body_for(self, values: Values) -> bytes:
        """The body of one request."""
        return b"" if self.body is None else self.body.filled(values).encode("ascii")


@dataclass(frozen=True, slots=True)
class PreparedApi:
    """What all visitors of a process share; build it with ``prepare_api``.

    ``clock`` gives monotonic seconds, ``wall_clock`` seconds since the epoch.
    """

    login: PreparedCall
    refresh: PreparedCall | None
    validate: PreparedCall | None
    logout: PreparedCall | None
    clock: Callable[[], float] = field(repr=False)
    wall_clock: Callable[[], float] = field(repr=False)


def prepare_api(
    api: JsonApi,
    absolute: Callable[[str], str],
    secrets: Values,
    *,
    clock: Callable[[], float] = time.monotonic,
    wall_clock: Callable[[], float] = time.time,
) -> PreparedApi:
    """Prepare every call.

    ``absolute`` makes a URL of a path; ``secrets`` are the api's own words with their values, and the target's
    ``origin``. ValueError when a secret cannot stand in a header.
    """

    def prepare(call: Call | None, places: Places = _NOWHERE, *, signed_in: bool = True) -> PreparedCall | None:
        return None if call is None else _prepare(api, call, absolute(call.path), places, secrets, signed_in=signed_in)

    login = prepare(api.login, _places(api.login), signed_in=False)
    assert login is not None
    user = api.validation.user if api.validation else None
    return PreparedApi(
        login,
        prepare(api.refresh, _renewed(api)),
        prepare(api.validation, Places(user=user)),
        prepare(api.logout),
        clock,
        wall_clock,
    )


def _prepare(  # noqa: PLR0913 - what a call is made of
    api: JsonApi, call: Call, url: str, places: Places, secrets: Values, *, signed_in: bool
) -> PreparedCall:
    shown = _BEARER if signed_in and api.login.token is not None else _NONE
    headers = _merged({"Accept": "application/json"}, _content_type(call), shown, api.headers, call.headers)
    templates = {name: header_template(value, secrets) for name, value in headers.items()}
    fixed = {name: _sendable(name, template.filled({})) for name, template in templates.items() if not template.words}
    return PreparedCall(
        call.method,
        url,
        fixed,
        tuple((name, template) for name, template in templates.items() if template.words),
        _body(call, secrets),
        frozenset(call.expect),
        places,
    )


def _body(call: Call, secrets: Values) -> Template | None:
    if call.form is not None:
        return form_template(call.form, secrets)
    return None if call.json_body is None else json_template(call.json_body, secrets)


def _content_type(call: Call) -> dict[str, str]:
    if call.body is None:
        return {}
    return {"Content-Type": _FORM if call.form is not None else "application/json"}


def _merged(*layers: Mapping[str, str]) -> dict[str, str]:
    """Headers over headers, whatever their letter case; an empty one takes away what is below it."""
    merged: dict[str, tuple[str, str]] = {}
    for layer in layers:
        merged |= {name.lower(): (name, value) for name, value in layer.items()}
    return {name: value for name, value in merged.values() if value}


def _sendable(name: str, value: str) -> str:
    if not value.isprintable() or not value.isascii():
        raise ValueError(f"the secret in the header {name} has characters that no header has")
    return value


def _places(call: TokenCall, **changes: Any) -> Places:
    return Places(call.token, call.refresh_token, call.lifetime, call.lifetime_ms, call.expires, call.user, **changes)


def _renewed(api: JsonApi) -> Places:
    """Where things stand in the answer to a refresh: as in the login's, but for what is said of it."""
    call, login = api.refresh, api.login
    if call is None:
        return Places()
    end = call if call.lifetime or call.lifetime_ms or call.expires else login
    return Places(
        call.token or login.token,
        call.refresh_token or login.refresh_token,
        end.lifetime,
        end.lifetime_ms,
        end.expires,
        call.user or login.user,
        renews=True,
    )
