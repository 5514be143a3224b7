"""How well latency is measured while the generator is busy: the kernel's stamps beside the ordinary clock, in one run.

    python -m bench.wire_clock [--rates 1000 5000 10000 15000 20000] [--seconds 3]

A server on another CPU answers each request 20 ms after the kernel took it in, and writes into the answer how long it
really took. Visitors ask at a fixed rate, each at moments of its own. Every answer is timed by both clocks.
"""

from __future__ import annotations

import argparse
import gc
import heapq
import os
import random
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import gevent

from authstorm.wire.clock import KernelClock
from authstorm.wire.session import WireSession
from authstorm.wire.settings import WireSettings
from authstorm.wire.shared import WireShared

SERVER_CPU, GENERATOR_CPU = 0, 1
DELAY_S = 0.02
EACH_PER_S = 10.0
WARM_UP_S = 1.0


class Timing(NamedTuple):
    """One answer, in milliseconds: what the server says it took, what each clock says, and how late it was sent."""

    true_ms: float
    kernel_ms: float
    loop_ms: float
    late_ms: float


class DelayServer:
    """Answers after a delay that begins when the kernel took the request in; it times itself."""

    def __init__(self) -> None:
        self._clock = KernelClock()
        self._poll = select.epoll()
        self._connections: dict[int, socket.socket] = {}
        self._due: list[tuple[float, float, int]] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=8192)
        self._listener.setblocking(False)
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._poll.register(self._listener, select.EPOLLIN)
        self.port = self._listener.getsockname()[1]

    def run(self) -> None:
        """Serve until the process is ended."""
        while True:
            wait_s = max(0.0, self._due[0][0] - perf_counter()) if self._due else -1
            for fd, _ in self._poll.poll(wait_s if wait_s < 0 or wait_s > 0.001 else 0):
                self._read(fd)
            while self._due and self._due[0][0] <= perf_counter():
                _, came_at, fd = heapq.heappop(self._due)
                self._answer(fd, came_at)

    def _read(self, fd: int) -> None:
        if fd == self._listener.fileno():
            sock, _ = self._listener.accept()
            sock.setblocking(False)
            self._clock.attach(sock)
            self._connections[sock.fileno()] = sock
            self._poll.register(sock, select.EPOLLIN)
            return
        size, came_at, _ = self._clock.receive(self._connections[fd])
        if size:
            heapq.heappush(self._due, (came_at + DELAY_S, came_at, fd))
        else:
            self._poll.unregister(fd)
            self._connections.pop(fd).close()

    def _answer(self, fd: int, came_at: float) -> None:
        if fd in self._connections:
            took = b"%.9f" % (perf_counter() - came_at)
            self._connections[fd].send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(took), took))


@contextmanager
def delay_server() -> Iterator[str]:
    """A server process on its own CPU; gives its URL."""
    command = ["taskset", "-c", str(SERVER_CPU), sys.executable, "-m", "bench.wire_clock", "--serve"]
    root = Path(__file__).parents[1]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.terminate()
        process.wait(10)


def visit(url: str, shared: WireShared, until: float, timings: list[Timing]) -> None:
    """Ask at a fixed rate, beginning at a moment of one's own."""
    session = WireSession(WireSettings(), shared)
    due = perf_counter() + random.random() / EACH_PER_S
    while due < until:
        gevent.sleep(max(0.0, due - perf_counter()))
        answer = session.send("GET", url)
        came_back_at = perf_counter()
        if answer.status == 200 and answer.clock == "kernel":
            times = (float(answer.body), answer.done_at - answer.sent_at, came_back_at - answer.sent_at)
            timings.append(Timing(*(seconds * 1000 for seconds in times), (answer.sent_at - due) * 1000))
        due += 1 / EACH_PER_S


def measure(url: str, rate: int, seconds: float) -> None:
    """Print one line."""
    shared = WireShared(WireSettings())
    warm: list[Timing] = []
    timings: list[Timing] = []
    number = max(1, round(rate / EACH_PER_S))
    begin = perf_counter() + WARM_UP_S
    crowd = [gevent.spawn(visit, url, shared, begin, warm) for _ in range(number)]
    gevent.joinall(crowd)
    gc.collect()
    gc.freeze()
    began_at, cpu_s = perf_counter(), time.process_time()
    crowd = [gevent.spawn(visit, url, shared, began_at + seconds, timings) for _ in range(number)]
    gevent.joinall(crowd)
    took_s = perf_counter() - began_at
    own = (time.process_time() - cpu_s) / took_s
    true, kernel, loop, late = zip(*timings, strict=True)
    error = [timing.kernel_ms - timing.true_ms for timing in timings]
    told = "  ".join(
        f"{point(values, 50):7.2f}/{point(values, 99):7.2f}" for values in (true, kernel, loop, error, late)
    )
    print(f"{rate:7,}  {len(timings) / took_s:8,.0f}  {own:4.0%}  {told}", flush=True)


def point(values: list[float] | tuple[float, ...], percent: int) -> float:
    """A percentile, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def main() -> None:
    """Run as the generator, or as the server."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rates", nargs="+", type=int, default=[1000, 5000, 10_000, 15_000, 20_000])
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        server = DelayServer()
        print(server.port, flush=True)
        server.run()
    os.sched_setaffinity(0, {GENERATOR_CPU})
    print("                             p50/p99 in ms")
    print("asked/s  answer/s   CPU  true             kernel clock     loop clock       kernel - true    sent late")
    with delay_server() as url:
        for rate in asked.rates:
            measure(url, rate, asked.seconds)


if __name__ == "__main__":
    main()
