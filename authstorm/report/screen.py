"""The one live screen of a terminal: drawn anew each second below what was printed, gone before the verdict comes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Final, TextIO

from rich.console import Console
from rich.file_proxy import FileProxy
from rich.live import Live

from authstorm.plan.schedule import Schedule
from authstorm.report.live_view import LiveView
from authstorm.report.screen_parts import picture
from authstorm.watch.facts import AlertSpan

NARROWEST: Final = 40
"""A terminal with fewer columns gets plain lines."""


def has_screen(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether a live screen can be drawn there: a terminal that can move its cursor and knows more than ASCII."""
    if not stream.isatty() or environ.get("TERM", "dumb") in {"", "dumb", "unknown"}:
        return False
    return "utf" in (stream.encoding or "").lower() and Console(file=stream).width >= NARROWEST


class Screen:
    """Shows a run while it goes on; ``close`` wipes it and gives the terminal back as it was.

    What is printed or logged meanwhile appears above it, whole.
    """

    def __init__(self, schedule: Schedule, title: str, stream: TextIO) -> None:
        self._schedule = schedule
        self._title = title
        self._console = Console(file=stream, force_terminal=True, highlight=False, emoji=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True, vertical_overflow="crop")
        self._logs: list[tuple[logging.StreamHandler[TextIO], TextIO]] = []

    def open(self) -> None:
        """Take the lower part of the terminal."""
        self._live.start()
        self._logs = [(handler, handler.stream) for handler in _terminal_handlers()]
        for handler, stream in self._logs:
            handler.setStream(FileProxy(self._console, stream))  # type: ignore[arg-type]

    def show(self, view: LiveView, alerts: Sequence[AlertSpan] = ()) -> None:
        """Draw the newest view; ``alerts`` are all that fired so far."""
        self._live.update(picture(self._schedule, self._title, view, alerts, self._console.size), refresh=True)

    def close(self) -> None:
        """Wipe the screen and show the cursor again; a second call does nothing."""
        for handler, stream in self._logs:
            handler.setStream(stream)
        self._logs = []
        self._live.stop()


def _terminal_handlers() -> list[logging.StreamHandler[TextIO]]:
    """Every log handler that writes to a terminal: its lines would fall into the middle of the screen."""
    known = [logging.getLogger(), *map(logging.getLogger, logging.Logger.manager.loggerDict)]
    handlers = {id(handler): handler for logger in known for handler in logger.handlers}
    return [
        handler
        for handler in handlers.values()
        if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler)
        if handler.stream.isatty()
    ]
