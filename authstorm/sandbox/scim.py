"""A small piece of SCIM 2.0 (RFC 7644): accounts made, found by name and removed by whoever holds the scope ``api``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, quote, unquote

from authstorm.sandbox.exchange import Answer, Call
from authstorm.sandbox.store import Store

if TYPE_CHECKING:
    from authstorm.sandbox.accounts import Accounts
    from authstorm.sandbox.application import Routes

USERS: Final = "/scim/v2/Users"
SCOPE: Final = "api"
_HEADERS: Final = [("Content-Type", "application/scim+json"), ("Cache-Control", "no-store")]
_BY_NAME: Final = re.compile(r'userName eq "((?:[^"\\]|\\.)*)"')
_NAME: Final = re.compile(r"[!-~]{1,200}@example\.test")
_RESOURCE: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
_LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"


class Scim:
    """The resource ``User``; its id is the user name, percent-encoded in addresses."""

    def __init__(self, issuer: str, accounts: Accounts, store: Store) -> None:
        self._issuer = issuer
        self._accounts = accounts
        self._store = store
        self._names: dict[str, Any] = {}

    async def create(self, call: Call) -> Answer:
        """POST /Users: 201 with the resource, 409 for a name that is taken (RFC 7644 3.3)."""
        if refused := self._refused(call):
            return refused
        user = _object(call.body)
        name, password = user.get("userName"), user.get("password")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(password, str) or not password:
            return _error(400, "A userName of example.test and a password are needed.", "invalidValue")
        if self._accounts.make(name, password) is None:
            return _error(409, "The userName is taken.", "uniqueness")
        self._names[name] = user.get("name")
        return _answer(201, self._resource(name))

    async def find(self, call: Call) -> Answer:
        """GET /Users?filter=userName eq "...", the one filter there is (RFC 7644 3.4.2)."""
        if refused := self._refused(call):
            return refused
        match = _BY_NAME.fullmatch(parse_qs(call.query).get("filter", [""])[0])
        if match is None:
            return _error(400, 'The only filter is: userName eq "..."', "invalidFilter")
        name = re.sub(r"\\(.)", r"\1", match[1])
        found = [self._resource(name)] if name in self._accounts.made() else []
        return _answer(200, {"schemas": [_LIST], "totalResults": len(found), "Resources": found})

    async def remove(self, call: Call) -> Answer:
        """DELETE /Users/id: 204, or 404 for what was not made here (RFC 7644 3.6)."""
        if refused := self._refused(call):
            return refused
        name = unquote(call.path.removeprefix(f"{USERS}/"))
        if not self._accounts.remove(name):
            return _error(404, "There is no such user.")
        self._names.pop(name, None)
        return Answer(204, _HEADERS, b"")

    def _refused(self, call: Call) -> Answer | None:
        scheme, _, text = call.headers.get("authorization", "").partition(" ")
        token = self._store.token(text, "access_token") if scheme.lower() == "bearer" else None
        if token is None or token.ended or token.family.revoked:
            return _error(401, "A bearer token is needed.")
        return None if SCOPE in token.scope.split() else _error(403, f"The scope {SCOPE} is needed.")

    def _resource(self, name: str) -> dict[str, Any]:
        location = f"{self._issuer}{USERS}/{quote(name, safe='')}"
        meta = {"resourceType": "User", "location": location}
        shown = {"schemas": [_RESOURCE], "id": name, "userName": name, "active": True, "meta": meta}
        return shown | ({"name": self._names[name]} if self._names.get(name) else {})


def scim_routes(scim: Scim) -> Routes:
    """The addresses of the resource; those below it are one user each."""
    return {
        USERS: ("scim", {"POST": scim.create, "GET": scim.find}),
        f"{USERS}/": ("scim", {"DELETE": scim.remove}),
    }


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _answer(status: int, document: dict[str, Any]) -> Answer:
    return Answer(status, _HEADERS, json.dumps(document).encode())


def _error(status: int, detail: str, kind: str = "") -> Answer:
    """An error in the form of RFC 7644 3.12."""
    document = {"schemas": [_ERROR], "status": str(status), "detail": detail}
    return _answer(status, document | ({"scimType": kind} if kind else {}))
