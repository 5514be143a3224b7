"""Who comes while the target stands still, and what is told of them: the suite's arrivals beside plain Locust's users.

    python -m bench.arrivals [--seconds 20] [--rate 100] [--freeze 2]

Each generator is to make the same load on a server of its own that freezes in the middle of the run and notes when each
request came and when its answer left. A row says how many arrivals the rate means, how many the generator offered (as
it says itself) and delivered (as the server saw); how late they began in truth; and the 99th percentile of waiting, as
told and as it was for people who come at that rate whether the server answers or not (who was dropped left before).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path

from bench.rig.peers import Command, Errand, locust, suite
from bench.rig.plan import Load
from bench.rig.process import ROOT
from tests.rehearsal.truth_server import Truth, TruthServer

ENOUGH_S, FEW_S = 3.0, 0.5
"""So long visits may take before the suite runs out of visitors: longer than the freeze, and shorter."""
PATIENCE_S = 1.0
"""So long an arrival waits for a visitor."""


@dataclass(frozen=True, slots=True)
class Errands:
    """What every generator is asked to do; the server freezes in the middle."""

    seconds: int
    rate_per_s: float
    freeze_s: float

    @property
    def planned_s(self) -> list[float]:
        """When people come: evenly, in seconds since the start."""
        return [number / self.rate_per_s for number in range(1, round(self.rate_per_s * self.seconds) + 1)]

    @property
    def freeze(self) -> tuple[float, float]:
        """From when to when the server does nothing."""
        middle = self.seconds / 2
        return middle - self.freeze_s / 2, middle + self.freeze_s / 2


@dataclass(frozen=True, slots=True)
class Row:
    """What one generator did and told; delays and waits in ms, None where it does not know of such a thing."""

    name: str
    offered: int | None
    dropped: int | None
    delivered: int
    delay_p50_ms: float | None
    delay_p99_ms: float | None
    told_delay_p99_ms: float | None
    told_p99_ms: float
    true_p99_ms: float


def main() -> None:
    """Run them one after another and print the table."""
    asked = _arguments()
    rows = [
        *(ours(asked, ceil(asked.rate_per_s * visit_s)) for visit_s in (ENOUGH_S, FEW_S)),
        *(plain(asked, users) for users in (10, round(asked.rate_per_s))),
    ]
    print_table(asked, rows)


def ours(asked: Errands, visitors: int) -> Row:
    """The whole suite with planned arrivals, evenly spaced."""
    load = Load(visitors=visitors, seconds=asked.seconds, rate_per_s=asked.rate_per_s)
    with tempfile.TemporaryDirectory(prefix="authstorm-bench-") as name:
        folder = Path(name)
        with TruthServer(freeze=asked.freeze) as server:
            profile = {"spacing": "even", "patience": f"{PATIENCE_S:g}s"}
            truth = run(suite("open", profile=profile)(Errand(server.url, "", load, folder)), server)
        summary = json.loads((folder / "reports" / "latest" / "summary.json").read_text("utf-8"))
    generator = summary["generator"]
    told_ms = next(step["success"]["p99_ms"] for step in summary["steps"] if step["stage"] == "all")
    delays_ms, waits_ms = matched_ms(truth, asked.planned_s)
    return Row(
        f"suite, {visitors} visitors",
        generator["offered"],
        generator["dropped"],
        len(truth.served),
        percentile(delays_ms, 50),
        percentile(delays_ms, 99),
        generator["start_delay_p99_ms"],
        told_ms,
        percentile(waits_ms, 99),
    )


def plain(asked: Errands, users: int) -> Row:
    """FastHttpUser with constant_throughput; whoever waits for an answer does not come again meanwhile."""
    load = Load(visitors=users, seconds=asked.seconds)
    with tempfile.TemporaryDirectory(prefix="authstorm-bench-") as folder:
        result, each = Path(folder) / "result.json", asked.rate_per_s / users
        with TruthServer(freeze=asked.freeze) as server:
            command = locust("throughput.py", BENCH_RESULT=str(result), BENCH_EACH_PER_S=str(each))
            arguments, environ = command(Errand(server.url, "", load, Path(folder)))
            truth = run(([*arguments, "--run-time", f"{asked.seconds}s"], environ), server)
        told = json.loads(result.read_text("utf-8"))
    name = f"plain Locust, {users} users at {each:g}/s"
    true_ms = percentile(people_wait_ms(truth, asked.planned_s), 99)
    return Row(name, None, None, len(truth.served), None, None, None, told["p99_ms"], true_ms)


def run(command: Command, server: TruthServer) -> Truth:
    """Run a generator to its end; SystemExit with its last words when it made no load that met the freeze."""
    arguments, environ = command
    told = subprocess.run(
        arguments, env={**os.environ, **environ}, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    truth = server.truth()
    if truth.frozen is None:
        raise SystemExit(f"no load met the freeze:\n{told.stdout[-2000:]}{told.stderr[-2000:]}")
    return truth


def matched_ms(truth: Truth, planned_s: Sequence[float]) -> tuple[list[float], list[float]]:
    """How late each request came and when its answer left, from the planned moment.

    Requests come in the order of their arrivals. Those that were dropped had lost patience while the server stood
    still, and are in one piece: before the first request after the longest pause.
    """
    came_s = [served.came_s for served in truth.served]
    start_s = min(came - planned for came, planned in zip(came_s, planned_s, strict=False))
    dropped = len(planned_s) - len(came_s)
    pauses = [later - sooner for sooner, later in pairwise(came_s)]
    first = pauses.index(max(pauses)) + 1
    moments = [start_s + moment for moment in (*planned_s[:first], *planned_s[first + dropped :])]
    pairs = list(zip(truth.served, moments, strict=True))
    delays = [(served.came_s - moment) * 1000 for served, moment in pairs]
    return delays, [(served.left_s - moment) * 1000 for served, moment in pairs]


def people_wait_ms(truth: Truth, planned_s: Sequence[float]) -> list[float]:
    """How long people wait who come evenly from the first request on and find the server frozen, or are served."""
    assert truth.frozen is not None
    start_s = truth.served[0].came_s - planned_s[0]
    began_s, ended_s = (moment - start_s for moment in truth.frozen)
    return [(ended_s - moment) * 1000 if began_s < moment < ended_s else 0.0 for moment in planned_s]


def percentile(values: Sequence[float], p: float) -> float:
    """The value at the nearest rank."""
    return sorted(values)[ceil(p * len(values) / 100) - 1]


def print_table(asked: Errands, rows: Sequence[Row]) -> None:
    """One row a generator."""
    began_s, ended_s = asked.freeze
    still = f"the server stands still from {began_s:g} to {ended_s:g} s"
    print(f"{asked.rate_per_s:g} arrivals/s for {asked.seconds} s; {still}")
    print(f"{'':36}{'planned':>8}{'offered':>8}{'dropped':>8}{'delivered':>10}"
          f"{'start delay p50':>17}{'p99':>8}{'told':>8}{'waiting p99 told':>18}{'true':>8}  ms")  # fmt: skip
    for row in rows:
        print(
            f"{row.name:36}{len(asked.planned_s):8}{shown(row.offered)}{shown(row.dropped)}{row.delivered:10}"
            f"{shown(row.delay_p50_ms, 17, 1)}{shown(row.delay_p99_ms, 8, 1)}{shown(row.told_delay_p99_ms, 8, 1)}"
            f"{row.told_p99_ms:18,.0f}{row.true_p99_ms:8,.0f}"
        )


def shown(figure: float | None, width: int = 8, digits: int = 0) -> str:
    """A figure in its column; a dash for what there is not."""
    return f"{'-':>{width}}" if figure is None else f"{figure:{width}.{digits}f}"


def _arguments() -> Errands:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=20, help="length of each run (%(default)s)")
    parser.add_argument("--rate", type=float, default=100, help="arrivals per second (%(default)s)")
    parser.add_argument("--freeze", type=float, default=2, help="seconds that the server stands still (%(default)s)")
    options = parser.parse_args()
    return Errands(options.seconds, options.rate, options.freeze)


if __name__ == "__main__":
    main()
