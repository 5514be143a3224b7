"""Several exchanges of one step as one answer: what a person waits for from a click to the next page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from authstorm.auth.session import Answer


@dataclass(frozen=True, slots=True)
class Journey:
    """The answers of a chain of redirects as one; it begins with the first and ends as the last.

    ``first_byte_at`` is that of the first answer, so that the rest of the chain counts as its body.
    """

    answers: tuple[Answer, ...]

    @property
    def status(self) -> int:
        """The last answer's."""
        return self.answers[-1].status

    @property
    def failure(self) -> str:
        """The last answer's."""
        return self.answers[-1].failure

    @property
    def body(self) -> bytes:
        """The last answer's."""
        return self.answers[-1].body

    @property
    def began_at(self) -> float:
        """The first answer's."""
        return self.answers[0].began_at

    @property
    def connected_at(self) -> float:
        """The first answer's."""
        return self.answers[0].connected_at

    @property
    def sent_at(self) -> float:
        """The first answer's."""
        return self.answers[0].sent_at

    @property
    def first_byte_at(self) -> float:
        """The first answer's."""
        return self.answers[0].first_byte_at

    @property
    def done_at(self) -> float:
        """The last answer's."""
        return self.answers[-1].done_at

    @property
    def clock(self) -> str:
        """The last answer's."""
        return self.answers[-1].clock

    @property
    def led_to(self) -> str:
        """Where the last redirect sent the person, as it is written; the last answer came from there."""
        return self.answers[-2].header("location")

    def header(self, name: str) -> str:
        """First value of a header of the last answer."""
        return self.answers[-1].header(name)


def journey(answers: Sequence[Answer]) -> Answer:
    """One answer for all of them: itself where there was only one."""
    return answers[0] if len(answers) == 1 else Journey(tuple(answers))
