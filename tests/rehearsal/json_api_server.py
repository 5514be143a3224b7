"""A small JSON login API that knows what it did: tokens that rotate under /bearer, session cookies under /cookie.

``python json_api_server.py`` says where it listens and ends when its standard input does. ``GET /seen`` tells its
counts; ``PUT /swap`` makes every n-th answer about who is signed in name somebody else. The password of each account is
its name.
"""

from __future__ import annotations

import json
import secrets
import sys
import threading
from collections import Counter
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LIFE_S = 60


class State:
    """Who is signed in, by token; ``swap_every`` 0 never mixes anybody up."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.access: dict[str, str] = {}
        self.refresh: dict[str, str] = {}
        self.seen: Counter[str] = Counter()
        self.swap_every = 0

    def issue(self, user: str) -> tuple[str, str]:
        """A pair of tokens."""
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        with self.lock:
            self.access[access] = user
            self.refresh[refresh] = user
        return access, refresh

    def told_user(self, user: str) -> str:
        """The user as it is told, which is somebody else once in a while."""
        with self.lock:
            self.seen["told"] += 1
            swapped = self.swap_every and self.seen["told"] % self.swap_every == 0
            self.seen["swapped"] += bool(swapped)
        return "somebody@else.test" if swapped else user


class Handler(BaseHTTPRequestHandler):
    """Every path and method is one short method below."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state: State

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Who is signed in; the counts."""
        if self.path == "/seen":
            return self._answer(200, dict(self.state.seen))
        user = self.state.access.get(self._token())
        self.state.seen[f"{self.path} {'good' if user else 'dead'}"] += 1
        if self.path == "/cookie/me":
            return self._answer(200, {"session": {"user": self.state.told_user(user)}} if user else None)
        if user is None:
            return self._answer(401, {"message": "who are you?"})
        return self._answer(200, {"users": [{"mail": self.state.told_user(user)}]})

    def do_PUT(self) -> None:
        """Plant the fault."""
        self.state.swap_every = self._body()["every"]
        self._answer(200, {})

    def do_POST(self) -> None:
        """Login, refresh, logout."""
        body = self._body()
        self.state.seen[self.path] += 1
        if self.path == "/bearer/login":
            return self._login(body["user"]["name"], body["user"]["password"])
        if self.path == "/cookie/login":
            return self._login(body["name"], body["password"])
        if self.path == "/bearer/refresh":
            user = self.state.refresh.pop(body["token"], None)
            self.state.seen["refused"] += user is None
            return self._answer(200, self._pair(user)) if user else self._answer(401, {})
        ended = self.state.access.pop(self._token(), None)
        return self._answer(204 if ended else 401, None, {"Set-Cookie": "sid=; Max-Age=0"})

    def _login(self, name: str, password: str) -> None:
        if password != name:
            self.state.seen["refused"] += 1
            return self._answer(403, {"reason": "no"})
        if self.path == "/bearer/login":
            return self._answer(201, self._pair(name))
        if self.headers["Cookie"]:
            self.state.seen["cookie of somebody before"] += 1
        access, _ = self.state.issue(name)
        cookie = {"Set-Cookie": f"sid={access}; Path=/cookie; Secure; HttpOnly", "Location": "/cookie/home"}
        return self._answer(302, None, cookie)

    def _pair(self, user: str) -> dict[str, Any]:
        access, refresh = self.state.issue(user)
        return {"session": {"tokens": [access, refresh], "ttl": LIFE_S}, "who": user}

    def _token(self) -> str:
        cookie = SimpleCookie(self.headers["Cookie"]).get("sid")
        return cookie.value if cookie else (self.headers["Authorization"] or "").removeprefix("Bearer ")

    def _body(self) -> Any:
        raw = self.rfile.read(int(self.headers["Content-Length"] or 0))
        return json.loads(raw) if raw else {}

    def _answer(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        body = b"" if status in {204, 302} else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """On a port of its own."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), type("Bound", (Handler,), {"state": State()}))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


def main() -> None:
    """Serve until standard input ends."""
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(server.url + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
