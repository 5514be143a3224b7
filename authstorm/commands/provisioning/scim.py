"""SCIM 2.0: users as RFC 7643 4.1 shapes them, over the protocol of RFC 7644 3."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from authstorm.auth.exchange import Identity
from authstorm.auth.session import Answer
from authstorm.commands.provisioning.api import (
    MARK,
    Fate,
    Request,
    document_in,
    fate_of_creation,
    fate_of_removal,
    given_name,
    inner,
    json_request,
    objects_in,
    text_of,
)
from authstorm.plan.provisioning import email_of

MEDIA_TYPE: Final = "application/scim+json"
USER_SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:User"


class Scim:
    """``url`` is the service's base, as https://host/scim/v2."""

    def __init__(self, url: str) -> None:
        self._users = f"{url.rstrip('/')}/Users"

    def create(self, account: Identity) -> Request:
        """POST /Users (RFC 7644 3.3)."""
        user = {
            "schemas": [USER_SCHEMA],
            "userName": account.name,
            "name": {"givenName": given_name(account.name), "familyName": MARK},
            "emails": [{"value": email_of(account.name), "type": "work", "primary": True}],
            "password": account.password,
            "active": True,
        }
        return json_request("POST", self._users, user, MEDIA_TYPE)

    def created(self, answer: Answer) -> tuple[Fate, str]:
        """201 with the resource; 409 with scimType uniqueness."""
        fate = fate_of_creation(answer)
        return fate, text_of(inner(document_in(answer), "id")) if fate is Fate.DONE else ""

    def find(self, username: str) -> Request | None:
        """GET /Users?filter=userName eq "..." (RFC 7644 3.4.2.2)."""
        escaped = username.replace("\\", "\\\\").replace('"', '\\"')
        asked = quote(f'userName eq "{escaped}"')
        return Request("GET", f"{self._users}?filter={asked}", {"Accept": MEDIA_TYPE})

    def found(self, answer: Answer, username: str) -> str:
        """The id in the list's one resource; user names are not case sensitive (RFC 7643 4.1.1)."""
        for user in objects_in(inner(document_in(answer), "Resources")):
            is_ours = inner(user, "name", "familyName") == MARK
            if is_ours and text_of(user.get("userName")).lower() == username.lower():
                return text_of(user.get("id"))
        return ""

    def remove(self, username: str, identifier: str) -> Request | None:  # noqa: ARG002 - by id alone
        """DELETE /Users/id (RFC 7644 3.6)."""
        if not identifier:
            return None
        return Request("DELETE", f"{self._users}/{quote(identifier, safe='')}", {"Accept": MEDIA_TYPE})

    def removed(self, answer: Answer) -> Fate:
        """204, or 404."""
        return fate_of_removal(answer)
