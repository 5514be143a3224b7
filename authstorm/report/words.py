"""Numbers and exit codes in words, the same in every file and on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

UNKNOWN: Final = "\u2013"

EXIT_MEANINGS: Final[Mapping[int, str]] = {
    0: "passed",
    1: "internal error",
    2: "bad configuration or arguments",
    3: "objective missed",
    4: "stopped early by an abort rule",
    5: "run not valid",
    6: "target not reachable",
    7: "regression against the baseline",
    8: "correctness violated",
    130: "interrupted",
}
"""What each exit code of a run says."""

OUTCOMES: Final = ("good", "refused", "shed", "broken", "wrong")
"""The outcomes in the order in which they are shown."""


def exit_meaning(code: int) -> str:
    """What an exit code says, in a few words."""
    return EXIT_MEANINGS.get(code, "not one of the suite's exit codes")


def milliseconds(value: float | None) -> str:
    """A latency as people say it: ``8.4 ms``, ``340 ms``, ``1.24 s``."""
    if value is None:
        return UNKNOWN
    if round(value) >= 1000:
        return f"{value / 1000:.2f} s" if value < 9_995 else f"{value / 1000:.1f} s"
    return f"{value:.1f} ms" if value < 9.95 else f"{value:.0f} ms"


def seconds(value: float | None) -> str:
    """A duration: ``2.5 s``, ``67 s``, ``12 min 30 s``."""
    if value is None:
        return UNKNOWN
    if value < 119.95:
        return f"{value:.1f} s".replace(".0 s", " s")
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min" + (f" {rest} s" if rest else "")


def percent(share: float | None) -> str:
    """A share of 1 in percent; never ``100%`` or ``0%`` for what is only nearly so. More than 1 is possible."""
    if share is None:
        return UNKNOWN
    if share in {0, 1}:
        return f"{share * 100:.0f}%"
    if 0.01 < share < 0.99 or share > 1:
        return f"{share * 100:.1f}%"
    return f"{min(max(share * 100, 0.01), 99.99):.2f}%"


def whole(value: float | None) -> str:
    """A count with commas between thousands, as in the verdict's sentences."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def per_second(value: float | None) -> str:
    """A rate: ``20/s``, ``7.5/s``."""
    return UNKNOWN if value is None else f"{value:.1f}/s".replace(".0/s", "/s")


def answer_word(answer: str) -> str:
    """One of the three answers, as a word for people."""
    return {"yes": "yes", "no": "NO"}.get(answer, "cannot tell")


def listed(items: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *head, last = list(items) or [UNKNOWN]
    return f"{', '.join(head)} and {last}" if head else last
