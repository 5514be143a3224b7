"""The report's listeners: a header before the run, a line every few seconds, and the whole folder at its end."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Final

import gevent

from authstorm import __version__
from authstorm.errors import ConfigError, Problem
from authstorm.plan.rehearsal import Rehearsal
from authstorm.report.folder import RunFolder
from authstorm.report.html import prepare
from authstorm.report.live_line import live_line
from authstorm.report.locust_files import write_locust_files
from authstorm.report.meanings import code_meanings
from authstorm.report.plan_facts import PlanFacts
from authstorm.report.progress import EVERY_S, Progress
from authstorm.report.terminal import header, verdict_text
from authstorm.report.writer import Report
from authstorm.watch.probing import ProbeJudge
from authstorm.watch.verdict import judge

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
        redact: Callable[[str], str],
        interrupted: Callable[[], bool],
    ) -> None:
        self._environment = environment
        self._recorder = recorder
        self._run = run
        self._redact = redact
        self._interrupted = interrupted
        self.probes = ProbeJudge(recorder)
        self._report: Report | None = None
        self._greenlet: gevent.Greenlet | None = None
        if self._role != "WorkerRunner":
            check_writable(Path(environment.parsed_options.reports_dir))  # type: ignore[union-attr]
            prepare()
            environment.events.test_start.add_listener(self.begin)
            environment.events.test_stop.add_listener(self._test_stop)

    def begin(self, **_: Any) -> None:
        """Make the folder, say what is about to happen, and keep the folder up to date from now on."""
        self.probes.begin()
        rehearsal, started_utc, tools = self._run()
        facts = plan_facts(rehearsal, started_utc, tools)
        reports = Path(self._environment.parsed_options.reports_dir)  # type: ignore[union-attr]
        folder = RunFolder.create(reports, started_utc, rehearsal.target.name, rehearsal.profile.name)
        self._report = Report(folder, facts, self._redact, lambda: gevent.sleep(0))
        _say(header(facts, self._recorder.facts().workers, folder.path))
        for warning in rehearsal.warnings:
            _say(f"note: {warning}\n")
        self._greenlet = gevent.spawn(self._keep_up, rehearsal, self._report)

    def finish(self, **_: Any) -> None:
        """Judge the run, write everything a last time, and set the exit code; only once a run."""
        if self._report is None:
            return
        report, self._report = self._report, None
        if self._greenlet is not None:
            self._greenlet.kill()
        recorder = self._recorder
        recorder.settle()
        facts = recorder.facts(interrupted=self._interrupted())
        schedule, probes = self._run()[0].schedule, self.probes
        limits = probes.limits(schedule)
        verdict = judge(recorder.tally, recorder.health, schedule, facts, rules=probes.objectives, limits=limits)
        summary = report.write(recorder.tally, recorder.health, verdict, facts, complete=True)
        write_locust_files(report.folder, self._environment, self._redact)
        self._environment.process_exit_code = verdict.exit_code
        _say("\n" + verdict_text(summary, report.folder.path))

    def _test_stop(self, **_: Any) -> None:
        """In a single process everything is in by now; a master still waits for its workers' last reports."""
        if self._role == "LocalRunner":
            self.finish()

    @property
    def _role(self) -> str:
        """What this process is, in Locust's words; by name, so that nothing of Locust is imported here."""
        return type(self._environment.runner).__name__

    def _keep_up(self, rehearsal: Rehearsal, report: Report) -> None:
        recorder = self._recorder
        progress = Progress(report, recorder.tally, recorder.health, recorder.facts)
        while True:
            gevent.sleep(EVERY_S)
            now_s = recorder.facts().ended_s
            seconds = recorder.health.each_second()
            _say(live_line(rehearsal.schedule, recorder.tally, seconds, now_s, int(EVERY_S)) + "\n")
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
    )


def _say(text: str) -> None:
    """To the terminal, at once, also behind a pipe, and whatever characters the terminal knows."""
    known = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(text.encode(known, "replace").decode(known))
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads any more, as behind head -1: the run and its folder go on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
