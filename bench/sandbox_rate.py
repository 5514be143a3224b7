"""How many requests the sandbox answers in one second of its own CPU time, by kind of request.

Starts the sandbox, loads it over keep-alive connections from this process, reads the server's CPU time from /proc, and
holds the number of answers against the server's own counts. Run: ``python -m bench.sandbox_rate`` (about 30 s).
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

PASSWORD, SECRET = "bench-password", "bench-secret"  # the sandbox is ours alone and lives for seconds
TICKS = os.sysconf("SC_CLK_TCK")
BASIC = "Basic " + base64.b64encode(f"storm:{SECRET}".encode()).decode()
API = "Basic " + base64.b64encode(f"storm-api:{SECRET}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Server:
    """A running sandbox."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """CPU time of the whole process so far, all threads, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss_mb(self) -> float:
        """Resident memory."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def control(self, method: str, what: str) -> dict:
        """Ask the control endpoint."""
        with urlopen(Request(f"http://127.0.0.1:{self.port}/control/{what}", method=method), timeout=10) as answer:
            return json.load(answer)


@contextmanager
def sandbox(*arguments: str, cpu: int | None = None) -> Iterator[Server]:
    """A sandbox on a free port for as long as the block lasts; on one CPU alone when ``cpu`` is given."""
    environment = {**os.environ, "SANDBOX_PASSWORD": PASSWORD, "SANDBOX_CLIENT_SECRET": SECRET}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "authstorm.sandbox", "--port", "0", "--with-parent", *arguments]
        path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        process = subprocess.Popen(
            command, cwd=folder, env={**environment, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            words = process.stdout.readline().split()
            if cpu is not None:
                for thread in os.listdir(f"/proc/{process.pid}/task"):
                    os.sched_setaffinity(int(thread), {cpu})
            yield Server(int(words[2].rpartition(":")[2]), process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(5)


def post(path: str, authorization: str, **fields: str) -> bytes:
    """A form request, ready to send."""
    body = urlencode(fields)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {authorization}\r\n"
    return (
        f"{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )


def log_in(number: int, scope: str = "") -> bytes:
    """A password grant of the n-th account."""
    fields = {"scope": scope} if scope else {}
    name = f"user{number % 5000:05d}@example.test"
    return post("/token", BASIC, grant_type="password", username=name, password=PASSWORD, **fields)


Next = Callable[[int, bytes], bytes]
"""The next request of a connection, from its number and the body of the answer before (b"" at first)."""


def kinds(server: Server) -> dict[str, Next]:
    """What is measured, by name."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(log_in(1, "openid profile email"))
        token = json.loads(connection.recv(65536).partition(b"\r\n\r\n")[2])["access_token"]
    numbers = iter(range(10**9))

    def refresh(number: int, body: bytes) -> bytes:
        if not body:
            return log_in(number)
        return post("/token", BASIC, grant_type="refresh_token", refresh_token=json.loads(body)["refresh_token"])

    client = post("/token", BASIC, grant_type="client_credentials", scope="api")
    introspect = post("/introspect", API, token=token)
    userinfo = f"GET /userinfo HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    return {
        "password": lambda _number, _body: log_in(next(numbers)),
        "password + ID token": lambda _number, _body: log_in(next(numbers), "openid"),
        "refresh": refresh,
        "client_credentials": lambda _number, _body: client,
        "introspect": lambda _number, _body: introspect,
        "userinfo": lambda _number, _body: userinfo,
    }


@dataclass(slots=True)
class Connection:
    """One keep-alive connection with a request under way."""

    socket: socket.socket
    number: int
    received: bytes = b""
    sent_s: float = 0.0

    def send(self, request: bytes) -> None:
        """Begin a request."""
        self.received = b""
        self.sent_s = time.perf_counter()
        self.socket.sendall(request)

    def body(self) -> bytes | None:
        """The body once the answer is whole, else None; SystemExit when it is not 200."""
        self.received += self.socket.recv(65536)
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return None
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(self.received.decode())
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        return body if len(body) == length else None


@dataclass(frozen=True, slots=True)
class Rate:
    """One measurement."""

    per_s: float
    per_cpu_s: float
    p50_ms: float
    p99_ms: float


def measure(server: Server, following: Next, connections: int, seconds: float) -> Rate:
    """Load the server in a closed loop and measure; SystemExit when the server counted other than we did."""
    server.control("DELETE", "counts")
    selector = selectors.DefaultSelector()
    for number in range(connections):
        connection = Connection(socket.create_connection(("127.0.0.1", server.port)), number)
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(following(number, b""))
    began_s, cpu_s = time.perf_counter(), server.cpu_s()
    took_ms: list[float] = []
    open_requests = connections
    while open_requests:
        for key, _ in selector.select(5):
            connection = key.data
            body = connection.body()
            if body is None:
                continue
            now_s = time.perf_counter()
            took_ms.append((now_s - connection.sent_s) * 1000)
            if now_s - began_s < seconds:
                connection.send(following(connection.number, body))
            else:
                open_requests -= 1
    elapsed_s, cpu_s = time.perf_counter() - began_s, server.cpu_s() - cpu_s
    for key in [*selector.get_map().values()]:
        key.fileobj.close()
    counted = server.control("GET", "counts")["total"]
    if counted != len(took_ms):
        raise SystemExit(f"{len(took_ms)} answers came, the server counted {counted}")
    cuts = statistics.quantiles(took_ms, n=100)
    return Rate(counted / elapsed_s, counted / cpu_s, cuts[49], cuts[98])


def main() -> None:
    """Measure each kind in turn, round after round, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one measurement (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the median counts (%(default)s)")
    parser.add_argument("--connections", type=int, default=16, help="open connections (%(default)s)")
    parser.add_argument("--one-core", action="store_true", help="hold the server to CPU 0 and this process to the rest")
    parser.add_argument("sandbox", nargs="*", help="arguments of the sandbox, after --")
    options = parser.parse_args()
    cpu = 0 if options.one_core else None
    with sandbox(*options.sandbox, cpu=cpu) as server:
        if cpu is not None and (others := os.sched_getaffinity(0) - {cpu}):
            os.sched_setaffinity(0, others)
        rates: dict[str, list[Rate]] = {}
        for _ in range(options.rounds):
            for name, following in kinds(server).items():
                rates.setdefault(name, []).append(measure(server, following, options.connections, options.seconds))
        print(f"{'request':22}{'per CPU s':>10}{'[min..max]':>16}{'per s':>9}{'p50 ms':>9}{'p99 ms':>9}")
        for name, found in rates.items():
            cpu_rates = [rate.per_cpu_s for rate in found]
            middle = sorted(found, key=lambda rate: rate.per_cpu_s)[len(found) // 2]
            span = f"[{min(cpu_rates):.0f}..{max(cpu_rates):.0f}]"
            print(f"{name:22}{middle.per_cpu_s:10.0f}{span:>16}{middle.per_s:9.0f}", end="")
            print(f"{middle.p50_ms:9.2f}{middle.p99_ms:9.2f}")
        held = server.control("GET", "counts")["held"]
        print(f"server memory {server.rss_mb():.0f} MB, holding {held}")


if __name__ == "__main__":
    main()
