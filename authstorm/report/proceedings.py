"""The report's listeners: a header before the run, a line every few seconds, and the whole folder at its end."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Final

import gevent

from authstorm import __version__
from authstorm.errors import ConfigError, Problem
from authstorm.plan.advice import notes
from authstorm.plan.alerting import FILE as ALERTS
from authstorm.plan.baseline_run import BaselineRun, read_runs
from authstorm.plan.expectation import steps_of_an_arrival
from authstorm.plan.rehearsal import Rehearsal
from authstorm.plan.run_mark import mark_of
from authstorm.plan.secrets import Redactor
from authstorm.report.abort import Abort
from authstorm.report.alert_desk import AlertDesk
from authstorm.report.alert_post import AlertPost
from authstorm.report.digest import resilience_of
from authstorm.report.facts import Summary
from authstorm.report.folder import RunFolder
from authstorm.report.html import prepare
from authstorm.report.live_show import EVERY_S, LiveShow
from authstorm.report.locust_files import write_locust_files
from authstorm.report.meanings import code_meanings
from authstorm.report.measured import Measured
from authstorm.report.metrics_endpoint import MetricsEndpoint, open_endpoint
from authstorm.report.on_call import OnCall
from authstorm.report.plan_facts import PlanFacts
from authstorm.report.progress import Progress
from authstorm.report.senders.notice import Origin
from authstorm.report.step_summary import append_step_summary
from authstorm.report.terminal import header, terminal_width, verdict_text
from authstorm.report.writer import Report
from authstorm.watch.alert_readings import limits_ms
from authstorm.watch.alert_signals import Signals
from authstorm.watch.early_end import first_true
from authstorm.watch.facts import RunFacts
from authstorm.watch.objective import Course
from authstorm.watch.probing import ProbeJudge
from authstorm.watch.resilience import resilience
from authstorm.watch.verdict import Verdict, judge, so_far

if TYPE_CHECKING:
    from locust.env import Environment

    from datetime import datetime

    from authstorm.watch.recorder import Recorder

PACKAGES: Final = ("locust", "gevent", "geventhttpclient")


class Proceedings:
    """Writes what one environment's runs leave behind; does nothing on a worker.

    ``run`` says what is run, since when and by which client and clock; ``interrupted`` whether somebody asked for the
    end.
    """

    def __init__(
        self,
        environment: Environment,
        recorder: Recorder,
        run: Callable[[], tuple[Rehearsal, datetime, dict[str, str]]],
        redact: Redactor,
        interrupted: Callable[[], bool],
    ) -> None:
        self._environment = environment
        self._recorder = recorder
        self._run = run
        self._redact = redact
        self._interrupted = interrupted
        self.probes = ProbeJudge(recorder)
        self.abort = Abort(environment)
        self._runs: dict[str, BaselineRun] = {}
        self._report: Report | None = None
        self._greenlet: gevent.Greenlet | None = None
        self._show: LiveShow | None = None
        self.verdict: Verdict | None = None
        """On the run that is over; None while one goes on, and before the first."""
        self._metrics: MetricsEndpoint | None = None
        self.folder: RunFolder | None = None
        """Of the newest run; None before the first."""
        self.summary: Summary | None = None
        """Of the run that is over, as the verdict."""
        self._on_call = OnCall()
        self._desk: AlertDesk | None = None
        self._post: AlertPost | None = None
        if self._role != "WorkerRunner":
            reports = Path(environment.parsed_options.reports_dir)  # type: ignore[union-attr]
            check_writable(reports)
            self.ready()
            prepare()
            self._metrics = open_endpoint(environment.parsed_options, self.measured)
            environment.events.test_start.add_listener(self.begin)
            environment.events.test_stop.add_listener(self._test_stop)

    def ready(self) -> None:
        """Read what the plan at hand is judged by, and who is told; ConfigError for what cannot be read."""
        options: Any = self._environment.parsed_options
        self._runs = read_runs(self._run()[0].promises.runs, Path(options.reports_dir))
        self._on_call = self._on_call.renewed(Path(options.config_dir) / ALERTS, self._redact)

    def begin(self, **_: Any) -> None:
        """Make the folder, say what is about to happen, and keep the folder up to date from now on."""
        self.probes.begin()
        self.verdict = self.summary = None
        rehearsal, started_utc, tools = self._run()
        self.abort.begin(partial(self._abort_rule, rehearsal) if rehearsal.promises.abort else None)
        facts = plan_facts(rehearsal, started_utc, tools)
        reports = Path(self._environment.parsed_options.reports_dir)  # type: ignore[union-attr]
        folder = RunFolder.create(reports, started_utc, rehearsal.target.name, rehearsal.profile.name)
        self.folder = folder
        self._report = Report(folder, facts, self._redact, _give_way)
        _say(header(facts, self._recorder.facts().workers, folder.path, terminal_width()))
        _say("".join(f"note: {self._redact(note)}\n" for note in notes(rehearsal)))
        title = f"{facts.profile} against {facts.target}"
        recorder = self._recorder
        alerting = self._on_call.alerting
        signals = Signals(
            limits_ms(alerting.rules),
            recorder.health.at,
            partial(steps_of_an_arrival, rehearsal),
            lambda: recorder.facts().workers_lost,
        )
        origin = Origin(folder.path.name, facts.target, facts.profile, facts.host)
        post = self._post = self._on_call.post(origin, started_utc.timestamp(), self._redact)
        desk = self._desk = AlertDesk(
            alerting, signals, recorder.tally, folder.path, self._redact, self.abort.stop, post.tell, _give_way
        )
        self._show = LiveShow.begin(facts.schedule, title, _say, lambda: desk.spans)
        self._greenlet = gevent.spawn(self._keep_up, self._report, self._show, desk)

    def finish(self, **_: Any) -> None:
        """Judge the run, write everything a last time, and set the exit code; only once a run."""
        self.abort.wait()
        if self._report is None:
            return
        report, self._report = self._report, None
        self.abort.close()
        if self._greenlet is not None:
            self._greenlet.kill()
        if self._show is not None:
            self._show.close()
        recorder = self._recorder
        recorder.settle()
        facts = recorder.facts(interrupted=self._interrupted(), aborted_by=self.abort.reason)
        if self._desk is not None:
            self._desk.look(facts.ended_s)
            facts = replace(facts, alerts=self._desk.spans)
        rehearsal = self._run()[0]
        schedule = rehearsal.schedule
        self.verdict = verdict = self._judge(facts)
        storm = resilience_of(resilience(recorder.tally, schedule, facts, rehearsal.promises.objectives))
        write = partial(report.write, recorder.tally, recorder.health, verdict, complete=True, resilience=storm)
        summary = write(facts)
        # the report first: a last call may take a while
        if self._post is not None and (told := self._post.finish(facts.alerts, facts.ended_s, summary.headline)):
            summary = write(replace(facts, deliveries=told))
        self.summary = summary
        write_locust_files(report.folder, self._environment, self._redact)
        append_step_summary(report.folder.path / "summary.md", os.environ)
        self._environment.process_exit_code = verdict.exit_code
        _say("\n" + verdict_text(summary, report.folder.path, terminal_width()))
        if self._metrics is not None and self._environment.web_ui is None and not facts.interrupted:
            self._metrics.wait_for_last_scrape()

    @property
    def run_id(self) -> str:
        """Name of the newest run's folder; "" before the first."""
        return "" if self.folder is None else self.folder.path.name

    def measured(self, *, judged: bool = True) -> Measured | None:
        """What is known of the newest run; None before the first. With the verdict so far, unless told not to judge."""
        if self._report is None and self.verdict is None:
            return None
        rehearsal, started_utc, _ = self._run()
        facts, verdict = self._recorder.facts(), self.verdict
        if judged and verdict is None:
            verdict = so_far(self._judge(replace(facts, ended_s=self._known_s(facts))))
        return Measured(
            tally=self._recorder.tally,
            health=self._recorder.health,
            rehearsal=rehearsal,
            facts=facts,
            started_s=started_utc.timestamp(),
            over=self.verdict is not None,
            verdict=verdict,
            alerts=() if self._desk is None else self._desk.spans,
        )

    def _known_s(self, facts: RunFacts) -> float:
        """How far a run that goes on is known: what came after is not missing, but not told yet."""
        newest = self._recorder.health.newest(within_s=0)
        reported_s = newest[0].second + 1.0 if newest else 0.0
        return min(facts.ended_s, reported_s, float(self._recorder.tally.settled_second))

    def _judge(self, facts: RunFacts) -> Verdict:
        """The verdict on what was measured by now."""
        recorder, probes = self._recorder, self.probes
        rehearsal, _, tools = self._run()
        schedule = rehearsal.schedule
        suffice = rehearsal.target.accounts.when_exhausted == "fail"
        limits = replace(probes.limits(schedule), accounts_suffice=suffice)
        if tools["clock"] == "loop":
            limits = limits.on_loop_clock()
        course = Course(recorder.tally, schedule, facts.ended_s, self._runs)
        told = probes.objectives(rehearsal.promises, course)
        gevent.sleep(0)  # while the load goes on, it comes first
        return judge(recorder.tally, recorder.health, schedule, facts, objectives=told, limits=limits)

    def _abort_rule(self, rehearsal: Rehearsal) -> str:
        """The abort rule that is true by now, "" when none is."""
        recorder = self._recorder
        recorder.settle()
        course = Course(recorder.tally, rehearsal.schedule, recorder.facts().ended_s, self._runs)
        return first_true(rehearsal.promises.abort, course, recorder.tally.settled_second)

    def _test_stop(self, **_: Any) -> None:
        """In a single process everything is in by now, and in a room, which goes on; else ``quitting`` comes later."""
        if self._role == "LocalRunner" or self._environment.web_ui is not None:
            self.finish()

    @property
    def _role(self) -> str:
        """What this process is, in Locust's words; by name, so that nothing of Locust is imported here."""
        return type(self._environment.runner).__name__

    def _keep_up(self, report: Report, show: LiveShow, desk: AlertDesk) -> None:
        recorder = self._recorder
        progress = Progress(report, recorder.tally, recorder.health, recorder.facts)
        while True:
            gevent.sleep(EVERY_S)
            recorder.settle()
            now_s = recorder.facts().ended_s
            desk.look(now_s)
            show.show(recorder.tally, recorder.health.each_second(), now_s)
            progress.write_partial(now_s)


def check_writable(reports: Path) -> None:
    """ConfigError when no run folder could be made there, so that nothing is loaded without leaving a report."""
    try:
        reports.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=reports).close()
    except OSError as error:
        wrong = f"{reports} cannot be written: {error.strerror}"
        raise ConfigError([Problem("--reports-dir", None, "folder", wrong)]) from error


def plan_facts(rehearsal: Rehearsal, started_utc: datetime, tools: dict[str, str]) -> PlanFacts:
    """What the report tells of the plan and of this machine."""
    versions = {"authstorm": __version__, "python": platform.python_version()}
    return PlanFacts(
        target=rehearsal.target.name,
        target_url=rehearsal.target.url,
        profile=rehearsal.profile.name,
        schedule=rehearsal.schedule,
        started_utc=started_utc,
        about=rehearsal.profile.about,
        seed=rehearsal.profile.seed,
        host=platform.node(),
        effective=rehearsal.effective(),
        versions=versions | {name: version(name) for name in PACKAGES} | tools,
        meanings=code_meanings(),
        run_mark="" if rehearsal.target.checks.trace == "none" else mark_of(rehearsal.hash, started_utc),
    )


def _give_way() -> None:
    gevent.sleep(0)


def _say(text: str) -> None:
    """To the terminal, at once, also behind a pipe, and whatever characters the terminal knows."""
    known = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(known, "replace").decode(known))
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads any more, as behind head -1: the run and its folder go on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
