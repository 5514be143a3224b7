"""The first wrong answers of a run, each with what finds its request in the server's log.

They travel in the request event's context, under ``evidence``, and from workers with their reports. How many there were
is counted elsewhere; of these there are a few alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from authstorm.watch.sample import Sample

MOST: Final = 20
"""So many are kept of a run."""
MOST_OF_A_KIND: Final = 5
"""So many of one step and code: what is wrong with every answer must not hide what is wrong with one of them."""


class WrongAnswer(NamedTuple):
    """One wrong answer; ``done_s`` is in seconds since the run's start, ``trace`` "" where none was sent."""

    done_s: float
    step: str
    scenario: str
    stage: int
    code: str
    identity: str
    what: str
    expected: str
    got: str
    trace: str


class Wrongs:
    """The earliest of one run; a worker adds and ships what ``taken`` returns, the master merges it."""

    def __init__(self) -> None:
        self._kept: list[WrongAnswer] = []
        self._new: list[WrongAnswer] = []

    def __iter__(self) -> Iterator[WrongAnswer]:
        """What is kept, in the order of time."""
        return iter(self._kept)

    def add(self, sample: Sample, evidence: Mapping[str, str]) -> None:
        """Keep one, where there is room for it."""
        told = (evidence[part] for part in ("identity", "what", "expected", "got", "trace"))
        answer = WrongAnswer(sample.done_s, sample.step, sample.scenario, sample.stage, sample.code, *told)
        self._keep([answer])
        self._new.append(answer)

    def taken(self) -> list[list[Any]]:
        """What was added since the last call and is still kept, in plain types."""
        new, self._new = self._new, []
        return [list(answer) for answer in new if answer in self._kept]

    def merge(self, wire: Iterable[Sequence[Any]]) -> None:
        """Add what another process has taken."""
        self._keep(WrongAnswer(*answer) for answer in wire)

    def _keep(self, more: Iterable[WrongAnswer]) -> None:
        """The earliest of each kind, then the earliest of all."""
        kinds: Counter[tuple[str, str]] = Counter()
        kept = []
        for answer in sorted((*self._kept, *more)):
            kinds[answer.step, answer.code] += 1
            if kinds[answer.step, answer.code] <= MOST_OF_A_KIND:
                kept.append(answer)
        self._kept = kept[:MOST]
