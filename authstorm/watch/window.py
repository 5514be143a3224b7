"""The window: what one second holds, in one cell a step x scenario x stage x outcome x code.

A sample belongs to the second in which its answer was complete, whatever it waited for before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from authstorm.watch.histogram import Histogram
from authstorm.watch.sample import Fields

Key: TypeAlias = tuple[str, str, int, str, str]
"""Step, scenario, stage, outcome, code: the first five fields of a sample, in its order."""

Cells: TypeAlias = dict[Key, "Cell"]


class Cell:
    """What samples of one kind add up to; ``latency.count`` is their number.

    ``expected`` counts those that ended as the scenario asked, ``size`` their bytes, ``retries`` those that were not
    the first attempt. ``latency`` is from the planned
    moment, ``service`` from the first byte sent, both in ms.
    """

    __slots__ = ("expected", "latency", "retries", "service", "size")

    def __init__(self) -> None:
        self.expected = 0
        self.size = 0
        self.retries = 0
        self.latency = Histogram()
        self.service = Histogram()

    @property
    def count(self) -> int:
        """Number of samples."""
        return self.latency.count

    def add(self, sample: Fields) -> None:
        """Count one sample."""
        done_s = sample[8]
        self.latency.add((done_s - sample[6]) * 1000)
        self.service.add((done_s - sample[7]) * 1000)
        self.size += sample[9]
        if sample[5]:
            self.expected += 1
        if sample[10] > 1:
            self.retries += 1

    def merge(self, other: Cell) -> None:
        """Add what another cell holds; it stays as it is."""
        self.expected += other.expected
        self.size += other.size
        self.retries += other.retries
        self.latency.merge(other.latency)
        self.service.merge(other.service)

    @classmethod
    def sum(cls, cells: Iterable[Cell]) -> Cell:
        """A new cell of all cells together."""
        total = cls()
        for cell in cells:
            total.merge(cell)
        return total

    def to_wire(self) -> list[Any]:
        """All of it in plain types."""
        return [self.expected, self.size, self.retries, self.latency.to_wire(), self.service.to_wire()]

    @classmethod
    def from_wire(cls, wire: Sequence[Any]) -> Cell:
        """The cell that ``to_wire`` wrote."""
        cell = cls()
        cell.expected, cell.size, cell.retries = wire[:3]
        cell.latency, cell.service = Histogram.from_wire(wire[3]), Histogram.from_wire(wire[4])
        return cell


class OpenWindows:
    """The seconds that samples still fall into; a second that was taken out opens anew for a late sample."""

    def __init__(self) -> None:
        self._windows: dict[int, Cells] = {}
        self._second = -1
        self._cells: Cells = {}

    def add(self, sample: Fields) -> None:
        """Count one sample in the second of its ``done_s``.

        The second of the sample before is kept at hand, since nearly all follow in it. A sample that was done before
        the run began (a clock a little behind) counts in second 0.
        """
        second = int(sample[8])
        if second != self._second:
            self._turn_to(max(second, 0))
        key = sample[:5]
        cell = self._cells.get(key)
        if cell is None:
            cell = self._cells[key] = Cell()
        cell.add(sample)

    def take(self, until_second: int | None = None) -> dict[int, Cells]:
        """Take out the windows of all seconds before ``until_second`` (all when None), in order of time."""
        due = sorted(second for second in self._windows if until_second is None or second < until_second)
        taken = {second: self._windows.pop(second) for second in due}
        if self._second in taken:
            self._second, self._cells = -1, {}
        return taken

    def _turn_to(self, second: int) -> None:
        self._second = second
        self._cells = self._windows.setdefault(second, {})
