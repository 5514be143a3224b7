"""A token endpoint that knows the truth of its own doing, and the handle by which tests and benchmarks hold it.

One process, one thread: it answers every POST with a token after a known delay, stands wholly still between two moments
if asked to, and then answers what has queued. It notes of each request when its last byte reached this machine (the
kernel's stamp, so that a request that waited in the socket during a freeze counts from when it came) and between which
two moments its answer was handed to the kernel. ``GET /truth`` gives all of that; it ends when its standard input does.
"""

from __future__ import annotations

import argparse
import heapq
import json
import random
import selectors
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

STAMPS = 35  # SO_TIMESTAMPNS of <asm-generic/socket.h>; the module socket does not name it
TIMESPEC = struct.Struct("@ll")
DELAY_MS = 3.0
"""Of every answer, unless another is asked for."""
LEAST_MS, MOST_MS = 20.0, 200.0
"""Random delays are log-normal around their geometric middle, cut to this range."""


class Served(NamedTuple):
    """One request, in seconds since 1970; its answer left at some moment from ``answered_s`` to ``left_s``."""

    came_s: float
    answered_s: float
    left_s: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What the server did: its requests in the order in which they came, and from when to when it stood still."""

    served: tuple[Served, ...]
    frozen: tuple[float, float] | None


class TruthServer:
    """A server process of one's own; ``freeze`` are seconds after its first request, ``delay_ms`` None is random."""

    def __init__(self, delay_ms: float | None = DELAY_MS, freeze: tuple[float, float] | None = None) -> None:
        options = ["--delay-ms", "random" if delay_ms is None else str(delay_ms)]
        if freeze is not None:
            options += ["--freeze", *map(str, freeze)]
        command = [sys.executable, str(Path(__file__)), *options]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def truth(self) -> Truth:
        """What it has done up to now."""
        with urlopen(f"{self.url}/truth", timeout=10) as answer:
            told = json.load(answer)
        served = sorted(Served(*each) for each in told["served"])
        return Truth(tuple(served), tuple(told["frozen"]) if told["frozen"] else None)

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=10)

    def __enter__(self) -> TruthServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Connection:
    """A client's connection, the bytes of a request that is not whole yet, and when the last of them came."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._bytes = b""
        self.came_s = 0.0

    def read(self) -> bool:
        """Read once; False when the client has gone."""
        try:
            data, notes, _, _ = self.sock.recvmsg(65536, 64)
        except OSError:
            return False
        seconds, nanoseconds = TIMESPEC.unpack(notes[0][2]) if notes else divmod(time.time_ns(), 1_000_000_000)
        self.came_s = seconds + nanoseconds * 1e-9
        self._bytes += data
        return bool(data)

    def requests(self) -> Iterator[bytes]:
        """Take the requests that are whole, each by its first line."""
        while True:
            head, end, rest = self._bytes.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0] or 0)
            if not end or len(rest) < length:
                return
            self._bytes = rest[length:]
            yield head.partition(b"\r\n")[0]

    def send(self, content: object) -> bool:
        """Answer with JSON; False when the client has gone."""
        body = json.dumps(content).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            self.sock.sendall(head.encode() + body)
        except OSError:
            return False
        return True


class Server:
    """The loop: one request after another, and a freeze in between."""

    def __init__(self, delay_ms: float | None, freeze: tuple[float, float] | None) -> None:
        self._delay_ms = delay_ms
        self._draw = random.Random(11)
        self._freeze = freeze
        self._freeze_at_s = float("inf")
        self._frozen: tuple[float, float] | None = None
        self._due: list[tuple[float, int, float, Connection]] = []
        self._numbers = 0
        self._served: list[Served] = []
        self._selector = selectors.DefaultSelector()

    def serve(self) -> None:
        """Listen, say where, and answer until standard input ends."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        listener.setsockopt(socket.SOL_SOCKET, STAMPS, 1)  # what is accepted takes both options over
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            for key, _ in self._selector.select(self._patience_s()):
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj is listener:
                    sock, _ = listener.accept()
                    self._selector.register(sock, selectors.EVENT_READ, Connection(sock))
                else:
                    self._hear(key.data)
            self._stand_still()
            self._answer()

    def _patience_s(self) -> float:
        """How long there is nothing to do but listen."""
        next_s = min(self._due[0][0] if self._due else float("inf"), self._freeze_at_s)
        return min(1.0, max(0.0, next_s - time.time()))

    def _hear(self, connection: Connection) -> None:
        if not connection.read():
            self._selector.unregister(connection.sock)
            connection.sock.close()
            return
        for line in connection.requests():
            if line.startswith(b"GET /truth "):
                connection.send({"served": self._served, "frozen": self._frozen})
                continue
            came_s = connection.came_s
            if self._freeze is not None and not self._numbers:
                self._freeze_at_s = came_s + self._freeze[0]
            self._numbers += 1
            heapq.heappush(self._due, (came_s + self._next_delay_s(), self._numbers, came_s, connection))

    def _next_delay_s(self) -> float:
        if self._delay_ms is not None:
            return self._delay_ms / 1000
        middle = (LEAST_MS * MOST_MS) ** 0.5
        return min(MOST_MS, max(LEAST_MS, self._draw.lognormvariate(log(middle), 0.6))) / 1000

    def _stand_still(self) -> None:
        """Do nothing at all until the freeze is over, once its moment has come."""
        began_s = time.time()
        if self._freeze is None or began_s < self._freeze_at_s:
            return
        lasts_s = self._freeze[1] - self._freeze[0]
        self._freeze_at_s = float("inf")
        time.sleep(lasts_s)
        self._frozen = (began_s, time.time())

    def _answer(self) -> None:
        """Answer all that is due."""
        while self._due and self._due[0][0] <= time.time():
            _, number, came_s, connection = heapq.heappop(self._due)
            answered_s = time.time()
            if connection.send({"access_token": f"token-{number}", "token_type": "Bearer", "expires_in": 300}):
                self._served.append(Served(came_s, answered_s, time.time()))


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay-ms", default=str(DELAY_MS), help="of every answer, or: random")
    parser.add_argument(
        "--freeze", nargs=2, type=float, metavar=("FROM", "UNTIL"), help="seconds after a first request"
    )
    options = parser.parse_args()
    delay_ms = None if options.delay_ms == "random" else float(options.delay_ms)
    Server(delay_ms, tuple(options.freeze) if options.freeze else None).serve()


if __name__ == "__main__":
    main()
