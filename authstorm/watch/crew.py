"""The master's book on its workers: who was there, who was lost, and whether every report arrived."""

from __future__ import annotations

from collections.abc import Collection, Iterable


class Crew:
    """The workers of one run, by the name that Locust gives them.

    A worker that was missing once is lost, even when it comes back: its part of the load had a hole. So is one that
    never reported.
    """

    def __init__(self, present: Iterable[str] = ()) -> None:
        self._known = set(present)
        self._gone: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._errors: dict[str, int] = {}
        self.missed = 0
        """Reports that never came, seen by the gap in their numbers."""
        self.unhandled = False
        """Whether anything in any worker raised an exception that nobody handled."""

    def heard(self, worker: str, number: int, errors: int, unhandled: bool) -> None:
        """Note a report: its number (from 1), and how many exceptions the worker's recorder has met so far."""
        self._known.add(worker)
        self.missed += max(0, number - self._numbers.get(worker, 0) - 1)
        self._numbers[worker] = number
        self._errors[worker] = errors
        self.unhandled = self.unhandled or unhandled

    def has_reported(self, worker: str) -> bool:
        """Whether a report of this run has come from a worker."""
        return worker in self._numbers

    def look(self, present: Collection[str]) -> set[str]:
        """Compare with who is there now; gives those who are newly gone. To be called only while the run goes on."""
        gone = self._known - set(present) - self._gone
        self._gone |= gone
        return gone

    @property
    def workers(self) -> frozenset[str]:
        """Everyone who ever belonged to the run."""
        return frozenset(self._known)

    @property
    def gone(self) -> frozenset[str]:
        """Those who went away while the run went on: who has not reported yet may still be on the way."""
        return frozenset(self._gone)

    @property
    def lost(self) -> frozenset[str]:
        """Those who went away while the run went on, or never reported."""
        return frozenset(self._gone | (self._known - set(self._numbers)))

    @property
    def errors(self) -> int:
        """Exceptions in the recorders of all workers."""
        return sum(self._errors.values())
