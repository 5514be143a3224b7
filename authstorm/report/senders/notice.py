"""What receivers are told: one change of one alert, and of which run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

State = Literal["firing", "resolved", "final"]
SOURCE: Final = "authstorm"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell; moments are seconds since the epoch.

    ``number`` tells it from the others of its run. ``sentence`` says what was measured, ``about`` why it matters (""
    when nobody said). A ``final`` one says how the run ended, and ``rule`` is "".
    """

    number: int
    state: State
    rule: str
    severity: str
    sentence: str
    about: str
    began: float
    at: float

    def to_wire(self) -> dict[str, Any]:
        """All of it in plain types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Origin:
    """The run that notices come from; ``labels`` are those of the configuration."""

    run: str
    target: str
    profile: str
    host: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def labels_of(self, notice: Notice) -> dict[str, str]:
        """What tells an alert from others, the same in every run: so that a later run goes on with the same alert."""
        own = {
            "alertname": notice.rule,
            "severity": notice.severity,
            "target": self.target,
            "profile": self.profile,
            "source": SOURCE,
        }
        return {**self.labels, **{name: text for name, text in own.items() if text}}

    def annotations_of(self, notice: Notice) -> dict[str, str]:
        """What is told beside it."""
        return {"summary": notice.about or notice.sentence, "description": notice.sentence, "run": self.run}


def stamp(moment: float) -> str:
    """A moment as RFC 3339 has it, in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def told_apart(notices: Sequence[Notice], most: int) -> list[Notice]:
    """The first notices that one message may tell together: never two of one alert, and a final one by itself."""
    together: list[Notice] = []
    for notice in notices[:most]:
        if any(notice.rule == other.rule for other in together) or (notice.state == "final" and together):
            break
        together.append(notice)
        if notice.state == "final":
            break
    return together
