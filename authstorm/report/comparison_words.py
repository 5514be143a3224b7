"""A comparison in words: the same for the terminal, ``compare.md`` and ``compare.html``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

from authstorm.report.comparison import LATENCY_FLOOR, LATENCY_FLOOR_MS, Comparison, Difference, Judgement
from authstorm.report.facts import ALL_STAGES
from authstorm.report.words import UNKNOWN, listed, milliseconds, percent

NOISE: Final = (
    "Two runs of the same storm against the same service differ by chance. Beside each difference stands what chance "
    "alone explains: four standard errors, read from how much the seconds within each run differ from one another. "
    "Where one run has no failure at all, each of the other's counts for itself. "
    f"Less than {LATENCY_FLOOR:.0%} of a latency or {LATENCY_FLOOR_MS:g} ms never counts. The seconds of a run know "
    "nothing of what changed between the runs: a busier machine shows up as a difference. Run A twice and compare "
    "the two to see what that makes up here."
)
"""What the noise is, and what it is not."""

COLUMNS: Final = ("", "Step", "Stage", "Figure", "A", "B", "Change", "Noise")
_SIGNS: Final[dict[Judgement, str]] = {"worse": "▲", "better": "●", "same": "=", "unclear": "?"}
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One difference, ready to be read."""

    judgement: Judgement
    sign: str
    step: str
    stage: str
    figure: str
    a: str
    b: str
    change: str
    noise: str

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of COLUMNS."""
        word = f"{self.sign} {self.judgement}"
        return (word, self.step, self.stage, self.figure, self.a, self.b, self.change, self.noise)


def headline(found: Comparison) -> str:
    """The comparison in one sentence."""
    if found.doubts:
        return "These runs prove nothing about each other: " + found.doubts[0]
    if found.worse:
        names = [f"{_place(each)} ({_change(each)})" for each in found.worse[:_NAMED]]
        more = [f"{len(found.worse) - _NAMED} more"] if len(found.worse) > _NAMED else []
        return f"B is worse than A: {listed(names + more)}."
    if found.strains:
        return "No worse in failures and goodput, but latencies cannot be compared: a generator was out of breath."
    if found.better:
        names = [f"{_place(each)} ({_change(each)})" for each in found.better[:_NAMED]]
        more = [f"{len(found.better) - _NAMED} more"] if len(found.better) > _NAMED else []
        return f"B is better than A: {listed(names + more)}; nothing is worse."
    return "No difference between A and B is greater than noise."


def rows(found: Comparison, *, all_of_them: bool = True) -> list[Row]:
    """Every difference, what got worse first; without ``all_of_them`` those alone that are more than noise."""
    return [_row(each) for each in found.shown if all_of_them or each.judgement in {"worse", "better"}]


def sides(found: Comparison) -> list[tuple[str, str, str]]:
    """What each run was and how it ended, as name, A, B."""
    pairs = [(each.run.id, each.headline, str(each.exit_code)) for each in (found.a, found.b)]
    return [(name, pairs[0][at], pairs[1][at]) for at, name in enumerate(("run", "verdict", "exit code"))]


def comparison_text(found: Comparison, width: int) -> str:
    """What the terminal shows: the sentence, what is more than noise, and what the noise is."""
    told = rows(found, all_of_them=False)
    lines = [*wrap(headline(found), width), ""]
    lines += [f"{name}: {run.run.id}, {run.headline}" for name, run in (("A", found.a), ("B", found.b))]
    lines += [f"doubt: {doubt}" for doubt in (*found.doubts, *found.strains)]
    lines += [f"note: {note}" for note in found.notes]
    if told:
        lines += ["", *_aligned([COLUMNS, *(row.cells for row in told)])]
    same, unclear = (sum(each.judgement == word for each in found.differences) for word in ("same", "unclear"))
    lines += ["", f"{len(found.differences)} figures: {len(told)} differ, {same} do not, {unclear} cannot be told."]
    return "\n".join((*lines, "", *wrap(NOISE, width))) + "\n"


def comparison_markdown(found: Comparison) -> str:
    """The text of ``compare.md``."""
    return "\n".join(_markdown(found)) + "\n"


def _markdown(found: Comparison) -> Iterator[str]:
    yield f"# {_plain(headline(found))}\n"
    yield from _table(("", "A", "B"), sides(found))
    for title, sentences in (("Doubts", (*found.doubts, *found.strains)), ("What else differs", found.notes)):
        if sentences:
            yield f"\n## {title}\n"
            yield from (f"- {_plain(sentence)}" for sentence in sentences)
    yield "\n## Every figure\n"
    yield from _table(COLUMNS, [row.cells for row in rows(found)])
    yield f"\n{NOISE}"


def _table(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(columns) + " |"
    yield "|" + " --- |" * len(columns)
    yield from ("| " + " | ".join(map(_plain, row)) + " |" for row in cells)


def _plain(text: str) -> str:
    """Without the characters that Markdown or HTML would take as its own."""
    flat = " ".join(text.split()).replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{sign}" if sign in "\\`*_[]|#" else sign for sign in flat)


def _row(each: Difference) -> Row:
    stage = "all measured" if each.stage == ALL_STAGES else each.stage
    figures = (_value(each, each.a), _value(each, each.b), _change(each), _noise(each))
    return Row(each.judgement, _SIGNS[each.judgement], each.step, stage, each.figure, *figures)


def _value(each: Difference, value: float | None) -> str:
    if value is None:
        return UNKNOWN
    if each.figure == "good a second":
        return f"{value:.1f}/s"
    return percent(value) if each.figure == "failed" else milliseconds(value)


def _noise(each: Difference) -> str:
    if each.noise is None:
        return UNKNOWN
    return f"± {_value(each, each.noise)}" if each.figure != "failed" else f"± {each.noise * 100:.1f} points"


def _change(each: Difference) -> str:
    if each.figure == "failed" and each.a is not None and each.b is not None:
        return f"{(each.b - each.a) * 100:+.1f} points"
    if each.a is None or each.b is None:
        return UNKNOWN
    if each.figure == "failed":
        return f"{(each.b - each.a) * 100:+.1f} points"
    return UNKNOWN if each.change is None else f"{each.change * 100:+.0f}%"


def _place(each: Difference) -> str:
    where = "" if each.stage == ALL_STAGES else f" in {each.stage}"
    named = {"failed": "failures of ", "good a second": "goodput of "}.get(each.figure)
    return f"{named}{each.step}{where}" if named else f"{each.step} {each.figure}{where}"


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    return [
        "  ".join(f"{cell:{'<' if at < 4 else '>'}{widths[at]}}" for at, cell in enumerate(row)).rstrip()
        for row in cells
    ]
