"""Zitadel's user service, version 2 of its API: /v2/users.

The token is that of a service account with user.write (and user.read to resume) in the organization. Not run here: the
shapes are asserted against the documentation (https://zitadel.com/docs/apis/resources/user_service_v2).
"""

from __future__ import annotations

from typing import Any
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


class Zitadel:
    """``url`` is the instance's, as https://my-instance.zitadel.cloud; ``organization`` "" for the token's own."""

    def __init__(self, url: str, organization: str = "") -> None:
        self._users = f"{url.rstrip('/')}/v2/users"
        self._organization = organization

    def create(self, account: Identity) -> Request:
        """POST /v2/users/human (AddHumanUser, which the documentation calls deprecated in favour of CreateUser)."""
        user: dict[str, Any] = {
            "username": account.name,
            "profile": {"givenName": given_name(account.name), "familyName": MARK},
            "email": {"email": email_of(account.name), "isVerified": True},
            "password": {"password": account.password, "changeRequired": False},
        }
        if self._organization:
            user["organization"] = {"orgId": self._organization}
        return json_request("POST", f"{self._users}/human", user)

    def created(self, answer: Answer) -> tuple[Fate, str]:
        """The answer holds userId; 409 is ALREADY_EXISTS."""
        fate = fate_of_creation(answer)
        return fate, text_of(inner(document_in(answer), "userId")) if fate is Fate.DONE else ""

    def find(self, username: str) -> Request | None:
        """POST /v2/users (ListUsers) with a query by name."""
        query = {"userNameQuery": {"userName": username, "method": "TEXT_QUERY_METHOD_EQUALS"}}
        return json_request("POST", self._users, {"query": {"limit": 2}, "queries": [query]})

    def found(self, answer: Answer, username: str) -> str:
        """The userId in the result's one user."""
        for user in objects_in(inner(document_in(answer), "result")):
            is_ours = inner(user, "human", "profile", "familyName") == MARK
            if is_ours and user.get("username") == username:
                return text_of(user.get("userId"))
        return ""

    def remove(self, username: str, identifier: str) -> Request | None:  # noqa: ARG002 - by id alone
        """DELETE /v2/users/id (DeleteUser)."""
        if not identifier:
            return None
        return Request("DELETE", f"{self._users}/{quote(identifier, safe='')}", {"Accept": "application/json"})

    def removed(self, answer: Answer) -> Fate:
        """200, or 404."""
        return fate_of_removal(answer)
