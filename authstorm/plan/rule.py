"""What must hold, as one typed line: ``login p95 < 800ms in spike``; ``docs/objectives.md`` describes the language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

LATENCIES: Final = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9, "max": 100.0}
"""Latency of good steps, in per cent of them."""
SHARES: Final = ("good", "refused", "shed", "broken", "wrong", "failed")
"""Shares of all steps; ``failed`` is everything that did not end as its scenario asked."""
GOODPUT: Final = "goodput"
"""Good steps a second."""
APDEX: Final = "apdex"
"""How content visitors are, from 0 to 1; written with the time that contents them, as ``apdex(500ms)``."""
METRICS: Final = (*LATENCIES, *SHARES, GOODPUT, APDEX)
RUN: Final = "run:"
"""Before the name of a baseline run."""

Sign = Literal["<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Deadline:
    """So many seconds after the end of a stage."""

    after: str
    by_s: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One line, read; ``line`` is its text as written.

    The ``metric`` of a ``step`` (of all steps when "") compares by ``sign`` to ``limit``: ms, a share of 0..1, steps a
    second, an apdex of 0..1, or, with a ``reference`` (a stage, or ``run:`` and a run), a multiple of the same there.
    ``content_ms`` belongs to apdex alone. ``stages`` are where it is judged: all measured ones when empty.
    ``over_s`` is the width of the windows that are judged one by one, ``for_s`` how long it must hold in a row, both
    whole seconds or None; ``deadline`` says from when on.
    """

    line: str
    step: str
    metric: str
    limit: float
    sign: Sign = "<"
    content_ms: float = 0.0
    reference: str = ""
    stages: tuple[str, ...] = ()
    over_s: int | None = None
    for_s: int | None = None
    deadline: Deadline | None = None

    @property
    def run(self) -> str:
        """The baseline run that it refers to; "" when to none."""
        return self.reference.removeprefix(RUN) if self.reference.startswith(RUN) else ""

    @property
    def named_stages(self) -> tuple[str, ...]:
        """Every stage that it speaks of."""
        reference = (self.reference,) if self.reference and not self.run else ()
        return (*self.stages, *reference, *((self.deadline.after,) if self.deadline else ()))

    def holds(self, value: float, limit: float) -> bool:
        """Whether a value is on the right side of a limit."""
        match self.sign:
            case "<":
                return value < limit
            case "<=":
                return value <= limit
            case ">":
                return value > limit
            case _:
                return value >= limit
