"""What a request costs the generator: our client beside Locust's fast one and the library below that, in one go.

    python -m bench.wire_rate [--rounds 5] [--seconds 2] [--loads http-50 https-50 ...]

Each client runs in a process of its own on one CPU and asks an nginx on another for a kilobyte of tokens, without
pauses, over connections that are kept. Rounds are interleaved; the figure is requests per second of the client's own
CPU time, the ratio is taken within a round. Memory is what the process grew by for each connection.
"""

from __future__ import annotations

from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook
from locust.stats import RequestStats

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import gevent
import gevent.ssl
import psutil
from gevent.event import Event
from geventhttpclient import HTTPClient

from authstorm.wire.session import WireSession
from authstorm.wire.settings import TlsSettings, WireSettings
from authstorm.wire.shared import WireShared
from bench.rig.measure import spread
from bench.rig.nginx import missing, nginx

SERVER_CPU, GENERATOR_CPU = 0, 1
PEER = "FastHttpSession"
BODY = b"grant_type=password&username=visitor-000001&password=not-a-secret&scope=openid"
HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic c3Rvcm06bm90LWEtc2VjcmV0"}
SETTLE_S = 0.5
ARRIVE_WITHIN_S = 20.0
LOADS = {f"{scheme}-{visitors}": (scheme, visitors) for scheme in ("http", "https") for visitors in (50, 500, 5000)}
Act = Callable[[], bool]
"""One request; says whether it was answered as it should."""


def wire(url: str, certificate: str, clock: str, *, with_event: bool = False) -> Callable[[], Act]:
    """Our client; with Locust's request event fired for each answer where asked."""
    settings = WireSettings(clock=clock, tls=TlsSettings(ca_file=certificate))  # type: ignore[arg-type] # from the list
    shared = WireShared(settings)
    fire = request_event().fire if with_event else None

    def visitor() -> Act:
        send = WireSession(settings, shared).send

        def act() -> bool:
            answer = send("POST", url, HEADERS, BODY)
            if fire is not None:
                taken_ms = (answer.done_at - answer.sent_at) * 1000
                size = len(answer.body)
                fire(request_type="POST", name="token", response_time=taken_ms, response_length=size, exception=None)
            return answer.status == 200

        return act

    return visitor


def request_event() -> Any:
    """Locust's request event with its statistics behind it, and nothing else."""
    stats, event = RequestStats(), EventHook()

    def log(request_type: str, name: str, response_time: float, response_length: int, **_: Any) -> None:
        stats.log_request(request_type, name, round(response_time), response_length)

    event.add_listener(log)
    return event


def locust_fast(url: str, certificate: str) -> Callable[[], Act]:
    """What a FastHttpUser posts with, each visitor with one of its own, and its event fired."""
    context = gevent.ssl.create_default_context(cafile=certificate)
    event = request_event()

    def visitor() -> Act:
        session = FastHttpSession(
            base_url=None,
            request_event=event,
            user=None,
            insecure=False,
            ssl_context_factory=lambda cafile=None: context,  # noqa: ARG005 - keeps certifi from being loaded
        )
        return lambda: session.post(url, data=BODY, headers=HEADERS).status_code == 200  # type: ignore[arg-type] # bytes

    return visitor


def library(url: str, certificate: str) -> Callable[[], Act]:
    """The client below Locust's fast one, by itself: no event, no cookies, no redirects."""
    context = gevent.ssl.create_default_context(cafile=certificate)

    def visitor() -> Act:
        client = HTTPClient.from_url(url, concurrency=1, ssl_context_factory=lambda cafile=None: context)  # noqa: ARG005

        def act() -> bool:
            answer = client.post("/token", BODY, HEADERS)
            answer.read()
            return bool(answer.status_code == 200)

        return act

    return visitor


CLIENTS: dict[str, Callable[[str, str], Callable[[], Act]]] = {
    "wire, kernel clock": lambda url, certificate: wire(url, certificate, "kernel"),
    "wire, loop clock": lambda url, certificate: wire(url, certificate, "loop"),
    "wire, kernel clock, event": lambda url, certificate: wire(url, certificate, "kernel", with_event=True),
    PEER: locust_fast,
    "geventhttpclient": library,
}


def generate(client: str, url: str, certificate: str, visitors: int, seconds: float) -> dict[str, float]:
    """Load with one client in this process; requests per CPU second, bytes per connection, failures."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    new_visitor = CLIENTS[client](url, certificate)
    done = bad = 0
    here = [False] * visitors
    everybody_is_here = Event()

    def live(number: int) -> None:
        nonlocal done, bad
        act = new_visitor()
        bad += not act()
        here[number] = True
        everybody_is_here.wait()  # or those who came first would keep the others from coming
        while True:
            bad += not act()
            done += 1

    new_visitor()()
    memory = psutil.Process().memory_info
    before = memory().rss
    crowd = [gevent.spawn(live, number) for number in range(visitors)]
    deadline = time.perf_counter() + ARRIVE_WITHIN_S
    while not all(here) and time.perf_counter() < deadline:
        gevent.sleep(0.1)
    grown = memory().rss - before
    everybody_is_here.set()
    gevent.sleep(SETTLE_S)
    gc.collect()
    gc.freeze()
    from_done, from_cpu_s = done, time.process_time()
    gevent.sleep(seconds)
    rate = (done - from_done) / (time.process_time() - from_cpu_s)
    gevent.killall(crowd, block=False)
    return {"rate": rate, "bytes": grown / visitors, "bad": bad, "absent": here.count(False)}


def measured(client: str, url: str, certificate: Path, visitors: int, seconds: float) -> dict[str, float]:
    """The same in a process on the generator's CPU."""
    command = ["taskset", "-c", str(GENERATOR_CPU), sys.executable, "-m", "bench.wire_rate", "--client", client]
    arguments = [
        "--url",
        url,
        "--certificate",
        str(certificate),
        "--visitors",
        str(visitors),
        "--seconds",
        str(seconds),
    ]
    root = Path(__file__).parents[1]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, cwd=root, check=False)
    if done.returncode:
        raise SystemExit(f"{client} did not run:\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if found["bad"] or found["absent"]:
        print(
            f"  ({client}: {found['bad']} bad answers, {found['absent']} visitors without any in {ARRIVE_WITHIN_S:g} s)"
        )
    return found


def compare(load: str, rounds: int, seconds: float) -> None:
    """Print one table."""
    scheme, visitors = LOADS[load]
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    with nginx(SERVER_CPU) as server:
        url = (server.https if scheme == "https" else server.http) + "/token"
        for _ in range(rounds):
            for client in CLIENTS:
                found[client].append(measured(client, url, server.certificate, visitors, seconds))
    print(f"\n{scheme}, {visitors} connections kept, {rounds} rounds of {seconds:g} s")
    print(f"{'client':28} {'requests per CPU second':32} {'x ' + PEER:24} kB a connection")
    for client, results in found.items():
        rates = [result["rate"] for result in results]
        ratios = [result["rate"] / peer["rate"] for result, peer in zip(results, found[PEER], strict=True)]
        size_kb = median(result["bytes"] for result in results) / 1024
        print(f"{client:28} {spread(rates):32} {spread(ratios, '.2f'):24} {size_kb:.1f}")


def main() -> None:
    """Run as the parent that compares, or as one client."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--loads", nargs="+", choices=LOADS, default=list(LOADS))
    for name in ("--client", "--url", "--certificate"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--visitors", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.client:
        print(
            json.dumps(generate(asked.client, asked.url, asked.certificate, asked.visitors, asked.seconds)), flush=True
        )
        os._exit(0)  # thousands of visitors need no orderly end
    if lacking := missing():
        raise SystemExit(f"not installed: {', '.join(lacking)}")
    for load in asked.loads:
        compare(load, asked.rounds, asked.seconds)


if __name__ == "__main__":
    main()
