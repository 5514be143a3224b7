"""What an API for accounts can do: requests made without sending them, and what their answers say. No I/O here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any, Final, NamedTuple, Protocol

from authstorm.auth.exchange import Identity
from authstorm.auth.session import Answer

MARK: Final = "Authstorm"
"""The family name of every account that is made: by it one of ours is known again after an interruption."""


class Request(NamedTuple):
    """One request, but for the bearer token that goes with it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Fate(Enum):
    """What an answer means for an account."""

    DONE = auto()
    THERE = auto()
    GONE = auto()
    FAILED = auto()


class AccountApi(Protocol):
    """One kind of API."""

    def create(self, account: Identity) -> Request:
        """Make an account that can sign in at once: enabled, its address verified, its password final."""
        ...

    def created(self, answer: Answer) -> tuple[Fate, str]:
        """Whether it was made or there already, and its id; "" where the answer does not tell."""
        ...

    def find(self, username: str) -> Request | None:
        """Ask for the id of an account; None where the API has no such call."""
        ...

    def found(self, answer: Answer, username: str) -> str:
        """The id of the account of that very name, if we made it; else ""."""
        ...

    def remove(self, username: str, identifier: str) -> Request | None:
        """Remove an account; None where that takes an id and there is none: it would ask for all of them."""
        ...

    def removed(self, answer: Answer) -> Fate:
        """DONE, GONE or FAILED."""
        ...


def json_request(method: str, url: str, document: Any, media_type: str = "application/json") -> Request:
    """A request with a JSON body."""
    return Request(method, url, {"Content-Type": media_type, "Accept": media_type}, json.dumps(document).encode())


def is_success(answer: Answer) -> bool:
    """A complete 2xx."""
    return not answer.failure and 200 <= answer.status < 300


def document_in(answer: Answer) -> Any:
    """The JSON in an answer; None for none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list, whatever else it holds; none of what is no list."""
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())


def inner(value: Any, *names: str) -> Any:
    """What stands at a path of names; None where it leads nowhere."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text_of(value: Any) -> str:
    """A name or an id as text; "" for anything that is none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def fate_of_creation(answer: Answer) -> Fate:
    """201, or 409 where the account is there: the same in SCIM, Keycloak and Zitadel."""
    return Fate.DONE if is_success(answer) else Fate.THERE if answer.status == 409 else Fate.FAILED


def fate_of_removal(answer: Answer) -> Fate:
    """204, or 404 where it is gone."""
    return Fate.DONE if is_success(answer) else Fate.GONE if answer.status == 404 else Fate.FAILED


def given_name(username: str) -> str:
    """The part of a name before its address."""
    return username.partition("@")[0]
