"""Writes a run's folder, as often as asked: once at the end, or again and again while the load still runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from time import perf_counter

import yaml

from authstorm.report.digest import NO_RESILIENCE, Watched, summarise
from authstorm.report.facts import Resilience, Summary
from authstorm.report.folder import RunFolder
from authstorm.report.html import render_html
from authstorm.report.junit import junit_xml
from authstorm.report.markdown import summary_markdown
from authstorm.report.plan_facts import PlanFacts
from authstorm.report.summary import redacted, summary_json
from authstorm.report.timeline import Timeline
from authstorm.watch.facts import RunFacts
from authstorm.watch.health import Health
from authstorm.watch.tally import Tally
from authstorm.watch.verdict import Verdict


def no_pause() -> None:
    """Nothing: for writing when no load runs beside it."""


class _Rest:
    """A pause that knows how long was worked in between."""

    def __init__(self, pause: Callable[[], None]) -> None:
        self._pause = pause
        self.began()

    def began(self) -> None:
        self.worked_s = 0.0
        self._since_s = perf_counter()

    def __call__(self) -> None:
        self.worked_s += perf_counter() - self._since_s
        self._pause()
        self._since_s = perf_counter()


class Report:
    """The files of one run, Locust's own excepted (``locust_files``).

    Every string passes through ``redact`` before it is rendered. ``pause`` is called between the pieces of work, so
    that an event loop that makes the load is never held for long.
    """

    def __init__(
        self, folder: RunFolder, plan: PlanFacts, redact: Callable[[str], str], pause: Callable[[], None] = no_pause
    ) -> None:
        self.folder = folder
        self._plan = plan
        self._redact = lru_cache(maxsize=4096)(redact)  # the same few names, every few seconds
        self._rest = _Rest(pause)
        self._timeline = Timeline(plan.schedule, self._redact)
        self._plan_yaml = plan_yaml(plan, self._redact)
        folder.write("plan.yaml", self._plan_yaml)

    def write(  # noqa: PLR0913 - a report tells of everything
        self,
        tally: Tally,
        health: Health,
        verdict: Verdict | None,
        run: RunFacts,
        *,
        complete: bool,
        resilience: Resilience = NO_RESILIENCE,
    ) -> Summary:
        """Write every file anew from what is known now, and return what they tell.

        ``verdict`` is None while there is none. ``complete`` says that nothing more will come; even then the files call
        themselves partial when the run was interrupted or stopped. Raises OSError when the folder cannot be written.
        """
        self._redact.cache_clear()  # the run may have learned of a secret since
        watched = Watched(tally, health, verdict, run, complete, resilience)
        self._rest.began()
        each_second = health.each_second()
        told = summarise(self.folder.path.name, self._plan, watched, each_second, self._rest)
        summary = redacted(told, self._redact)
        self._timeline.refresh(watched, each_second, self._rest)
        for name, render in self._renderers(summary).items():
            self._rest()
            self.folder.write(name, render())
        self._rest()
        return summary

    @property
    def worked_s(self) -> float:
        """Seconds that the last write took, without its pauses."""
        return self._rest.worked_s

    def _renderers(self, summary: Summary) -> dict[str, Callable[[], str]]:
        """The files in the order of their worth: a process killed in between leaves the first ones new."""
        peak = self._timeline.peak_offered
        return {
            "summary.json": lambda: summary_json(summary),
            "timeline.csv": self._timeline.csv_text,
            "report.html": lambda: render_html(summary, self._timeline, self._plan_yaml),
            "junit.xml": lambda: junit_xml(summary),
            "summary.md": lambda: summary_markdown(summary, peak),
        }


def plan_yaml(plan: PlanFacts, redact: Callable[[str], str]) -> str:
    """The effective configuration as YAML, in the order in which it was given."""
    return yaml.safe_dump(redacted(_plain(plan.effective), redact), sort_keys=False, allow_unicode=True, width=100)


def _plain(value: object) -> object:
    """Mappings and sequences as the dicts and lists that YAML knows; any other thing as its text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
