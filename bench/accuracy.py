"""How true the reported times are: against a server with a known delay that knows its own true times.

    python -m bench.accuracy [--rounds 3] [--seconds 5] [--delay-ms 20] [--only kernel]

Each generator loads it at 30, 60 and 90 % of what its own core can do, at 10,000 requests a second where that is more,
and the suite with a core that is more than full as well. What is reported stands beside what was true in the same
seconds: those after a warm-up, and before a last second in which the load goes on. The suite reports two times: of the
service (as the others do), and from the planned moment, which holds what the generator itself was late.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from statistics import median

from bench.rig.delay_server import DelayServer, Truth, delay_server, missing
from bench.rig.measure import spread
from bench.rig.peers import FORM, FORM_TYPE, Command, Errand, Peer, locust, suite
from bench.rig.plan import Load
from bench.rig.process import Generator, request_path
from bench.rig.reported import Reported, of_hey, of_locust, of_suite

SERVER_CPU, GENERATOR_CPU = 0, 1
SHARES = (0.3, 0.6, 0.9)
FAST = 10_000
FULL = 1.2
WARM_S, LAST_S = 3, 1
"""Load before and behind the seconds that count."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A generator that keeps a rate: how it is run, how its capacity is found, and how its report is read."""

    name: str
    run: Callable[[Errand], Command]
    saturate: Callable[[Errand], Command]
    read: Callable[[Path, float, float], Reported]
    """From its folder, what it reported of the seconds between two moments of the load."""
    needs: str = ""
    extra: tuple[float, ...] = ()
    most_visitors: int = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """One run: what was reported and what was true, in ms; ``core`` is the generator's share of its CPU."""

    rate_per_s: float
    core: float
    true: Truth
    told: Reported


def main() -> int:
    """Measure and print; 2 when something that is needed is missing."""
    asked = _arguments()
    if absent := missing():
        print(f"not installed, and needed: {', '.join(absent)}")
        return 2
    print(f"request path: {request_path()}")
    there = []
    for contestant in [each for each in contestants(asked.delay_ms) if asked.only in each.name]:
        if Peer(contestant.name, contestant.run, contestant.needs).is_there:
            there.append(contestant)
        else:
            print(f"not installed, left out: {contestant.name}")
    results: dict[tuple[str, str], list[Result]] = defaultdict(list)
    with delay_server(asked.delay_ms, SERVER_CPU) as server:
        capacities = {contestant.name: capacity(contestant, server) for contestant in there}
        for name, most in capacities.items():
            print(f"{name}: a core makes {most:,.0f} requests/s", flush=True)
        for _ in range(asked.rounds):
            for contestant in there:
                for label, rate in _rates(contestant, capacities[contestant.name]):
                    result = run(contestant, server, rate, asked.seconds)
                    results[contestant.name, label].append(result)
                    print(".", end="", flush=True)
    print_table(results)
    return 0


def contestants(delay_ms: float) -> list[Contestant]:
    """The suite by either clock, plain Locust, and hey."""
    known = {"BENCH_WARM_S": str(WARM_S + 1), "BENCH_DELAY_S": str(delay_ms / 1000)}

    def ours(clock: str) -> Callable[[Errand], Command]:
        return lambda errand: suite("open", profile=_stages(errand.load), network={"clock": clock})(errand)

    def paced(errand: Errand) -> Command:
        told = {"BENCH_RESULT": str(errand.folder / "result.json"), "BENCH_SECONDS": str(counting_s(errand.load))}
        arguments, environ = locust("paced.py", **known, **told)(errand)
        return [*arguments, "--run-time", f"{errand.load.seconds}s"], environ

    return [
        Contestant("whole suite, kernel's clock", ours("kernel"), suite("closed"), of_suite, extra=(FAST, FULL)),
        Contestant("whole suite, ordinary clock", ours("loop"), suite("closed"), of_suite, extra=(FAST,)),
        Contestant("plain FastHttpUser", paced, locust("fast.py"), of_locust, most_visitors=500),
        Contestant("hey", _hey, _hey, of_hey, "hey", extra=(FAST,)),
    ]


def counting_s(load: Load) -> int:
    """How many seconds of a load count."""
    return load.seconds - WARM_S - LAST_S


def capacity(contestant: Contestant, server: DelayServer) -> float:
    """Requests per second of CPU time with a full core."""
    load = Load(visitors=contestant.most_visitors, seconds=12)
    with tempfile.TemporaryDirectory(prefix="authstorm-bench-") as folder:
        errand = Errand(server.base, "", load, Path(folder))
        generator = _start(contestant.saturate(errand), errand)
        try:
            _wait_for_load(server, generator)
            time.sleep(WARM_S)
            _, before = server.truth(), generator.usage()
            time.sleep(3)
            after = generator.usage()
            return server.truth().count / (after.cpu_s - before.cpu_s)
        finally:
            generator.end()


def run(contestant: Contestant, server: DelayServer, rate_per_s: float, seconds: int) -> Result:
    """One run at one rate; the truth is that of the seconds that count."""
    load = Load(visitors=ceil(rate_per_s / 10), seconds=WARM_S + seconds + LAST_S, rate_per_s=rate_per_s)
    with tempfile.TemporaryDirectory(prefix="authstorm-bench-") as folder:
        errand = Errand(server.base, "", load, Path(folder))
        generator = _start(contestant.run(errand), errand)
        try:
            _wait_for_load(server, generator)
            time.sleep(WARM_S)
            server.truth()
            before, began_s = generator.usage(), time.perf_counter()
            time.sleep(seconds)
            truth = server.truth()
            after, took_s = generator.usage(), time.perf_counter() - began_s
            _wait_for_end(generator)
            told = contestant.read(errand.folder, WARM_S, WARM_S + seconds)
        finally:
            generator.end()
    return Result(truth.count / took_s, (after.cpu_s - before.cpu_s) / took_s, truth, told)


def print_table(results: dict[tuple[str, str], list[Result]]) -> None:
    """One row a generator and rate: what was true, what was reported, and how far off that is at p99."""
    print(f"\n\n{'ms, median of ' + str(max(map(len, results.values()))) + ' rounds':30}{'':>14}{'req/s':>8}{'core':>6}"
          f"{'true p50':>10}{'told':>8}{'true p99':>10}{'told':>8}{'p99 off by':>26}{'from plan p99':>15}")  # fmt: skip
    for (name, label), each in results.items():

        def middle(read: Callable[[Result], float], each: list[Result] = each) -> float:
            return median(map(read, each))

        off = spread([result.told.p99_ms - result.true.p99_ms for result in each], "+.1f")
        planned = [result.told.planned_p99_ms for result in each if result.told.planned_p99_ms is not None]
        print(
            f"{name:30}{label:>14}{middle(lambda r: r.rate_per_s):8,.0f}{middle(lambda r: r.core):6.0%}"
            f"{middle(lambda r: r.true.p50_ms):10.1f}{middle(lambda r: r.told.p50_ms):8.1f}"
            f"{middle(lambda r: r.true.p99_ms):10.1f}{middle(lambda r: r.told.p99_ms):8.1f}{off:>26}"
            f"{f'{median(planned):.1f}' if planned else '':>15}"
        )


def _rates(contestant: Contestant, most: float) -> list[tuple[str, float]]:
    rates = [(f"{share:.0%}", share * most) for share in SHARES]
    extra = [("core full", FULL * most) if rate == FULL else (f"{rate:,.0f}/s", rate) for rate in contestant.extra]
    return rates + extra


def _stages(load: Load) -> dict[str, object]:
    warm_up = {"warm-up": {"for": f"{WARM_S}s", "measured": False}}
    last = {"last": {"for": f"{LAST_S}s", "measured": False}}
    return {"stages": [warm_up, {"load": {"for": f"{counting_s(load)}s"}}, last]}


def _hey(errand: Errand) -> Command:
    load = errand.load
    pace = ["-q", "10"] if load.rate_per_s else []
    arguments = ["hey", "-z", f"{load.seconds}s", "-c", str(load.visitors), *pace, "-m", "POST", "-T", FORM_TYPE]
    return [*arguments, "-d", FORM, *(["-o", "csv"] if pace else []), errand.url], {"GOMAXPROCS": "1"}


def _start(command: Command, errand: Errand) -> Generator:
    return Generator(command[0], GENERATOR_CPU, errand.folder / "output.txt", command[1])


def _wait_for_load(server: DelayServer, generator: Generator) -> None:
    for _ in range(300):
        if server.truth().count:
            return
        generator.usage()
        time.sleep(0.1)
    raise SystemExit(f"no load within 30 s:\n{generator.last_words()}")


def _wait_for_end(generator: Generator) -> None:
    for _ in range(600):
        if not generator.is_running():
            return
        time.sleep(0.1)
    raise SystemExit(f"the generator did not end:\n{generator.last_words()}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of all (%(default)s)")
    parser.add_argument("--seconds", type=int, default=5, help="measured seconds of a run (%(default)s)")
    parser.add_argument("--delay-ms", type=float, default=20.0, help="the true delay (%(default)s)")
    parser.add_argument("--only", default="", metavar="TEXT", help="those alone whose name holds this, as kernel")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
