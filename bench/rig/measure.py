"""One measurement: a generator loads nginx until it runs evenly, and is then watched for some seconds."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median

from bench.rig.nginx import Counts, Nginx
from bench.rig.peers import Errand, Peer
from bench.rig.process import Generator, Usage

SETTLE_S = 1.5
START_WITHIN_S = 40.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What one generator did: requests in all and per second of its own CPU time, and at what price.

    ``connects_per_request`` is 0 where every connection was kept; ``own`` and ``others`` are shares of its core.
    """

    per_cpu_s: float
    per_s: float
    own: float
    others: float
    connects_per_request: float
    rss: int
    open: int


def measure(peer: Peer, errand: Errand, server: Nginx, cpu: int, seconds: float) -> Measured:
    """Start a generator, let it settle, watch it for some seconds and end it; nginx itself counts the requests.

    SystemExit where it did not do what it was asked to: steps that fail are cheap.
    """
    arguments, environ = peer.command(errand)
    before = server.counts()
    generator = Generator(arguments, cpu, errand.folder / "output.txt", environ, peer.root)
    try:
        _wait_for_load(generator, server, before.requests + errand.load.visitors)
        time.sleep(SETTLE_S)
        first = _reading(generator, server)
        time.sleep(seconds)
        last = _reading(generator, server)
        code = generator.end(in_order=peer.complaint is not None)
        if peer.complaint is not None and (why := peer.complaint(errand.folder, code)):
            raise SystemExit(f"{peer.name}: {why}\n{generator.last_words()}")
    finally:
        generator.end()
    _wait_for_silence(server)
    if last[2].requests - first[2].requests <= 1:  # asking is one
        raise SystemExit(f"{peer.name} sent nothing while it was watched:\n{generator.last_words()}")
    return _between(first, last)


def _reading(generator: Generator, server: Nginx) -> tuple[float, Usage, Counts]:
    usage = generator.usage()
    return time.perf_counter(), usage, server.counts()


def _between(first: tuple[float, Usage, Counts], last: tuple[float, Usage, Counts]) -> Measured:
    (from_s, usage, counts), (to_s, used, counted) = first, last
    seconds, cpu_s = to_s - from_s, used.cpu_s - usage.cpu_s
    requests = counted.requests - counts.requests - 1  # asking is one
    connects = counted.accepted - counts.accepted - 1
    return Measured(
        per_cpu_s=requests / cpu_s,
        per_s=requests / seconds,
        own=cpu_s / seconds,
        others=max(0.0, used.core_s - usage.core_s - cpu_s) / seconds,
        connects_per_request=connects / requests,
        rss=used.rss,
        open=counted.open - 1,
    )


def _wait_for_load(generator: Generator, server: Nginx, wanted: int) -> None:
    """Until every visitor has had an answer, as far as the server can tell."""
    deadline = time.perf_counter() + START_WITHIN_S
    while server.counts().requests < wanted:
        generator.usage()  # ends here when the generator has
        if time.perf_counter() > deadline:
            raise SystemExit(f"no load within {START_WITHIN_S:g} s:\n{generator.last_words()}")
        time.sleep(0.1)


def _wait_for_silence(server: Nginx) -> None:
    """Until nginx has noticed that the generator is gone."""
    for _ in range(50):
        if server.counts().open <= 1:
            return
        time.sleep(0.1)


def spread(values: list[float], form: str = ",.0f") -> str:
    """Median and range in one text."""
    return f"{median(values):{form}} [{min(values):{form}}..{max(values):{form}}]"
