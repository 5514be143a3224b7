"""One request and its answer, as the endpoints see them: neither the web server's nor the protocol library's."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl

MAX_BODY = 64 * 1024
MAX_FIELDS = 64
GRANTS = ("password", "client_credentials", "authorization_code", "refresh_token")
NO_STORE = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]
HTML = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
]
DROPPED = 0
"""The status of an answer that is never sent, since the connection was reset."""


class TooLargeError(Exception):
    """A request that is larger than any honest one."""


class Headers(Protocol):
    """Request headers by name in lower case."""

    def get(self, key: str, default: Any = None) -> Any:
        """The first value of a header, or the default."""


class Scope(Protocol):
    """A request without its body, as granian gives it (RSGI); ``client`` is the peer's host:port."""

    @property
    def method(self) -> str: ...  # noqa: D102 - said above
    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def query_string(self) -> str: ...  # noqa: D102
    @property
    def headers(self) -> Headers: ...  # noqa: D102
    @property
    def client(self) -> str: ...  # noqa: D102


class Answer(NamedTuple):
    """What goes back; ``user`` and ``client`` say whom it is about, "" when nobody."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    user: str = ""
    client: str = ""


class Gate(Protocol):
    """What has a say in a sign-in beside the password, as a lock on the account."""

    def lets_in(self, username: str, *, right: bool) -> bool:
        """Whether somebody gets in who named an existing account, with the right password or a wrong one."""


class Call:
    """What was asked. ``endpoint`` and ``grant`` are words of a short list, fit for a label.

    ``gates`` are asked in turn when a password was checked; faults put themselves there.
    """

    __slots__ = ("body", "endpoint", "form", "gates", "grant", "headers", "method", "path", "query", "repeated")

    def __init__(self, endpoint: str, scope: Scope, body: bytes) -> None:
        """Raises TooLargeError when a form has more than MAX_FIELDS fields."""
        self.endpoint = endpoint
        self.gates: tuple[Gate, ...] = ()
        self.method = scope.method
        self.path = scope.path
        self.body = body
        self.query = scope.query_string
        self.headers = scope.headers
        headers = scope.headers
        pairs = _form(headers, body)
        self.form = dict(pairs)
        self.repeated = len(self.form) != len(pairs)
        self.grant = _grant(self.form) if endpoint == "token" else ""

    def cookie(self, name: str) -> str:
        """The value of a cookie, "" when there is none."""
        for part in self.headers.get("cookie", "").split(";"):
            key, _, value = part.strip().partition("=")
            if key == name:
                return str(value)
        return ""


def json_answer(
    status: int, document: Any, headers: list[tuple[str, str]] = NO_STORE, user: str = "", client: str = ""
) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, headers, json.dumps(document).encode(), user, client)


def refusal(status: int, error: str, description: str, *headers: tuple[str, str]) -> Answer:
    """An error in the form of RFC 6749 section 5.2."""
    document = {"error": error, "error_description": description or HTTPStatus(status).phrase}
    return json_answer(status, document, [*NO_STORE, *headers])


def _form(headers: Headers, body: bytes) -> list[tuple[str, str]]:
    if not body or not headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        return []
    try:
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise TooLargeError(f"The form has more than {MAX_FIELDS} fields.") from error


def _grant(form: dict[str, str]) -> str:
    grant = form.get("grant_type", "none")
    return grant if grant in GRANTS or grant == "none" else "other"
