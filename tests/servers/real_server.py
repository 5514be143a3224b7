"""A real authorization server for the length of a test; see docs/real-servers.md.

``with real_server("oidc-provider") as server:`` starts it by run.py and leaves no process behind. Accounts are
user0000 to user0199.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dotenv import dotenv_values

from tests.servers.launch.command import SERVERS

ROOT = Path(__file__).resolve().parents[2]
READY_S = 900.0  # a first start downloads and installs
END_S = 20.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What the server saw since its start.

    ``grants`` and ``refused`` are by grant type (``refused`` also by "login_page" and "other"). ``refresh_reuse``
    counts refresh tokens that were presented after they had been exchanged. ``overlaps`` counts uses of an older
    login's tokens after the same user had begun a newer one, as happens when two visitors are one user.
    ``families_ended`` counts logins whose refresh tokens were all revoked.
    """

    grants: Mapping[str, int]
    refused: Mapping[str, int]
    logins_by_user: Mapping[str, int]
    refresh_reuse: int
    overlaps: int
    families_ended: int

    @property
    def logins(self) -> int:
        """Logins of all users together."""
        return sum(self.logins_by_user.values())


@dataclass(frozen=True, slots=True)
class RealServer:
    """A server that runs: where it is, and the variables that its target's YAML names."""

    name: str
    url: str  # without a slash at the end
    secrets: Mapping[str, str] = field(repr=False)
    process_group: int

    @property
    def issuer(self) -> str:
        """The issuer, as the discovery document names it."""
        return self.url + ("/o" if self.name == "django-oauth-toolkit" else "")

    @property
    def password(self) -> str:
        """The password of every account."""
        return next(value for name, value in self.secrets.items() if name.endswith("_PASSWORD"))

    @property
    def client_secret(self) -> str:
        """The secret of every confidential client."""
        return next(value for name, value in self.secrets.items() if name.endswith("_CLIENT_SECRET"))

    def counts(self) -> Counts:
        """Ask the server what it saw so far."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(self.url + "/_counts", timeout=30) as answer:
            return Counts(**json.load(answer))

    def runs(self) -> bool:
        """Whether any process of the server is left."""
        try:
            os.killpg(self.process_group, 0)
        except ProcessLookupError:
            return False
        return True


@contextmanager
def real_server(name: str, *options: str, port: int | None = None) -> Iterator[RealServer]:
    """Start a server and end it again; RuntimeError with its last words when it does not start.

    ``options`` are those of run.py (``"--hash", "real"``); ``port`` None takes a free one, 0 the server's usual one.
    """
    ports = [] if port == 0 else ["--port", str(port or free_port())]
    command = [sys.executable, str(ROOT / "tests/servers/run.py"), name, "--follow-parent", *ports, *options]
    with tempfile.TemporaryFile("w+") as words:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=words, stderr=words, start_new_session=True
        )
        try:
            url = _await_ready(name, process, words)
            yield RealServer(name, url, _secrets(name), process.pid)
        finally:
            _end(process)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(name: str, process: subprocess.Popen[bytes], words: IO[str]) -> str:
    ready = re.compile(rf"^{re.escape(name)} ready (\S+)$", re.MULTILINE)
    give_up_at = time.monotonic() + READY_S
    said = ""
    while process.poll() is None and time.monotonic() < give_up_at:
        said = _so_far(words)
        if found := ready.search(said):
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"{name} did not start:\n{_so_far(words)[-3000:] or said}")


def _so_far(words: IO[str]) -> str:
    """Read without moving the place at which the process writes: it shares ours."""
    return os.pread(words.fileno(), 1_000_000, 0).decode(errors="replace")


def _secrets(name: str) -> dict[str, str]:
    known = dotenv_values(ROOT / ".servers.env") | {key: value for key, value in os.environ.items() if value}
    return {key: known[key] or "" for key in SERVERS[name].secret_names}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask run.py to end its server; kill the group when it could not."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_S)
    if process.returncode != 0:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
