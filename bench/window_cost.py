"""What watching costs: time a sample, beside Locust's own statistics; time, bytes and memory a second of windows.

Run: .venv/bin/python -m bench.window_cost
"""

from __future__ import annotations

from locust.env import Environment
from locust.event import Events
from locust.stats import RequestStats

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import median
from time import process_time
from typing import Any

import msgpack

from authstorm.drive.request_event import request_event
from authstorm.watch.recorder import Recorder
from authstorm.watch.sample import Sample, from_event
from authstorm.watch.tally import Tally
from authstorm.wire.answer import WireAnswer

RATE_PER_S = 1000
SECONDS = 60
ROUNDS = 7
LIMIT_US = 5.0
NO_ANSWER = WireAnswer(200, "", (), b"", 0.0, 0.0, 0.0, 0.0, 0.0, "loop", 0, "POST", "")

Event = dict[str, Any]


def events() -> list[Event]:
    """A minute at 1,000 steps/s: three steps, log-normal latency around 50 ms, one in ten not good."""
    draw = Random(7)
    codes = {"good": "ok", "shed": "rate-limited", "broken": "timeout"}
    made = []
    for number in range(RATE_PER_S * SECONDS):
        done_s = number / RATE_PER_S
        latency_s = draw.lognormvariate(-3, 0.8)
        outcome = draw.choices(list(codes), (90, 8, 2))[0]
        context = {
            "outcome": outcome, "code": codes[outcome], "expected": outcome == "good", "scenario": "login",
            "stage": int(done_s) // 20, "planned_s": done_s - latency_s, "sent_s": done_s - 0.9 * latency_s,
            "done_s": done_s, "connect_ms": 0.0, "first_ms": 2.0, "clock": "kernel",
        }  # fmt: skip
        step = draw.choice(("login", "refresh", "introspect"))
        made.append({
            "request_type": "POST", "name": step, "response_time": 900 * latency_s, "response_length": 1033,
            "response": None, "context": context, "exception": None, "start_time": 0.0, "url": "",
        })  # fmt: skip
    return made


@dataclass(frozen=True, slots=True)
class NoArrivals:
    """A generator without arrivals."""

    offered: int = 0
    started: int = 0
    dropped: int = 0
    start_delays_ms: tuple[float, ...] = ()
    visitors: int = 0
    visitors_busy: int = 0


def with_locust(made: list[Event]) -> None:
    """Locust's own counting of one event: entry and total."""
    stats = RequestStats()
    for event in made:
        stats.log_request(event["request_type"], event["name"], event["response_time"], event["response_length"])


def with_tally(made: list[Event]) -> None:
    """From the event's arguments to the window."""
    tally = Tally()
    for event in made:
        sample = from_event(event["name"], event["response_length"], event["context"])
        if sample is not None:
            tally.add(sample)


def with_listener(made: list[Event]) -> None:
    """The same through Locust's event hook."""
    environment = Environment(events=Events())
    recorder = Recorder.attach(environment, clock=lambda: 0.0, pacing=NoArrivals, stage_at=lambda _: 0)
    fire = environment.events.request.fire
    for event in made:
        fire(**event)
    recorder.close()


def with_short_way(samples: list[Sample]) -> None:
    """From the fields of a step, as our own visitors hand them over, to the window and to Locust's statistics."""
    environment = Environment(events=Events())
    environment.create_local_runner()
    recorder = Recorder.attach(environment, clock=lambda: 0.0, pacing=NoArrivals, stage_at=lambda _: 0)
    tell = request_event(environment).tell
    for sample in samples:
        tell(sample, NO_ANSWER, "POST", "", 0.0, None, None)
    recorder.close()
    environment.runner.quit()


def with_bare_hook(made: list[Event]) -> None:
    """The event hook with a listener that does nothing."""
    environment = Environment(events=Events())
    environment.events.request.add_listener(lambda **_: None)
    for event in made:
        environment.events.request.fire(**event)


def samples_of(made: list[Event]) -> list[Sample]:
    """What the events tell of."""
    found = (from_event(event["name"], event["response_length"], event["context"]) for event in made)
    return [sample for sample in found if sample is not None]


def us_per_sample(work: Callable[[list[Event]], None], made: list[Event]) -> float:
    """CPU time of one round, in microseconds a sample."""
    start = process_time()
    work(made)
    return (process_time() - start) / len(made) * 1e6


def compare(made: list[Event]) -> dict[str, float]:
    """Interleaved rounds; the median of each, with the range."""
    samples = samples_of(made)
    works = {"Locust's own statistics": with_locust, "event hook alone": with_bare_hook,
             "tally": with_tally, "recorder through the hook": with_listener,
             "both by the short way": lambda _: with_short_way(samples)}  # fmt: skip
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            times[name].append(us_per_sample(work, made))
    for name, each in times.items():
        print(f"{name:28} {median(each):5.2f} us a sample [{min(each):.2f}..{max(each):.2f}]")
    return {name: median(each) for name, each in times.items()}


def ship(made: list[Event]) -> list[bytes]:
    """A worker's reports, second by second; prints what closing costs."""
    worker, wires, closing_s = Tally(), [], 0.0
    samples = samples_of(made)
    for second in range(SECONDS):
        for sample in samples[second * RATE_PER_S : (second + 1) * RATE_PER_S]:
            worker.add(sample)
        start = process_time()
        wires.append(msgpack.dumps(worker.closed(second + 1)))
        closing_s += process_time() - start
    print(f"closing a second             {closing_s / SECONDS * 1e3:5.2f} ms")
    print(f"a worker's second on the wire {sum(map(len, wires)) / SECONDS / 1e3:4.1f} kB")
    return wires


def merge(wires: list[bytes], tally: Tally, first: int, last: int) -> None:
    """Merge a worker's minute again and again, as the seconds from ``first`` to before ``last``."""
    for second in range(first, last):
        wire = msgpack.loads(wires[second % SECONDS], strict_map_key=False)
        wire["windows"] = [[second, cells] for _, cells in wire["windows"]]
        tally.merge(wire)


def keep(wires: list[bytes]) -> None:
    """Print what merging costs, and what a second takes that is kept in full, or as rows alone."""
    start = process_time()
    merge(wires, Tally(), 0, 600)
    print(f"merging a worker's second    {(process_time() - start) / 600 * 1e3:5.2f} ms")
    for name, tally in (("in full", Tally(detail_s=1200)), ("as rows", Tally(detail_s=1))):
        tracemalloc.start()
        merge(wires, tally, 0, 600)  # the totals of the run have found their size
        before, _ = tracemalloc.get_traced_memory()
        merge(wires, tally, 600, 1200)
        kept = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        rows = len(list(tally.second_rows())) / 1200
        print(
            f"a second kept {name}        {kept / 600 / 1e3:5.1f} kB, {kept * 6 / 1e6:.1f} MB an hour, {rows:.0f} rows"
        )


def main() -> None:
    """Print the figures; fail when a sample costs more than it may."""
    made = events()
    figures = compare(made)
    keep(ship(made))
    own = figures["recorder through the hook"] - figures["event hook alone"]
    short = figures["both by the short way"]
    print(f"watching one sample costs {own:.2f} us, and {short:.2f} with Locust's statistics where it is our own step;")
    print(f"at most {LIMIT_US:g} may be")
    raise SystemExit(max(own, short) > LIMIT_US)


if __name__ == "__main__":
    main()
