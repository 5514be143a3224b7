"""An nginx that answers every request with a kilobyte of tokens, over HTTP and HTTPS, on one CPU."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

TOKENS = json.dumps({
    "access_token": "${request_id}" + "a" * 668,
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_token": "${request_id}" + "b" * 218,
})  # fmt: skip
"""Nginx puts 32 digits of each request's own in both: two people who are given one token would be a mix-up."""

# no session tickets: a new connection is a whole handshake for every generator alike
_CONF = """
{user} worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_rlimit_nofile 20000;
events {{ worker_connections 16384; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; default_type application/json;
  ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
  ssl_session_tickets off; ssl_session_cache none;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{
    listen 127.0.0.1:{http} backlog=8192; listen 127.0.0.1:{https} ssl backlog=8192;
    location / {{ return 200 '{tokens}'; }}
  }}
  server {{ listen 127.0.0.1:{told}; location / {{ stub_status; }} }}
}}
"""


class Counts(NamedTuple):
    """What nginx has seen since it was started; asking counts as a request and a connection itself."""

    accepted: int
    requests: int
    open: int


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running nginx: its two addresses, the certificate to trust, and where it counts."""

    http: str
    https: str
    certificate: Path
    status_url: str

    def counts(self) -> Counts:
        """Connections accepted, requests, and connections open now."""
        with urlopen(self.status_url, timeout=10) as answer:
            words = answer.read().split()
        return Counts(int(words[7]), int(words[9]), int(words[2]))


def missing() -> list[str]:
    """The programs that are needed and not there."""
    return [name for name in ("nginx", "openssl", "taskset") if shutil.which(name) is None]


@contextmanager
def nginx(cpu: int) -> Iterator[Nginx]:
    """An nginx of one worker on one CPU, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="authstorm-bench-") as name:
        folder = Path(name)
        _make_certificate(folder)
        http, https, told = _free_ports(3)
        user = "user root;" if os.geteuid() == 0 else ""
        text = _CONF.format(user=user, folder=folder, http=http, https=https, told=told, tokens=TOKENS)
        (folder / "nginx.conf").write_text(text)
        command = ["taskset", "-c", str(cpu), "nginx", "-c", str(folder / "nginx.conf")]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        server = Nginx(
            f"http://127.0.0.1:{http}", f"https://127.0.0.1:{https}", folder / "cert.pem", f"http://127.0.0.1:{told}/"
        )
        try:
            _wait_until_ready(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(10)


def _make_certificate(folder: Path) -> None:
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)


def _free_ports(count: int) -> list[int]:
    """Ports that are free now, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def _wait_until_ready(server: Nginx, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            raise SystemExit("nginx did not start")
        try:
            server.counts()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("nginx did not answer within 5 s")
