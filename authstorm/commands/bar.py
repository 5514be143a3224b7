"""A progress bar on the terminal, on stderr so that the result alone goes to stdout; nothing where nobody looks on."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Bar:
    """Counts what is done of a total; ``note`` stands behind it."""

    def __init__(self, word: str, total: int) -> None:
        console = Console(file=sys.stderr)
        columns = (
            TextColumn(word),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        self._shown = Progress(*columns, console=console, disable=not console.is_terminal, auto_refresh=False)
        self._task = self._shown.add_task(word, total=total, note="")

    def __enter__(self) -> Bar:
        self._shown.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shown.stop()

    def show(self, done: int, note: str = "") -> None:
        """Draw it anew."""
        self._shown.update(self._task, completed=done, note=note, refresh=True)
