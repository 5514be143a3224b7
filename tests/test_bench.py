"""What a benchmark holds side by side is of the same seconds."""

import json
from pathlib import Path

import pytest

from authstorm.plan.compile import compile_profile
from authstorm.plan.profile import Profile
from bench import accuracy
from bench.rig.delay_server import DelayServer, Truth
from bench.rig.plan import Load
from bench.rig.process import Usage
from bench.rig.reported import Reported, complaint_of_suite, of_hey


class Clock:
    """Seconds that pass by sleeping alone."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def perf_counter(self) -> float:
        return self.now_s


class Generator:
    """One that loads for so long, whatever is asked of it."""

    def usage(self) -> Usage:
        return Usage(0.0, 0.0, 0)

    def is_running(self) -> bool:
        return False

    def end(self) -> None:
        pass


class Server(DelayServer):
    """Notes when it was asked for the truth."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("http://127.0.0.1:1")
        self.clock = clock
        self.asked_s: list[float] = []

    def truth(self) -> Truth:
        self.asked_s.append(self.clock.now_s)
        return Truth(1, 20.0, 21.0)


@pytest.mark.parametrize("seconds", [2, 5])
def test_what_is_reported_and_what_was_true_are_of_the_same_seconds(seconds, monkeypatch):
    clock, loads, told = Clock(), [], []

    def start(command, errand):
        loads.append(errand.load)
        return Generator()

    def read(folder, from_s, until_s):
        told.append((from_s, until_s))
        return Reported(1, 20.0, 21.0)

    monkeypatch.setattr(accuracy, "time", clock)
    monkeypatch.setattr(accuracy, "_start", start)
    server = Server(clock)
    accuracy.run(accuracy.Contestant("any", lambda _: ([], {}), lambda _: ([], {}), read), server, 100.0, seconds)
    began_s, ended_s = server.asked_s[-2:]
    assert ended_s - began_s == seconds
    assert told == [(began_s, ended_s)]
    assert loads[0].seconds > ended_s  # the load is there all along
    schedule = compile_profile(Profile.model_validate(_profile(loads[0])))
    assert [(stage.start_s, stage.end_s) for stage in schedule.stages if stage.measured] == told


def _profile(load: Load) -> dict[str, object]:
    return {"name": "bench", "mix": {"service": 1}, "arrivals": f"{load.rate_per_s}/s", **accuracy._stages(load)}


def test_heys_requests_of_other_seconds_are_left_out(tmp_path: Path):
    rows = [(2.9, 9.0), (3.0, 0.02), (7.9, 0.04), (8.0, 9.0)]
    lines = ["response-time,offset", *(f"{took_s},{offset}" for offset, took_s in rows)]
    (tmp_path / "output.txt").write_text("\n".join(lines))
    assert of_hey(tmp_path, 3, 8).count == 2


@pytest.mark.parametrize(
    ("outcomes", "complaint"),
    [
        ({"good": 2000, "broken": 1}, ""),
        ({"good": 2000, "broken": 3}, "of 2003 steps not good: {'service broken': 3}"),
        ({"good": 0, "refused": 7}, "of 7 steps not good: {'service refused': 7}"),
        ({"good": 0}, "of 0 steps not good: {}"),
    ],
)
def test_a_suite_whose_steps_were_not_good_gives_no_figure(tmp_path, outcomes, complaint):
    steps = [{"step": "service", "stage": stage, "outcomes": outcomes} for stage in ("load", "all")]
    report = tmp_path / "reports" / "latest" / "summary.json"
    assert complaint_of_suite(tmp_path, 0) == "it wrote no report"
    report.parent.mkdir(parents=True)
    report.write_text(json.dumps({"steps": steps}))
    assert complaint_of_suite(tmp_path, 0) == complaint
