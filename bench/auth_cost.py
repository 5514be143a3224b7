"""What one step costs in ``authstorm.auth`` beside reading its JSON, and what the same step costs in Authlib's client.

    python -m bench.auth_cost [repeats]

Both clients talk to a session that answers at once, so no network is in the figures: "step" is the whole call, "json"
is ``json.loads`` of the same body, "own" is the difference. Best of some repeats, in microseconds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from timeit import Timer
from typing import Any

from authlib.oauth2.client import OAuth2Client

from authstorm.auth.client_auth import ClientAuth
from authstorm.auth.endpoints import Endpoints
from authstorm.auth.oauth import OAuthExchanges
from authstorm.auth.provider import prepare
from authstorm.auth.renewal import due_s
from authstorm.auth.session import NO_HEADERS

HERE = "http://127.0.0.1:9"
OPAQUE = "COKK" + "aZ9_-" * 8
JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ." + "eyJzdWIiOiJ1" * 45 + "." + "aZ9_-b" * 57
TARGET_US = 8.0


@dataclass(slots=True)
class StillAnswer:
    """An answer that is always the same; what Authlib reads of a requests answer stands beside what we read."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    failure: str = ""
    began_at: float = 0.0
    connected_at: float = 0.0
    sent_at: float = 0.0
    first_byte_at: float = 0.0
    done_at: float = 0.0
    clock: str = "loop"

    def header(self, name: str) -> str:
        """The content type, and no other header."""
        return self.content_type if name == "content-type" else ""

    @property
    def status_code(self) -> int:
        """The status under the name that requests gives it."""
        return self.status

    def json(self) -> Any:
        """The body as requests gives it."""
        return json.loads(self.body)


class StillSession:
    """A session that answers at once."""

    def __init__(self, answer: StillAnswer) -> None:
        self.answer = answer

    def send(
        self, _method: str, _url: str, _headers: Mapping[str, str] = NO_HEADERS, _body: bytes = b""
    ) -> StillAnswer:
        """The answer, whatever is asked."""
        return self.answer

    def request(self, _method: str, _url: str, auth: Any = None, **sent: Any) -> StillAnswer:
        """The same for Authlib, which leaves it to the session to call its authentication."""
        if auth is not None:
            auth.prepare(_method, _url, sent.get("headers") or {}, sent.get("data") or "")
        return self.answer

    def post(self, url: str, data: Any = None, headers: Any = None, auth: Any = None, **_more: Any) -> StillAnswer:
        """As ``request``, for Authlib's token requests."""
        return self.request("POST", url, auth=auth, headers=headers, data=data)

    def close(self) -> None:
        """Nothing to close."""


def token_body(access: str) -> bytes:
    """What a login answers."""
    body = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": 600,
        "refresh_token": OPAQUE,
        "scope": "openid",
    }
    return json.dumps(body).encode()


def ours(body: bytes, status: int = 200) -> OAuthExchanges:
    """One visitor's client that gets this answer for ever."""
    endpoints = Endpoints(HERE, f"{HERE}/token", f"{HERE}/introspect", f"{HERE}/userinfo", f"{HERE}/revoke")
    provider = prepare(endpoints, ClientAuth.basic("load-test", "s3cret:%+"), scope="openid offline_access")
    return OAuthExchanges(StillSession(StillAnswer(body, status)), provider)


def authlib(body: bytes) -> OAuth2Client:
    """Authlib's client with the same answer."""
    return OAuth2Client(
        StillSession(StillAnswer(body)), "load-test", "s3cret", token_endpoint=f"{HERE}/token", scope="openid"
    )


def best_us(call: Callable[[], Any], repeats: int) -> float:
    """Microseconds of one call, best of the repeats."""
    return min(Timer(call).repeat(repeats, 5_000)) / 5_000 * 1e6


def steps() -> list[tuple[str, bytes, Callable[[], Any], Callable[[], Any] | None]]:
    """Name, body, our step, and Authlib's where it has one."""
    opaque, jwt, user = token_body(OPAQUE), token_body(JWT), ("user0001", "Load-Test-Pw-1")
    named = {"username": user[0], "password": user[1]}
    refused = b'{"error":"invalid_grant","error_description":"grant request is invalid"}'
    active = b'{"active":true,"sub":"user0001","client_id":"load-test","exp":1900000000,"scope":"openid"}'
    held = ours(jwt).password(*user).value
    assert held is not None
    ask = partial(authlib(active).introspect_token, f"{HERE}/introspect", token=JWT)
    return [
        (
            "login, opaque token",
            opaque,
            partial(ours(opaque).password, *user),
            partial(authlib(opaque).fetch_token, **named),
        ),
        ("login, JWT of 0.9 kB", jwt, partial(ours(jwt).password, *user), partial(authlib(jwt).fetch_token, **named)),
        ("login, wrong password", refused, partial(ours(refused, 400).password, *user), None),
        ("login, 429", b"", partial(ours(b"", 429).password, *user), None),
        ("client credentials", opaque, ours(opaque).client_credentials, None),
        ("refresh", jwt, partial(ours(jwt).refresh, held), partial(authlib(jwt).refresh_token, refresh_token=OPAQUE)),
        ("introspect, JWT of 0.9 kB", active, partial(ours(active).introspect, JWT), lambda: ask().json()),
        ("userinfo", active, partial(ours(active).userinfo, JWT), None),
        ("revoke", b"", partial(ours(b"").revoke, OPAQUE, "refresh_token"), None),
        ("when to renew", b"", partial(due_s, held), None),
    ]


def main() -> int:
    """Print the table; 1 when a step's own code takes longer than the target."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    print(f"{'µs a step (best of ' + str(repeats) + ')':32}{'step':>8}{'json':>8}{'own':>8}{'Authlib':>10}")
    worst = 0.0
    for name, body, step, peer in steps():
        step_us = best_us(step, repeats)
        json_us = best_us(partial(json.loads, body), repeats) if body else 0.0
        peer_text = f"{best_us(peer, repeats):.1f}" if peer else "-"
        worst = max(worst, step_us - json_us)
        print(f"{name:32}{step_us:8.1f}{json_us:8.1f}{step_us - json_us:8.1f}{peer_text:>10}")
    print(f"most own code: {worst:.1f} µs a step; target: at most {TARGET_US:.0f}")
    return 0 if worst <= TARGET_US else 1


if __name__ == "__main__":
    raise SystemExit(main())
