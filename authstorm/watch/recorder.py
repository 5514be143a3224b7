"""The recorder: the one place where Locust's events become samples, and workers' windows one tally.

Every process attaches one. Where requests are made it counts samples and watches the generator; workers send what
is new once a second with Locust's own report; the master merges it. A report carries, under the key ``authstorm``:

=============  =====================================================================================================
``number``     which report of its run it is, from 1: a gap shows that one was lost on the way
``ended``      whether the worker's run is over; such a report, when a run goes on, is the rest of the one before
``tally``      what was closed (``Tally.closed``)
``wrongs``     evidence of the first wrong answers (``Wrongs.taken``)
``health``     readings (``HealthReading.to_wire``)
``errors``     exceptions in the worker's recorder since its run began
``unhandled``  whether anything else in the worker raised
=============  =====================================================================================================
"""

from __future__ import annotations

import locust.log
import locust.runners

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import gevent

from authstorm.watch.crew import Crew
from authstorm.watch.ear import Ear
from authstorm.watch.facts import RunFacts
from authstorm.watch.health import Health, HealthReading
from authstorm.watch.locust_statistics import REPORT_INTERVAL_S, LocustStatistics
from authstorm.watch.probe import HealthProbe, PacingCounts
from authstorm.watch.sample import Fields, Sample, from_event
from authstorm.watch.tally import Tally
from authstorm.watch.wrongs import Wrongs

if TYPE_CHECKING:
    from locust.env import Environment

KEY: Final = "authstorm"
_NO_CONTEXT: Final[Mapping[str, Any]] = {}


class Recorder:
    """Listens to one environment; ``tally`` and ``health`` are new at each start of a run.

    ``errors`` counts exceptions in its listeners and in visits. A listener's first is raised, so that Locust logs it; a
    flood of the same would only slow the load.
    """

    def __init__(
        self,
        environment: Environment,
        clock: Callable[[], float],
        pacing: Callable[[], PacingCounts],
        stage_at: Callable[[float], int],
    ) -> None:
        self._environment = environment
        self._clock = clock
        self._pacing = pacing
        self._stage_at = stage_at
        self._listeners: list[tuple[Any, Callable[..., None]]] = []
        self._probe: HealthProbe | None = None
        self._ticker: gevent.Greenlet | None = None
        self._locust = LocustStatistics()
        self.crew_events: Callable[[], tuple[str, ...]] = tuple
        """What befell the workers, in sentences; whoever leads them fills this in."""
        self._ended_s: float | None = None
        self._begin()
        self._going, self._ended = False, True

    @classmethod
    def attach(
        cls,
        environment: Environment,
        *,
        clock: Callable[[], float],
        pacing: Callable[[], PacingCounts],
        stage_at: Callable[[float], int],
    ) -> Recorder:
        """Start to listen.

        ``clock`` gives seconds since the run's start, ``pacing`` the counts of this process's arrivals, ``stage_at``
        the index of the stage for a moment (``Schedule.stage_at``); all three may mean something else in the next run.
        Locust's own statistics count as ``LocustStatistics`` says, until ``close``.
        """
        recorder = cls(environment, clock, pacing, stage_at)
        recorder._listen()
        recorder._locust.change()
        return recorder

    def close(self) -> None:
        """Stop listening and watching; a second call does nothing."""
        self._stop_watching()
        for hook, listener in self._listeners:
            hook.remove_listener(listener)
        self._listeners = []
        self._locust.put_back()

    def settle(self) -> None:
        """In a single process, close the seconds that are over (all when the run is); elsewhere do nothing.

        Happens by itself each second and at the end; call it before a verdict for what came after the end.
        """
        if self._is_local:
            self.tally.closed(self._until)
            for reading in self._readings():
                self.health.add(reading)

    def facts(self, *, interrupted: bool = False, aborted_by: str = "") -> RunFacts:
        """What the verdict must know beside the numbers; on a master, complete once ``quitting`` has fired."""
        lost = self._crew.gone if self._going else self._crew.lost
        return RunFacts(
            ended_s=self._clock() if self._ended_s is None else self._ended_s,
            interrupted=interrupted,
            aborted_by=aborted_by,
            workers=max(1, len(self._crew.workers)),
            workers_lost=tuple(sorted(map(self._name_of, lost))),
            crew_events=self.crew_events(),
            listener_errors=self.errors + self._crew.errors,
            unhandled=locust.log.unhandled_greenlet_exception or self._crew.unhandled,
            reports_missed=self._crew.missed,
            wrongs=tuple(self._wrongs),
        )

    @property
    def _until(self) -> int | None:
        return None if self._ended else max(0, int(self._clock()))

    @property
    def _is_local(self) -> bool:
        return not isinstance(self._environment.runner, locust.runners.DistributedRunner)

    def _listen(self) -> None:
        events = self._environment.events
        # the busiest one guards itself: one call less for each sample
        self._listeners = [(events.request, Ear(self._on_request, self._on_step))]
        for hook, listener in (
            (events.user_error, self._on_user_error),
            (events.test_start, self._on_test_start),
            (events.test_stopping, self._on_test_stopping),
            (events.test_stop, self._on_test_stop),
            (events.report_to_master, self._on_report_to_master),
            (events.worker_report, self._on_worker_report),
        ):
            self._listeners.append((hook, self._guarded(listener)))
        for hook, listener in self._listeners:
            hook.add_listener(listener)

    def _guarded(self, listener: Callable[..., None]) -> Callable[..., None]:
        def guarded(**event: Any) -> None:
            try:
                listener(**event)
            except Exception:
                if self._is_first_error():
                    raise

        return guarded

    def _is_first_error(self) -> bool:
        self.errors += 1
        return self.errors == 1

    def _on_request(self, name: str, response_length: int, context: Mapping[str, Any] | None = None, **_: Any) -> None:
        try:
            told = context or _NO_CONTEXT
            sample = from_event(name, response_length, told)
            if sample is not None:
                self.tally.add(sample)
                if "evidence" in told:
                    self._wrongs.add(sample, told["evidence"])
                if "account" in told:
                    self.tally.refusals.add(sample.done_s, name, told["account"])
        except Exception:
            if self._is_first_error():
                raise

    def _on_step(self, fields: Fields, evidence: Mapping[str, str] | None, account: int | None) -> None:
        """The same of a step of our own visitors, by the short way."""
        try:
            self.tally.add(fields)
            if evidence is not None:
                self._wrongs.add(Sample(*fields), evidence)
            if account is not None:
                self.tally.refusals.add(fields[8], fields[0], account)
        except Exception:
            if self._is_first_error():
                raise

    def _on_user_error(self, **_: Any) -> None:
        """A visit ended in an exception: Locust logs it, and the run was not what was planned."""
        self.errors += 1

    def _on_test_start(self, **_: Any) -> None:
        self._stop_watching()
        self._begin()
        runner = self._environment.runner
        if not isinstance(runner, locust.runners.MasterRunner):
            worker = f"worker-{runner.worker_index}" if isinstance(runner, locust.runners.WorkerRunner) else "local"
            self._probe = HealthProbe(worker, self._clock, self._pacing, on_error=self._is_first_error)
            self._probe.start()
        if self._is_local:
            self._ticker = gevent.spawn(self._tick)

    def _on_test_stopping(self, **_: Any) -> None:
        self._look_at_crew()
        self._ended_s = self.health.loaded_s = self._clock()
        self._going = False

    def _on_test_stop(self, **_: Any) -> None:
        self._ended = True
        try:
            self._stop_watching()
        finally:
            self.settle()

    def _on_report_to_master(self, data: dict[str, Any], **_: Any) -> None:
        self._number += 1
        data[KEY] = {
            "number": self._number,
            "ended": self._ended,
            "tally": self.tally.closed(self._until),
            "wrongs": self._wrongs.taken(),
            "health": [reading.to_wire() for reading in self._readings()],
            "errors": self.errors,
            "unhandled": locust.log.unhandled_greenlet_exception,
        }

    def _on_worker_report(self, client_id: str, data: Mapping[str, Any], **_: Any) -> None:
        wire = data.get(KEY)
        # a worker that has not attached yet sends none; one that was not told of a new run sends the rest of the old,
        # and one that leaves in the middle of this one the rest of this one
        if wire is None or (self._going and wire["ended"] and not self._crew.has_reported(client_id)):
            return
        self._crew.heard(client_id, wire["number"], wire["errors"], wire["unhandled"])
        self._look_at_crew()
        self.tally.merge(wire["tally"], client_id)
        self._wrongs.merge(wire["wrongs"])
        if client_id in self._crew.gone:
            self.tally.forget(client_id)  # its words are late, and nothing waits for them
        for reading in wire["health"]:
            self.health.add(HealthReading.from_wire(reading))

    def _begin(self) -> None:
        """Forget the run before."""
        self.tally = Tally()
        self._wrongs = Wrongs()
        self.health = Health(self._stage_at)
        self.errors = 0
        self._crew = Crew(self._present())
        self._number = 0
        self._ended_s = None
        self._ended = False
        self._going = True

    def _readings(self) -> list[HealthReading]:
        return self._probe.drain() if self._probe is not None else []

    def _stop_watching(self) -> None:
        if self._ticker is not None:
            self._ticker.kill()
            self._ticker = None
        if self._probe is not None:
            self._probe.close()

    def _tick(self) -> None:
        settle = self._guarded(self.settle)
        while True:
            gevent.sleep(REPORT_INTERVAL_S)
            settle()

    def _present(self) -> set[str]:
        """The workers that the master hears of now."""
        runner = self._environment.runner
        if not isinstance(runner, locust.runners.MasterRunner):
            return set()
        missing = locust.runners.STATE_MISSING
        return {name for name, node in runner.clients.items() if node.state != missing}

    def _look_at_crew(self) -> None:
        if self._going and isinstance(self._environment.runner, locust.runners.MasterRunner):
            for worker in self._crew.look(self._present()):
                self.tally.forget(worker)

    def _name_of(self, worker: str) -> str:
        """A worker as people know it: by its index."""
        index = getattr(self._environment.runner, "worker_indexes", {}).get(worker)
        return worker if index is None else f"worker-{index}"
