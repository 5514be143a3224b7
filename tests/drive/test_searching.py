"""A whole search in no time: its clock passes by sleeping alone, and its server admits exactly so many a second."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from authstorm.drive import prober
from authstorm.drive.prober import Prober, probe_streams
from authstorm.plan.compile import compile_profile
from authstorm.plan.profile import Profile
from authstorm.plan.promises import Promises
from authstorm.watch.health import Health, HealthReading, HealthSecond
from authstorm.watch.histogram import Histogram
from authstorm.watch.objective import Course
from authstorm.watch.probing import ProbeJudge
from authstorm.watch.sample import Sample
from authstorm.watch.tally import Tally


class Clock:
    """Seconds that pass by sleeping alone."""

    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds


class Server:
    """Admits so many a second, in tenths of a second as the sandbox does, and sheds the rest at once."""

    def __init__(self, per_s):
        self.per_s = per_s
        self._slice, self._left = -1, 0

    def admits(self, moment_s):
        this = int(moment_s * 10 + 1e-9)
        if this != self._slice:
            self._slice = this
            self._left = int((this + 1) * self.per_s / 10 + 1e-9) - int(this * self.per_s / 10 + 1e-9)
        self._left -= 1
        return self._left >= 0


class Stage:
    """What a prober needs of the run: the plan, the clock, and a generator that makes each probe at once."""

    def __init__(self, profile, server, workers):
        self.clock = Clock()
        profile = Profile.model_validate(profile)
        self.schedule = compile_profile(profile)
        self.rehearsal = SimpleNamespace(profile=profile, schedule=self.schedule)
        self.tally, self.health = Tally(), Health()
        self._server, self._workers = server, workers

    def settle(self):
        self.tally.closed(int(self.clock()))

    def make(self, probe):
        shares = [
            (moment, stream.scenario)
            for stream in probe_streams(self, probe)
            for share in range(self._workers)
            for moment in stream.arrivals(share, self._workers)
        ]
        made: dict[int, int] = {}
        for moment, scenario in sorted(shares):
            outcome = "good" if self._server.admits(moment) else "shed"
            done_s = moment + 0.004
            told = (scenario, scenario, 1, outcome, "ok", outcome == "good", moment, moment, done_s, 100)
            self.tally.add(Sample(*told))
            made[int(moment)] = made.get(int(moment), 0) + 1
        for second, count in made.items():
            record = HealthSecond(second, "local", count, count, 0, 1.0, 1.0, 1.0, 0.3, 0.3, 40, 400, 0)
            self.health.add(HealthReading(record, Histogram(), Histogram()))


@pytest.fixture
def searched(monkeypatch):
    """Search for the limit of a server; gives what was found, the probes, and how long it took."""

    def search(limit, *, workers=1, lowest=0.35, **changes):
        asked = {
            "from": f"{limit * lowest:.3f}/s", "to": f"{limit * 4}/s", "probe": "4s", "precision": "4%",
            "rule": "shed < 1%",
        }  # fmt: skip
        profile = {
            "name": "p", "mix": {"service": 1}, "arrivals": "5/s", "spacing": "even",
            "stages": [{"before": {"for": "3s"}}, {"search": asked}],
        } | changes  # fmt: skip
        stage = Stage(profile, Server(limit), workers)
        monkeypatch.setattr(prober.gevent, "sleep", stage.clock.sleep)
        judge = ProbeJudge(stage)
        run = Prober(stage, stage.schedule.search, judge, stage.make)
        run._greenlet.join(10)
        assert run.over
        course = Course(stage.tally, stage.schedule, stage.clock())
        return judge.objectives(Promises(), course)[0], judge.probes, stage

    return search


@pytest.mark.parametrize("limit", [40, 77, 90, 200, 640])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_search_finds_the_rate_that_a_server_admits_within_five_per_cent(searched, limit, workers):
    objective, probes, stage = searched(limit, workers=workers)
    assert objective.met
    found = float(objective.value.split(": ")[1].split("/s")[0])
    assert found == pytest.approx(limit, rel=0.05), objective
    assert len(probes) <= stage.schedule.search.most_probes
    assert stage.clock() <= stage.schedule.duration_s


def test_a_search_from_above_the_limit_says_that_it_lies_below(searched):
    objective, probes, _ = searched(50, lowest=1.5)
    assert not objective.met
    assert objective.value == "below 75/s: the rule failed at the lowest rate tried"
    assert len(probes) == 1


def test_several_scenarios_are_tried_together_in_the_shares_of_the_mix(searched):
    _, probes, stage = searched(90, mix={"service": 2, "login": 1})
    counts = {row.step: row.count for row in stage.tally.step_rows()}
    tried = sum(probe.rate for probe in probes) * 4
    assert counts["service"] == pytest.approx(2 / 3 * tried, rel=0.02)
    assert counts["login"] == pytest.approx(1 / 3 * tried, rel=0.02)
