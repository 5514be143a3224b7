"""How far one master goes: a whole master, fed by 10, 100 and 500 simulated workers over Locust's own sockets.

Each simulated worker passes the gate, sends its heartbeats and each second a report of 100 samples in nine rows with
its health, and keeps to the protocol to the end. Printed are the master's CPU and memory, and how long a message waits
until the master has worked through what came before it.

Run: .venv/bin/python -m bench.master [--workers 10 100 500] [--seconds 20]
"""

from __future__ import annotations

from locust import __version__ as locust_version
from locust.rpc import Message
from locust.stats import RequestStats

import argparse
import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import gevent
import psutil
import zmq.green as zmq
from gevent.subprocess import STDOUT, Popen

from authstorm import __version__
from authstorm.drive.gate import CHALLENGE, HELLO, LEAVE, PROOF, READY, TIME, WELCOME, Plan
from authstorm.drive.handshake import proof
from authstorm.drive.muster import DONE, FINISH, LEASE, ORDER, plan_of
from authstorm.plan.rehearsal import load_rehearsal
from authstorm.plan.secrets import Secret
from authstorm.watch.health import HealthReading, HealthSecond
from authstorm.watch.histogram import Histogram
from authstorm.watch.sample import Sample
from authstorm.watch.tally import Tally
from bench.rig.plan import Load, write_plan

ROOT = Path(__file__).parents[1]
SAMPLES = 100
CODES = {"good": "ok", "shed": "rate-limited", "broken": "timeout"}
NEVER_OPENED = "http://127.0.0.1:9"


def samples(second: int) -> list[Sample]:
    """What one worker did in one second: three steps, three outcomes, log-normal latency around 50 ms."""
    draw, made = Random(second), []
    for number in range(SAMPLES):
        done_s, latency_s = second + number / SAMPLES, draw.lognormvariate(-3, 0.8)
        outcome = list(CODES)[number // 3 % 3]
        step = ("login", "refresh", "introspect")[number % 3]
        times = {"planned_s": done_s - latency_s, "sent_s": done_s - 0.9 * latency_s, "done_s": done_s}
        context = {"code": CODES[outcome], "expected": outcome == "good", "scenario": "service", "stage": 0}
        made.append(Sample(step=step, outcome=outcome, size=1033, **context, **times))  # type: ignore[arg-type]
    return made


@cache
def report(second: int) -> dict[str, Any]:
    """The data of a worker's report, as Locust's and our listeners fill it in; in one second all report the same."""
    tally, stats, delays = Tally(), RequestStats(), Histogram()
    for sample in samples(second):
        tally.add(sample)
        delays.add(0.4)
        stats.log_request("POST", sample.step, sample.service_ms, sample.size)
    health = HealthSecond(second, "", SAMPLES, SAMPLES, 0, 0.4, 1.0, 2.0, 0.3, 0.4, 60, 50, 5)
    return {
        "stats": stats.serialize_stats(),
        "stats_total": stats.total.get_stripped_report(),
        "errors": {},
        "user_classes_count": {"Service": 1},
        "user_count": 1,
        "authstorm": {
            "number": 0,
            "ended": False,
            "tally": tally.closed(),
            "health": [HealthReading(health, delays, delays).to_wire()],
            "errors": 0,
            "unhandled": False,
        },
    }


@dataclass(slots=True)
class Crew:
    """What all simulated workers share."""

    port: int
    token: Secret
    plan: Plan
    waits_ms: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Simulated:
    """One worker that loads nothing."""

    def __init__(self, context: Any, crew: Crew, number: int) -> None:
        self._crew = crew
        self._name = f"simulated_{number:04d}"
        self._socket = context.socket(zmq.DEALER)
        self._socket.setsockopt(zmq.IDENTITY, self._name.encode())
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.connect(f"tcp://127.0.0.1:{crew.port}")
        self._nonce = secrets.token_urlsafe(8)
        self._epoch: float | None = None
        self._number = 0
        self._phase_s = Random(number).random()
        self._running = [gevent.spawn(self._listen), gevent.spawn(self._beat), gevent.spawn(self._report)]
        self._state = "ready"
        self._send("client_ready", locust_version)
        self._send(HELLO, {"nonce": self._nonce})

    def close(self) -> None:
        """Leave without a word."""
        gevent.killall(self._running)
        self._socket.close()

    def _send(self, kind: str, data: Any = None) -> None:
        self._socket.send(Message(kind, data, self._name).serialize())

    def _listen(self) -> None:
        while True:
            message = Message.unserialize(self._socket.recv())
            self._answer(message.type, message.data)

    def _answer(self, kind: str, data: Any) -> None:
        crew = self._crew
        if kind == CHALLENGE:
            facts = (self._nonce, data["nonce"], self._name, __version__, crew.plan.hash)
            ours = proof(crew.token, "worker", *facts)
            self._send(PROOF, {"proof": ours, "version": __version__, "plan": crew.plan.hash, "about": ""})
        elif kind == WELCOME:
            self._send(READY)
        elif kind == LEAVE:
            crew.refused.append(data["why"])
        elif kind == ORDER:
            self._epoch = data["epoch"]
        elif kind == "spawn":
            self._state = "running"
            self._send("spawning")
            counts = data["user_classes_count"]
            self._send("spawning_complete", {"user_classes_count": counts, "user_count": sum(counts.values())})
        elif kind == TIME:
            crew.waits_ms.append((time.perf_counter() - data["sent"]) * 1000)
        elif kind == FINISH:
            self._epoch = None
            self._send(DONE)
        else:
            assert kind in {"ack", "heartbeat", "spawning_complete", "quit", LEASE}, kind

    def _beat(self) -> None:
        gevent.sleep(self._phase_s / 2)
        while True:
            usage = {"current_cpu_usage": 30.0, "current_memory_usage": 10**8}
            self._send("heartbeat", {"state": self._state, **usage})
            gevent.sleep(0.5)

    def _report(self) -> None:
        gevent.sleep(self._phase_s)
        while True:
            if self._epoch is not None and (second := int(time.time() - self._epoch) - 1) >= 0:
                self._number += 1
                data = report(second)
                ours = data["authstorm"]
                ours["number"], ours["health"][0][0][1] = self._number, self._name
                self._send("stats", data)
                self._send(TIME, {"sent": time.perf_counter()})
            gevent.sleep(1)


def measure(workers: int, seconds: int, folder: Path) -> tuple[float, float, float, list[float]]:
    """The master's share of a core, its memory in MB, its memory before any worker, and the waits in ms."""
    write_plan(folder, NEVER_OPENED, "", Load(visitors=workers, rate_per_s=100.0 * workers, seconds=seconds), "open")
    token = secrets.token_urlsafe(24)
    plan = plan_of(load_rehearsal("bench", "bench", folder))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        Path(sys.executable).parent / "locust", "-f", ROOT / "locustfile.py", "--headless", "--only-summary",
        "--config-dir", folder, "--spike-profile", "bench", "--target", "bench", "--reports-dir", folder / "reports",
        "--master", "--master-bind-port", port, "--expect-workers", workers, "--loglevel", "ERROR",
    ]  # fmt: skip
    environ = os.environ | {"AUTHSTORM_TOKEN": token, "BENCH_SECRET": "bench-secret", "PYTHONPATH": str(ROOT)}
    with (folder / "master.log").open("wb") as log:
        master = Popen(list(map(str, command)), stdout=log, stderr=STDOUT, env=environ, cwd=ROOT)
    crew, context = Crew(port, Secret(token), plan), zmq.Context()
    gevent.sleep(4)
    process = psutil.Process(master.pid)
    empty_mb = process.memory_info().rss / 1e6
    simulated = [Simulated(context, crew, number) for number in range(workers)]
    try:
        while not crew.waits_ms:
            if crew.refused or master.poll() is not None:
                raise SystemExit(f"the master would not: {crew.refused[:1]} {(folder / 'master.log').read_text()}")
            gevent.sleep(0.1)
        gevent.sleep(3)
        crew.waits_ms.clear()
        began, before = time.perf_counter(), sum(process.cpu_times()[:2])
        gevent.sleep(seconds - 8)
        share = (sum(process.cpu_times()[:2]) - before) / (time.perf_counter() - began)
        rss_mb = process.memory_info().rss / 1e6
        waits = list(crew.waits_ms)
        master.wait(60)
    finally:
        for each in simulated:
            each.close()
        if master.poll() is None:
            master.kill()
    return share, rss_mb, empty_mb, waits


def rows(asked: list[int], seconds: int) -> Iterator[str]:
    """The table, a line at a time."""
    yield "| workers | master's CPU | memory | of it before any worker | a message waits: median | p99 | longest |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for workers in asked:
        with tempfile.TemporaryDirectory() as folder:
            share, rss_mb, empty_mb, waits = measure(workers, seconds, Path(folder))
        p99 = sorted(waits)[int(len(waits) * 0.99)]
        yield (
            f"| {workers} | {share:.0%} of a core | {rss_mb:.0f} MB | {empty_mb:.0f} MB "
            f"| {median(waits):.1f} ms | {p99:.0f} ms | {max(waits):.0f} ms |"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[10, 100, 500])
    parser.add_argument("--seconds", type=int, default=24)
    options = parser.parse_args()
    for row in rows(options.workers, options.seconds):
        print(row, flush=True)
