"""Two calls that a target describes: one that makes an account, and one that removes it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urljoin

from authstorm.auth.exchange import Identity
from authstorm.auth.session import Answer
from authstorm.commands.provisioning.api import Fate, Request, document_in, is_success, json_request
from authstorm.plan.json_path import JsonPath
from authstorm.plan.placeholders import split
from authstorm.plan.provisioning import AccountCall, words_for


class Described:
    """``url`` is what the calls' paths hang on."""

    def __init__(self, url: str, create: AccountCall, remove: AccountCall) -> None:
        self._url = f"{url.rstrip('/')}/"
        self._create = create
        self._remove = remove

    def create(self, account: Identity) -> Request:
        """The call ``create``, filled in."""
        return self._request(self._create, words_for(account.name, account.password))

    def created(self, answer: Answer) -> tuple[Fate, str]:
        """As ``expect`` and ``there`` say; the id stands at the path ``id``."""
        if answer.status in self._create.there and not answer.failure:
            return Fate.THERE, ""
        if not _went_well(answer, self._create):
            return Fate.FAILED, ""
        return Fate.DONE, value_at(document_in(answer), self._create.id) if self._create.id else ""

    def find(self, username: str) -> Request | None:  # noqa: ARG002 - the protocol's
        """Nothing: no such call is described."""
        return None

    def found(self, answer: Answer, username: str) -> str:  # noqa: ARG002 - the protocol's
        """Nothing: it was not asked."""
        return ""

    def remove(self, username: str, identifier: str) -> Request | None:
        """The call ``remove``, filled in; it never needs the password."""
        if not identifier and self._remove.uses("id"):
            return None
        return self._request(self._remove, words_for(username, "", identifier))

    def removed(self, answer: Answer) -> Fate:
        """As ``expect`` and ``gone`` say."""
        if _went_well(answer, self._remove):
            return Fate.DONE
        return Fate.GONE if answer.status in self._remove.gone and not answer.failure else Fate.FAILED

    def _request(self, call: AccountCall, words: dict[str, Any]) -> Request:
        path = filled(call.path, {word: quote(value, safe="") for word, value in words.items()})
        headers = {name: filled(value, words) for name, value in call.headers.items()}
        url = urljoin(self._url, path.removeprefix("/") if not path.startswith("//") else path)
        if call.json_body is None:
            return Request(call.method, url, {"Accept": "application/json", **headers})
        made = json_request(call.method, url, filled(call.json_body, words))
        return made._replace(headers={**made.headers, **headers})


def filled(value: Any, words: dict[str, Any]) -> Any:
    """A JSON value with the words in its texts filled in; ``{token}`` stays for the one who sends it."""
    if isinstance(value, str):
        parts = split(value)
        return "".join(
            part if not index % 2 else "{token}" if part == "token" else words[part] for index, part in enumerate(parts)
        )
    if isinstance(value, dict):
        return {key: filled(inner, words) for key, inner in value.items()}
    return [filled(inner, words) for inner in value] if isinstance(value, list) else value


def value_at(document: Any, path: JsonPath) -> str:
    """What stands at a path, as text; "" for nothing."""
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return ""
    return str(document) if isinstance(document, str | int) else ""


def _went_well(answer: Answer, call: AccountCall) -> bool:
    return not answer.failure and (answer.status in call.expect if call.expect else is_success(answer))
