"""Keycloak's Admin REST API: /admin/realms/{realm}/users, as its documentation of version 26 shapes it.

The client needs a service account with the role manage-users of realm-management, and view-users to resume. Not run
here: the shapes are asserted against the documentation (https://www.keycloak.org/docs-api/latest/rest-api/index.html).
"""

from __future__ import annotations

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
    json_request,
    objects_in,
    text_of,
)
from authstorm.plan.provisioning import email_of


class Keycloak:
    """``url`` is the server's root, as https://sso.example.test."""

    def __init__(self, url: str, realm: str) -> None:
        self._users = f"{url.rstrip('/')}/admin/realms/{quote(realm, safe='')}/users"

    def create(self, account: Identity) -> Request:
        """POST a UserRepresentation: with both names and an address, since the user profile asks for them at login."""
        user = {
            "username": account.name,
            "email": email_of(account.name),
            "emailVerified": True,
            "enabled": True,
            "firstName": given_name(account.name),
            "lastName": MARK,
            "requiredActions": [],
            "credentials": [{"type": "password", "value": account.password, "temporary": False}],
        }
        return json_request("POST", self._users, user)

    def created(self, answer: Answer) -> tuple[Fate, str]:
        """201 without a body: the id is the end of Location; 409 for a name or address that is taken."""
        fate, path = fate_of_creation(answer), answer.header("location").partition("?")[0]
        return fate, path.rpartition("/users/")[2] if fate is Fate.DONE and "/users/" in path else ""

    def find(self, username: str) -> Request | None:
        """GET users?username=...&exact=true."""
        return Request(
            "GET", f"{self._users}?username={quote(username, safe='')}&exact=true", {"Accept": "application/json"}
        )

    def found(self, answer: Answer, username: str) -> str:
        """The id in the list's one user; Keycloak keeps names in lower case."""
        for user in objects_in(document_in(answer)):
            if text_of(user.get("username")).lower() == username.lower() and user.get("lastName") == MARK:
                return text_of(user.get("id"))
        return ""

    def remove(self, username: str, identifier: str) -> Request | None:  # noqa: ARG002 - by id alone
        """DELETE users/id."""
        if not identifier:
            return None
        return Request("DELETE", f"{self._users}/{quote(identifier, safe='')}", {"Accept": "application/json"})

    def removed(self, answer: Answer) -> Fate:
        """204, or 404."""
        return fate_of_removal(answer)
