"""All that was measured in a run: taken in a sample at a time, shipped by the second, merged, and read as rows.

What it costs to keep, measured with nine rows a second at 1,000 steps/s (bench/window_cost.py): the newest
``detail_s`` seconds with their histograms 74 kB each, so 44 MB for the ten minutes that are kept by default; every
older second as packed rows 1.1 kB, so 4 MB an hour; and the totals of the run by step x scenario x stage x outcome x
code, which do not grow with time. A soak of a day stays below 150 MB.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from itertools import chain, groupby
from math import inf
from typing import Any, TypeAlias, TypeVar

from authstorm.watch.archive import Archive
from authstorm.watch.histogram import Histogram
from authstorm.watch.noise import Hands, Noise
from authstorm.watch.refusals import Refusals
from authstorm.watch.rows import CodeRow, SecondRow, StepRow
from authstorm.watch.sample import Fields, Sample
from authstorm.watch.slowest import Slowest, SlowStep
from authstorm.watch.window import Cell, Cells, Key, OpenWindows

K = TypeVar("K", bound=Hashable)

Second: TypeAlias = dict[tuple[str, str], Cell]
"""One second, or more of them, in the view of rows: a cell a step x outcome."""


class Tally:
    """The windows of one run.

    A worker adds samples and ships what ``closed`` returns; the master merges it; a single process does both in one
    object. Rows tell of what was closed or merged, never of seconds that are still open.
    """

    def __init__(self, detail_s: int = 600) -> None:
        self._detail_s = detail_s
        self._open = OpenWindows()
        self._totals: Cells = {}
        self._seconds: dict[int, Second] = {}
        self._archive = Archive()
        self._slowest = Slowest()
        self._hands = Hands()
        self._spans: dict[Key, tuple[int, int]] = {}
        self._archived_to = -1
        self._until: dict[str, float] = {}
        self.watcher: Callable[[int, Cells], None] | None = None
        """Is told each window as it is closed or merged; several of one second add up."""
        self.refusals = Refusals()
        """Closed and merged with the windows, and not kept."""

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> Tally:
        """A tally of finished samples, all closed."""
        tally = cls()
        for sample in samples:
            tally.add(sample)
        tally.closed()
        return tally

    def add(self, sample: Fields) -> None:
        """Count one sample in the second in which it was done.

        A sample for a second that was closed before comes out with the next ``closed``: merging is additive.
        """
        self._open.add(sample)

    def closed(self, until_second: int | None = None) -> dict[str, Any]:
        """Close the seconds before ``until_second`` (all when None) and return what is new in them, in plain types.

        ``{"until": until_second, "windows": [[second, [[key, cell], ...]], ...], "refusals": ...}``; every sample is in
        exactly one return value, whatever the order they came in.
        """
        taken = self._open.take(until_second)
        windows = []
        for second, cells in taken.items():
            windows.append([second, [[list(key), cell.to_wire()] for key, cell in cells.items()]])
            self._fold(second, cells)
        self._until[""] = inf if until_second is None else until_second
        return {"until": until_second, "windows": windows, "refusals": self.refusals.closed(until_second)}

    def merge(self, wire: dict[str, Any], source: str = "") -> None:
        """Add what another tally has closed; ``source`` is its worker's name, for ``settled_second``."""
        for second, cells in wire["windows"]:
            self._fold(second, {tuple(key): Cell.from_wire(cell) for key, cell in cells})
        self.refusals.merge(wire["refusals"])
        self._until[source] = inf if wire["until"] is None else wire["until"]

    def forget(self, source: str) -> None:
        """No longer wait for a source that was lost; what it shipped stays."""
        self._until.pop(source, None)

    @property
    def settled_second(self) -> int:
        """The seconds before this one are closed at every source; only a late sample can still change them."""
        until = min(self._until.values(), default=0)
        return int(until) if until < inf else (self.last_second or 0) + 1

    @property
    def count(self) -> int:
        """Samples closed or merged."""
        return sum(cell.count for cell in self._totals.values())

    @property
    def last_second(self) -> int | None:
        """The newest second with a sample; None when there is none."""
        return max(self._seconds, default=None)

    def total(self, stages: Collection[int] | None = None) -> StepRow:
        """All steps together over the given stages (all when None), as one row with ``step`` "" and ``stage`` None."""
        return StepRow.of("", None, self._picked(stages))

    def outcomes(self, pause: Callable[[], None] = lambda: None) -> Second:
        """The whole run by step x outcome, as cells of the asker's own; ``pause`` is called between pieces of work."""
        cells: Second = {}
        for key, cell in list(self._totals.items()):
            _into(cells, (key[0], key[3]), cell)
            pause()
        return cells

    def step_rows(self, stages: Collection[int] | None = None) -> list[StepRow]:
        """One row a step over the given stages (all when None), by name; ``row.stage`` is None."""
        steps: defaultdict[str, Cells] = defaultdict(dict)
        for key, cell in self._picked(stages).items():
            steps[key[0]][key] = cell
        return [StepRow.of(step, None, steps[step]) for step in sorted(steps)]

    def good_latencies(self, step: str, stages: Collection[int] | None = None) -> Histogram:
        """The latencies of a step's good ones (of all steps when "") over the given stages (all when None), in ms."""
        merged = Histogram()
        for key, cell in self._picked(stages).items():
            if key[3] == "good" and step in {"", key[0]}:
                merged.merge(cell.latency)
        return merged

    def stage_rows(self) -> list[StepRow]:
        """One row a stage x step, in the order of stages, then steps."""
        parts: defaultdict[tuple[int, str], Cells] = defaultdict(dict)
        for key, cell in self._totals.items():
            parts[key[2], key[0]][key] = cell
        return [StepRow.of(step, stage, parts[stage, step]) for stage, step in sorted(parts)]

    def code_rows(self) -> list[CodeRow]:
        """One row a step x scenario x stage x outcome x code, the most frequent first; good ones too."""
        rows = [CodeRow.of(key, cell, *self._spans[key]) for key, cell in self._totals.items()]
        return sorted(rows, key=lambda row: (-row.count, row.step, row.scenario, row.stage, row.outcome, row.code))

    def failures(self) -> list[CodeRow]:
        """The code rows with something that did not end as its scenario asked, the most frequent first."""
        return [row for row in self.code_rows() if row.failed]

    def slowest(self) -> list[SlowStep]:
        """The slowest single steps, a few of each step, the slowest first."""
        return list(self._slowest)

    def noise(self, step: str, stages: Collection[int] | None = None) -> Noise:
        """How much a step's figures waver by chance over the given stages (all when None)."""
        return self._hands.noise(step, stages)

    def second_rows(self, first: int = 0, last: int | None = None, width_s: int = 1) -> Iterator[SecondRow]:
        """Yield one row a second x step x outcome from ``first`` to ``last`` (both included), in order of time.

        ``width_s`` above 1 puts that many seconds into one row, named for the first of them (``first`` begins a row):
        percentiles at low rates need it. For seconds older than ``detail_s`` such a row has the percentiles of its
        busiest second.
        """
        end = inf if last is None else last
        rows = chain(self._archive.rows(first, end), self._detailed(first, end, width_s))
        return rows if width_s == 1 else _joined(rows, first, width_s)

    def _detailed(self, first: int, last: float, width_s: int) -> Iterator[SecondRow]:
        """Rows of the seconds that still have their histograms."""
        seconds = sorted(second for second in self._seconds if first <= second <= last)
        for number, group in groupby(seconds, key=lambda second: (second - first) // width_s):
            cells: defaultdict[tuple[str, str], list[Cell]] = defaultdict(list)
            for second in group:
                for key, cell in self._seconds[second].items():
                    cells[key].append(cell)
            for step, outcome in sorted(cells):
                yield SecondRow.of(first + number * width_s, step, outcome, Cell.sum(cells[step, outcome]))

    def _picked(self, stages: Collection[int] | None) -> Cells:
        return {key: cell for key, cell in self._totals.items() if stages is None or key[2] in stages}

    def _fold(self, second: int, cells: Cells) -> None:
        """Add a window to the totals and to its second, in full or, when that is long past, as rows."""
        if self.watcher is not None:
            self.watcher(second, cells)
        for key, cell in cells.items():
            _into(self._totals, key, cell)
            self._slowest.note(second, key, cell)
            self._hands.note(second, key, cell)
            first, last = self._spans.get(key, (second, second))
            self._spans[key] = min(first, second), max(last, second)
            if second > self._archived_to:
                _into(self._seconds.setdefault(second, {}), (key[0], key[3]), cell)
            else:
                self._archive.put(SecondRow.of(second, key[0], key[3], cell))
        while len(self._seconds) > self._detail_s:
            self._archived_to = min(self._seconds)
            for (step, outcome), cell in self._seconds.pop(self._archived_to).items():
                self._archive.put(SecondRow.of(self._archived_to, step, outcome, cell))


def _into(cells: dict[K, Cell], key: K, cell: Cell) -> None:
    """Add to a cell of our own: the one that came in may be another dict's."""
    if key not in cells:
        cells[key] = Cell()
    cells[key].merge(cell)


def _joined(rows: Iterable[SecondRow], first: int, width_s: int) -> Iterator[SecondRow]:
    for number, group in groupby(rows, key=lambda row: (row.second - first) // width_s):
        parts: defaultdict[tuple[str, str], list[SecondRow]] = defaultdict(list)
        for row in group:
            parts[row.step, row.outcome].append(row)
        for key in sorted(parts):
            yield SecondRow.joined(first + number * width_s, parts[key])
