"""The ledger: one line for each answer that counts, appended by every process to one file.

Two processes serve, so that counters in memory would each know half, and a table would cost a write lock for each
request. An appended line costs some microseconds and stands in the file before the answer leaves.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from oauth2_provider.models import get_refresh_token_model
from oauth2_provider.signals import app_authorized

from dotserver.environment import state_folder


def entries() -> Iterator[list[str]]:
    """All lines so far, oldest first."""
    path = state_folder() / "ledger.jsonl"
    with path.open("r", encoding="ascii") as lines:
        for line in lines:
            yield json.loads(line)


def families_ended() -> int:
    """How many logins have no live refresh token left, by sign-out or because an old one came back."""
    tokens = get_refresh_token_model().objects
    alive = tokens.filter(revoked__isnull=True).values("token_family")
    return tokens.exclude(token_family__in=alive).values("token_family").distinct().count()


class Ledger:
    """The middleware that writes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._file = os.open(state_folder() / "ledger.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._entry_of = {
            "/o/token/": _token_entry,
            "/o/userinfo/": _userinfo_entry,
            "/o/introspect/": _introspect_entry,
            "/accounts/login/": _login_entry,
        }
        app_authorized.connect(_remember_user)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and note it."""
        response = self._get_response(request)
        entry_of = self._entry_of.get(request.path)
        entry = entry_of(request, response) if entry_of else None
        if entry:
            os.write(self._file, json.dumps(entry).encode("ascii") + b"\n")
        return response


def _remember_user(request: HttpRequest, token: Any, **_: Any) -> None:
    """Take the user from the new token where the request does not name him."""
    if request.POST.get("grant_type") == "authorization_code":
        request.ledger_user = token.user.get_username()


def _token_entry(request: HttpRequest, response: HttpResponse) -> list[str]:
    kind = request.POST.get("grant_type", "")
    presented = _digest(request.POST.get("refresh_token", ""))
    if response.status_code != 200:
        # a token refused for another reason (client secret, locked database) may rightly come again
        return ["refused", kind, presented if b'"invalid_grant"' in response.content else ""]
    body = json.loads(response.content)
    user = getattr(request, "ledger_user", request.POST.get("username", ""))
    return ["granted", kind, user, _digest(body["access_token"]), _digest(body.get("refresh_token", "")), presented]


def _userinfo_entry(request: HttpRequest, response: HttpResponse) -> list[str] | None:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return ["used", _digest(token)] if response.status_code == 200 else None


def _introspect_entry(request: HttpRequest, response: HttpResponse) -> list[str] | None:
    active = response.status_code == 200 and json.loads(response.content)["active"]
    return ["used", _digest(request.POST.get("token") or request.GET.get("token", ""))] if active else None


def _login_entry(request: HttpRequest, response: HttpResponse) -> list[str] | None:
    """A right password is answered by a redirect, a wrong one by the page again."""
    return ["refused", "login_page", ""] if request.method == "POST" and response.status_code == 200 else None


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()[:24] if token else ""
