"""A session whose answers are written down beforehand, and which remembers what was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from authstorm.auth.client_auth import ClientAuth
from authstorm.auth.endpoints import Endpoints
from authstorm.auth.oauth import OAuthExchanges
from authstorm.auth.provider import Provider, prepare

SERVER = "http://login.example.test"
NOW_S = 5_000.0  # monotonic
TODAY_S = 1_700_000_000.0  # since the epoch: Tue, 14 Nov 2023 22:13:20 GMT
ENDPOINTS = Endpoints(
    issuer=SERVER,
    token=f"{SERVER}/token",
    introspection=f"{SERVER}/introspect",
    userinfo=f"{SERVER}/userinfo",
    revocation=f"{SERVER}/revoke",
    jwks=f"{SERVER}/jwks",
    authorization=f"{SERVER}/authorize",
)


@dataclass
class FakeAnswer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    failure: str = ""
    began_at: float = 0.0
    connected_at: float = 0.0
    sent_at: float = 0.0
    first_byte_at: float = 0.0
    done_at: float = 0.0
    clock: str = "loop"

    def header(self, name: str) -> str:
        assert name == name.lower(), "the interface wants header names in lower case"
        return self.headers.get(name, "")


class FakeSession:
    """Gives the answers in turn; the last one for ever."""

    def __init__(self, *answers: FakeAnswer) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []

    def send(self, method, url, headers=None, body=b""):
        self.asked.append((method, url, dict(headers or {}), body))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def forget(self) -> None:
        pass

    def close(self) -> None:
        pass


def json_answer(body: Any, status: int = 200, **headers: str) -> FakeAnswer:
    """An answer in JSON; header names with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return FakeAnswer(status, json.dumps(body).encode(), {"content-type": "application/json"} | named)


def provider(**settings: Any) -> Provider:
    settings = {"scope": "openid", "clock": lambda: NOW_S, "wall_clock": lambda: TODAY_S} | settings
    endpoints = settings.pop("endpoints", ENDPOINTS)
    return prepare(endpoints, settings.pop("client_auth", ClientAuth.basic("app", "s3cret")), **settings)


def client(*answers: FakeAnswer, **settings: Any) -> OAuthExchanges:
    return OAuthExchanges(FakeSession(*answers), provider(**settings))
