"""The report's listeners: a header before the run, a line every few seconds, and the whole folder at its end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent

from authstorm.plan.advice import notes
from authstorm.plan.alerting import FILE as ALERTS
from authstorm.plan.baseline_run import BaselineRun, read_runs
from authstorm.plan.expectation import steps_of_an_arrival
from authstorm.plan.rehearsal import Rehearsal
from authstorm.plan.secrets import Redactor
from authstorm.report.abort import Abort
from authstorm.report.alert_desk import LOOK_EVERY_S, AlertDesk
from authstorm.report.alert_post import AlertPost
from authstorm.report.digest import resilience_of
from authstorm.report.facts import Summary
from authstorm.report.folder import RunFolder, check_writable
from authstorm.report.html import prepare
from authstorm.report.live_show import EVERY_S, LiveShow
from authstorm.report.locust_files import write_locust_files
from authstorm.report.measured import Measured
from authstorm.report.metrics_endpoint import MetricsEndpoint, open_endpoint
from authstorm.report.on_call import OnCall
from authstorm.report.planned import planned
from authstorm.report.progress import Progress
from authstorm.report.senders.notice import Origin
from authstorm.report.step_summary import append_step_summary
from authstorm.report.terminal import header, notes_text, terminal_width, unwritten_text, verdict_text
from authstorm.report.writer import Report
from authstorm.watch.alert_readings import limits_ms
from authstorm.watch.alert_signals import Signals
from authstorm.watch.early_end import first_true
from authstorm.watch.exits import Exit, with_failure
from authstorm.watch.facts import RunFacts
from authstorm.watch.objective import Course
from authstorm.watch.probing import ProbeJudge
from authstorm.watch.resilience import resilience
from authstorm.watch.verdict import Verdict, judge, so_far

if TYPE_CHECKING:
    from locust.env import Environment

    from datetime import datetime

    from authstorm.watch.recorder import Recorder


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
        self._greenlets: list[gevent.Greenlet] = []
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
        self._environment.process_exit_code = Exit.INTERNAL  # what fails before the verdict is no pass
        self.probes.begin()
        self.verdict = self.summary = None
        rehearsal, started_utc, tools = self._run()
        self.abort.begin(partial(self._abort_rule, rehearsal) if rehearsal.promises.abort else None)
        facts = planned(rehearsal, started_utc, tools)
        reports = Path(self._environment.parsed_options.reports_dir)  # type: ignore[union-attr]
        folder = RunFolder.create(reports, started_utc, rehearsal.target.name, rehearsal.profile.name)
        self.folder = folder
        self._report = Report(folder, facts, self._redact, _give_way)
        _say(header(facts, self._recorder.facts().workers, folder.path, terminal_width()))
        _say(notes_text(map(self._redact, notes(rehearsal)), terminal_width()))
        recorder = self._recorder
        alerting = self._on_call.alerting
        signals = Signals(
            limits_ms(alerting.rules),
            recorder.health.at,
            partial(steps_of_an_arrival, rehearsal),
            lambda: recorder.facts().workers_lost,
            is_open=rehearsal.profile.open,
        )
        origin = Origin(folder.path.name, facts.target, facts.profile, facts.host)
        post = self._post = self._on_call.post(origin, started_utc.timestamp(), self._redact)
        desk = self._desk = AlertDesk(
            alerting, signals, recorder.tally, folder.path, self._redact, self.abort.stop, post.tell, _give_way
        )
        self._show = LiveShow.begin(facts.schedule, f"{facts.profile} against {facts.target}", _say, lambda: desk.spans)
        self._greenlets = [gevent.spawn(self._keep_up, self._report, self._show), gevent.spawn(self._watch, desk)]

    def finish(self, **_: Any) -> None:
        """Judge the run, write everything a last time, and set the exit code; only once a run."""
        self.abort.wait()
        if self._report is None:
            return
        report, self._report = self._report, None
        self.abort.close()
        gevent.killall(self._greenlets)
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
        self._environment.process_exit_code = with_failure(verdict.exit_codes)[0]  # until it can be read
        storm = resilience_of(resilience(recorder.tally, schedule, facts, rehearsal.promises.objectives))
        write = partial(report.write, recorder.tally, recorder.health, verdict, complete=True, resilience=storm)
        summary = self._written(report, write, facts, verdict)
        headline = "The report could not be written." if summary is None else summary.headline
        # the report first: a last call may take a while
        if self._post is not None and (told := self._post.finish(facts.alerts, facts.ended_s, headline)):
            facts = replace(facts, deliveries=told)
            summary = summary and self._written(report, write, facts, verdict)
        if summary is None:
            return
        self.summary = summary
        append_step_summary(report.folder.path / "summary.md", os.environ)
        self._environment.process_exit_code = verdict.exit_code
        _say("\n" + verdict_text(summary, report.folder.path, terminal_width()))
        if self._metrics is not None and self._environment.web_ui is None and not facts.interrupted:
            self._metrics.wait_for_last_scrape()

    def _written(
        self, report: Report, write: Callable[[RunFacts], Summary], facts: RunFacts, verdict: Verdict
    ) -> Summary | None:
        """Write the whole folder; None, and the verdict in the terminal alone, where the disk refuses it."""
        try:
            summary = write(facts)
            write_locust_files(report.folder, self._environment, self._redact)
        except OSError as error:
            _say("\n" + unwritten_text(verdict, report.folder.path, error, terminal_width()))
            return None
        return summary

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

    def _watch(self, desk: AlertDesk) -> None:
        """Judge each second as soon as every worker has told of it, however long the report's writing takes."""
        while True:
            gevent.sleep(LOOK_EVERY_S)
            self._recorder.settle()
            desk.look(self._recorder.facts().ended_s)

    def _keep_up(self, report: Report, show: LiveShow) -> None:
        recorder = self._recorder
        progress = Progress(report, recorder.tally, recorder.health, recorder.facts)
        while True:
            gevent.sleep(EVERY_S)
            recorder.settle()
            now_s = recorder.facts().ended_s
            show.show(recorder.tally, recorder.health.each_second(), now_s)
            progress.write_partial(now_s)


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
