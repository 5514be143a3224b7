"""What a step costs beyond the wire client: arrival, identity, request, JSON, checks, event, window.

    python -m bench.step_cost [--rounds 5] [--beside CHECKOUT]

Visitors of the real scenarios under Locust's own runner, with planned arrivals and everything that watches, on a
session that hands back a prepared answer after one turn of the event loop. Its own cost, measured alone, is taken off.
Locust's task loop, event and statistics are inside the figure: nothing of ours runs without them.
"""

from __future__ import annotations

from locust.env import Environment
from locust.event import Events

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import gevent
from gevent import get_hub, getcurrent

from authstorm.auth.endpoints import Endpoints
from authstorm.auth.session import NO_HEADERS
from authstorm.drive.auth_clients import client_makers
from authstorm.drive.identities import Identities
from authstorm.drive.pacing import Pacing
from authstorm.drive.run_clock import RunClock
from authstorm.drive.stagecraft import Stagecraft
from authstorm.plan.account_file import read_accounts
from authstorm.plan.rehearsal import load_rehearsal
from authstorm.plan.run_mark import RunMark
from authstorm.plan.secrets import Redactor, Secret
from authstorm.watch.recorder import Recorder
from authstorm.wire.answer import WireAnswer
from bench.rig.measure import spread
from bench.rig.nginx import TOKENS
from bench.rig.plan import Load, write_plan
from bench.rig.process import ROOT, request_path
from scenarios import Login, Service

LIMIT_US = 20.0
RATES = (12_000, 2_000)
"""Steps a second: a busy core, which is what the limit is for, and one that sleeps and wakes for every other step."""
SECONDS = 2
VISITORS = 50
BODY = TOKENS.replace("${request_id}", "%032x").encode()
NUMBERS = count(1)
HEADERS = [
    (b"Server", b"nginx"),
    (b"Content-Type", b"application/json"),
    (b"Content-Length", b"%d" % len(BODY % (0, 0))),
]


class StillSession:
    """A session whose answer is there after one turn of the event loop."""

    cookies = None

    def send(self, method: str, url: str, headers: Mapping[str, str] = NO_HEADERS, body: bytes = b"") -> WireAnswer:
        """The same answer to everything, but for the tokens."""
        return self.send_traced(method, url, headers, body, "")

    def send_traced(self, method: str, url: str, _headers: Mapping[str, str], _body: bytes, _trace: str) -> WireAnswer:
        """The same with a trace, which goes into the request's head as cheaply as in our client."""
        began_at = perf_counter()
        hub = get_hub()
        hub.loop.run_callback(getcurrent().switch)
        hub.switch()
        now, number = perf_counter(), next(NUMBERS)
        return WireAnswer(
            200, "", HEADERS, BODY % (number, number), began_at, began_at, began_at, now, now, "kernel", 0, method, url
        )  # fmt: skip

    def close(self) -> None:
        """Nothing to close."""


def of_session(steps: int) -> float:
    """Microseconds of CPU that the still session itself takes."""

    def ask() -> None:
        session = StillSession()
        for _ in range(steps // VISITORS):
            session.send("POST", "http://127.0.0.1/token")

    started_s = process_time()
    gevent.joinall([gevent.spawn(ask) for _ in range(VISITORS)])
    return (process_time() - started_s) / steps * 1e6


def of_suite(scenario: type[Login] | type[Service], rate_per_s: float) -> tuple[float, int]:
    """Microseconds of CPU a step in the whole suite, with the session, and how many steps there were."""
    environment = Environment(user_classes=[scenario], events=Events())
    load = Load(new_connections=scenario is Login, visitors=VISITORS, seconds=SECONDS, rate_per_s=rate_per_s)
    craft = _craft(load)
    environment.authstorm = craft  # type: ignore[attr-defined]
    environment.stop_timeout = 1
    runner = environment.create_local_runner()
    recorder = Recorder.attach(
        environment, clock=craft.clock, pacing=craft.pacing.counts, stage_at=craft.rehearsal.schedule.stage_at
    )
    environment.events.test_start.fire(environment=environment)
    runner.spawn_users({scenario.__name__: VISITORS})
    gevent.sleep(0.2)
    craft.clock.start()
    craft.pacing.start()
    started_s = process_time()
    gevent.sleep(SECONDS)
    used_s = process_time() - started_s
    craft.pacing.stop()
    environment.events.test_stop.fire(environment=environment)
    steps = recorder.tally.count
    recorder.close()
    runner.quit()
    if steps < 0.95 * rate_per_s * SECONDS:
        raise SystemExit(f"only {steps} steps in {SECONDS} s: the figure would not tell of {rate_per_s:g}/s")
    return used_s / steps * 1e6, steps


def _craft(load: Load) -> Stagecraft:
    """What the visitors of a bench share."""
    with tempfile.TemporaryDirectory() as folder:
        write_plan(Path(folder), "http://127.0.0.1", "", load, "open")
        rehearsal = load_rehearsal("bench", "bench", Path(folder))
    clock = RunClock()
    secrets = {"BENCH_SECRET": Secret("bench-secret")}
    people, services = client_makers(
        rehearsal.target,
        Endpoints(token="http://127.0.0.1/token"),
        secrets,
        RunMark(rehearsal.hash),
    )
    pacing = Pacing(rehearsal.schedule, rehearsal.profile.patience_s, clock)
    new_session: Callable[[str], StillSession] = lambda _connections: StillSession()  # noqa: E731
    return Stagecraft(
        rehearsal, secrets, Redactor(), clock, new_session, pacing,
        Identities(read_accounts(rehearsal.target.accounts), "bench-secret"), people=people, services=services,
    )  # fmt: skip


def one_round() -> dict[str, float]:
    """The figures of one round, in microseconds a step, the session's own cost taken off."""
    session = of_session(100_000)
    return {
        f"{scenario.scenario}, {rate:,}/s": of_suite(scenario, rate)[0] - session
        for scenario in (Service, Login)
        for rate in RATES
    }


def _round_of(checkout: Path) -> dict[str, float]:
    """One round in a process of its own, with the code of a checkout and the benchmark of this one."""
    path = os.pathsep.join([str(checkout), str(ROOT)])
    command = [sys.executable, "-m", "bench.step_cost", "--one-round"]
    environ = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(command, cwd=checkout, env=environ, check=True, stdout=subprocess.PIPE, text=True)
    parts = [line.rpartition(": ") for line in done.stdout.splitlines()]
    return {name: float(figure) for name, _, figure in parts}


def main() -> int:
    """Print the table; 1 when a step costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (%(default)s)")
    parser.add_argument("--beside", type=Path, help="another checkout, to be measured in the same rounds")
    parser.add_argument("--one-round", action="store_true", help="measure once and print bare figures")
    asked = parser.parse_args()
    if asked.one_round:
        for name, figure in one_round().items():
            print(f"{name}: {figure}")
        return 0
    print(f"request path: {request_path()}")
    checkouts = [ROOT, *([asked.beside.resolve()] if asked.beside else [])]
    rounds = [[_round_of(checkout) for checkout in checkouts] for _ in range(asked.rounds)]
    print(f"{'us of CPU a step beyond the wire client':42}" + "".join(f"{path.name:>24}" for path in checkouts))
    for name in rounds[0][0]:
        columns = [[each[place][name] for each in rounds] for place in range(len(checkouts))]
        print(f"{name:42}" + "".join(f"{spread(column, '.1f'):>24}" for column in columns))
    worst = max(median([each[0][name] for each in rounds]) for name in rounds[0][0] if f"{RATES[0]:,}/s" in name)
    print(f"most on a busy core: {worst:.1f} us; at most {LIMIT_US:g} may be")
    return 0 if worst <= LIMIT_US else 1


if __name__ == "__main__":
    raise SystemExit(main())
