"""How much load a core of ours makes: the whole suite beside plain Locust and other tools, on one nginx, in one go.

    python -m bench.suite [--rounds 5] [--seconds 4] [--only KEEP-ALIVE ...] [--beside CHECKOUT]

Every generator runs on one CPU and nginx on another, one after another, round after round. The figure is requests per
second of the generator's own CPU time; nginx counts the requests. Ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench.rig.measure import Measured, measure, spread
from bench.rig.nginx import Nginx, missing, nginx
from bench.rig.peers import OTHERS, Errand, Peer, suite
from bench.rig.plan import Load
from bench.rig.process import ROOT, request_path
from bench.rig.reported import complaint_of_suite

SERVER_CPU, GENERATOR_CPU = 0, 1
PLANNED, CLOSED, FAST = "whole suite, planned arrivals", "whole suite, closed", "plain FastHttpUser"
OVERFULL, EASED = "whole suite, more planned than it makes", "whole suite, planned, core half full"
SHARES = {PLANNED: 0.8, OVERFULL: 1.2, EASED: 0.5}
"""How many arrivals are planned, beside what the closed suite does with a full core: what a core can just make, as a
run must that is to be valid; more than it can make, when the rest is dropped and counted as dropped, which takes time
too; or so few that the core sleeps and wakes for nearly every one."""
LOADS = {
    "http": Load(),
    "https": Load(tls=True),
    "http-new": Load(new_connections=True),
    "https-new": Load(tls=True, new_connections=True),
    "500": Load(visitors=500, own_connections=True),
    "5000": Load(visitors=5000, own_connections=True),
}
FEW = ("whole suite", FAST, "plain HttpUser", "wrk")
"""Who takes part beyond 50 visitors."""

Rounds = dict[str, list[Measured]]


def main() -> int:
    """Measure and print; 2 when something that is needed is missing."""
    asked = _arguments()
    if absent := missing():
        print(f"not installed, and needed: {', '.join(absent)} (Debian: nginx openssl util-linux)")
        return 2
    if (os.cpu_count() or 1) < 2:
        print("two CPUs are needed: one for the server, one for the generator")
        return 2
    peers = [*_ours(asked.beside), *([] if asked.ours else OTHERS)]
    for peer in peers:
        if not peer.is_there:
            print(f"not installed, left out: {peer.name}")
    there = [peer for peer in peers if peer.is_there]
    print(f"request path: {request_path()}")
    sizes: dict[int, Rounds] = {}
    with nginx(SERVER_CPU) as server:
        for name in asked.only or LOADS:
            load = replace(LOADS[name], seconds=int(asked.seconds) + 12)
            rounds = run(server, load, there, asked.rounds, asked.seconds)
            print_table(load, rounds)
            if load.own_connections:
                sizes[load.visitors] = rounds
    print_memory(sizes)
    return 0


def run(server: Nginx, load: Load, peers: Sequence[Peer], rounds: int, seconds: float) -> Rounds:
    """Every generator in turn, round after round."""
    found: Rounds = defaultdict(list)
    few = [peer for peer in peers if load.visitors <= 50 or peer.name.startswith(FEW)]
    for _ in range(rounds):
        full = 1.0
        for peer in few:
            share = next((share for name, share in SHARES.items() if peer.name.startswith(name)), 1.0)
            with tempfile.TemporaryDirectory(prefix="authstorm-bench-") as folder:
                base = server.https if load.tls else server.http
                errand = Errand(base, str(server.certificate), replace(load, rate_per_s=share * full), Path(folder))
                measured = measure(peer, errand, server, GENERATOR_CPU, seconds)
            found[peer.name].append(measured)
            if peer.name.startswith(CLOSED):
                full = measured.per_cpu_s
    return found


def print_table(load: Load, rounds: Rounds) -> None:
    """One row a generator; the first column of ratios says how many times its figure ours is."""
    ours = [measured.per_cpu_s for measured in rounds[PLANNED]]
    print(f"\n{load.name}: {len(ours)} rounds")
    print(f"{'':42}{'requests per CPU second':>30}{'suite is times this':>26}{'req/s':>9}{'core':>6}{'other':>6}"
          f"{'conn/req':>9}{'MB':>6}")  # fmt: skip
    for name, each in rounds.items():
        figures = [measured.per_cpu_s for measured in each]
        ratios = [mine / its for mine, its in zip(ours, figures, strict=True)]
        middle = {field: median(getattr(m, field) for m in each) for field in Measured.__dataclass_fields__}
        print(
            f"{name:42}{spread(figures):>30}{spread(ratios, '.2f'):>26}{middle['per_s']:9,.0f}{middle['own']:6.0%}"
            f"{middle['others']:6.0%}{middle['connects_per_request']:9.3f}{middle['rss'] / 1e6:6.0f}"
        )


def print_memory(sizes: dict[int, Rounds]) -> None:
    """What one more visitor takes, from the largest and the smallest number of them."""
    if len(sizes) < 2:
        return
    few, many = min(sizes), max(sizes)
    print(f"\nMemory a visitor (from {few:,} to {many:,}, each with an answer), and connections open at {many:,}")
    for name, each in sizes[many].items():
        if name in sizes[few]:
            grown = [(b.rss - a.rss) / (many - few) / 1e3 for a, b in zip(sizes[few][name], each, strict=True)]
            print(f"{name:42}{spread(grown, '.1f'):>24} kB{median(m.open for m in each):>10,.0f}")


def _ours(beside: Path | None) -> list[Peer]:
    """The closed suite comes first, since it tells how many arrivals to plan."""
    ours = []
    for root, mark in ((ROOT, ""), *([(beside, f", {beside.name}")] if beside else [])):
        ours.append(Peer(CLOSED + mark, suite("closed", root), root=root, complaint=complaint_of_suite))
        ours += [Peer(name + mark, suite("open", root), root=root, complaint=complaint_of_suite) for name in SHARES]
    return ours


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of all generators (%(default)s)")
    parser.add_argument("--seconds", type=float, default=4, help="how long each is watched in a round (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=LOADS, help="some loads instead of all")
    parser.add_argument("--beside", type=Path, help="another checkout, to be measured in the same rounds")
    parser.add_argument("--ours", action="store_true", help="the suite alone, as to see what a change did")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
