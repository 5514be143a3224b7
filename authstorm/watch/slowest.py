"""The slowest single steps of a run: each step's worst moments in each stage, whatever their outcome.

Read from what windows hold anyway (the maximum of a second, stage, outcome and code), so a sample costs nothing more,
a worker sends nothing more, and a second gives at most one entry of a kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from authstorm.watch.window import Cell, Key

KEPT: Final = 3
"""How many are kept of each step in each stage: a login in an outage must not crowd out everything else."""


@dataclass(frozen=True, slots=True)
class SlowStep:
    """One step as a visitor met it: done in ``second`` of the run, after ``latency_ms`` from its planned moment."""

    latency_ms: float
    second: int
    step: str
    scenario: str
    stage: int
    outcome: str
    code: str


class Slowest:
    """The slowest of each step and stage, so far."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._found: dict[tuple[str, int], list[SlowStep]] = {}

    def note(self, second: int, key: Key, cell: Cell) -> None:
        """Look at what one second holds of a kind."""
        latency_ms = cell.latency.max
        found = self._found.setdefault((key[0], key[2]), [])
        if len(found) == self._kept and latency_ms <= found[-1].latency_ms:
            return
        found.append(SlowStep(latency_ms, second, *key))
        found.sort(key=lambda slow: (-slow.latency_ms, slow.second))
        del found[self._kept :]

    def __iter__(self) -> Iterator[SlowStep]:
        """All that are kept, the slowest first."""
        every = (slow for found in self._found.values() for slow in found)
        return iter(sorted(every, key=lambda slow: (-slow.latency_ms, slow.second, slow.step)))
