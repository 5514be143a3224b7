"""What the terminal shows: before the run everything that decides its result, after it the verdict. Plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from shutil import get_terminal_size
from textwrap import wrap
from typing import Final

from authstorm.report.facts import ALL_STAGES, Step, Summary, VerdictPart, Verdicts
from authstorm.report.guessing import guessing_told
from authstorm.report.plan_facts import PlanFacts
from authstorm.report.told import storm_told, verdicts
from authstorm.report.words import (
    UNKNOWN,
    answer_word,
    exit_meaning,
    milliseconds,
    per_second,
    percent,
    seconds,
    whole,
)
from authstorm.watch.exits import with_failure
from authstorm.watch.verdict import Verdict

WIDTH: Final = 100
"""Lines are no longer than this, nor than the terminal is wide, but for tables, names and paths."""

_SIGNS: Final = {"yes": "[ ok ]", "no": "[FAIL]", "unknown": "[  ? ]"}


def header(plan: PlanFacts, workers: int, folder: Path, width: int = WIDTH) -> str:
    """Who comes, when, and where to: shown before the first request."""
    lines = [
        f"Authstorm: {plan.profile} against {plan.target}" + (f" ({plan.target_url})" if plan.target_url else ""),
        *wrap(plan.about, width),
        "",
        *_table([("stage", "from", "for", "arrivals", "most a second"), *_stages(plan)], "<>>>>"),
        "",
        ", ".join((f"{_whole(plan)} in all", _planned(plan), *_made(plan, workers))),
        f"report: {folder}",
    ]
    return "\n".join(lines) + "\n"


def notes_text(notes: Iterable[str], width: int = WIDTH) -> str:
    """What the plan should be read with: a paragraph a note, broken at words."""
    broken = (
        wrap(f"note: {note}", width, subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False)
        for note in notes
    )
    return "".join(f"{line}\n" for lines in broken for line in lines)


def verdict_text(summary: Summary, folder: Path, width: int = WIDTH) -> str:
    """The three verdicts with reasons, the steps, where the report is and what the exit code means."""
    told = summary.verdicts
    lines = [*wrap(summary.headline, width), ""]
    lines += _three(told, width)
    rows = [row for row in summary.steps if row.stage == ALL_STAGES]
    lines += ["", *_table([("step", "count", "good", "failed", "p50", "p95", "p99"), *map(_step, rows)], "<>>>>>>")]
    for sentence in filter(None, (storm_told(summary.resilience), guessing_told(summary.guessing), *_untold(summary))):
        lines += ["", *wrap(sentence, width)]
    lines += ["", f"report: {folder / 'report.html'}", _exit(summary)]
    return "\n".join(lines) + "\n"


def unwritten_text(verdict: Verdict, folder: Path, error: OSError, width: int = WIDTH) -> str:
    """The verdict on a run whose report could not be written, and why not."""
    told, codes = verdicts(verdict), with_failure(verdict.exit_codes)
    lines = [*_three(told, width), ""]
    lines += wrap(f"The report could not be written: {error.strerror}. What its folder holds is older.", width)
    return "\n".join((*lines, f"folder: {folder}", _code(codes[0], exit_meaning(codes[0]), codes[1:]))) + "\n"


def terminal_width() -> int:
    """How long a line of text may be on this terminal; ``WIDTH`` where there is none."""
    return min(WIDTH, max(40, get_terminal_size((WIDTH, 24)).columns))


def _stages(plan: PlanFacts) -> Iterable[tuple[str, ...]]:
    each_second = [sum(second.values()) for second in plan.schedule.offered_each_second()]
    for stage, counts in zip(plan.schedule.stages, plan.schedule.offered_by_stage(), strict=True):
        inside = each_second[round(stage.start_s) : round(stage.end_s)]
        arrivals = (whole(sum(counts.values())), per_second(max(inside, default=0)))
        name = stage.name if stage.measured else f"{stage.name} (not measured)"
        known = arrivals if plan.schedule.model == "open" else (UNKNOWN, UNKNOWN)
        if plan.schedule.search is not None and stage is plan.schedule.stages[-1]:
            known = (UNKNOWN, per_second(plan.schedule.search.highest))
        yield (name, seconds(stage.start_s), seconds(stage.end_s - stage.start_s), *known)


def _whole(plan: PlanFacts) -> str:
    """How long the run takes: a search ends when it has found what it looks for."""
    return ("" if plan.schedule.search is None else "at most ") + seconds(plan.schedule.duration_s)


def _planned(plan: PlanFacts) -> str:
    if plan.schedule.search is not None:
        return f"a search of at most {plan.schedule.search.most_probes} probes"
    if plan.schedule.model != "open":
        return "closed model"
    return f"{whole(sum(stream.total for stream in plan.schedule.streams))} arrivals"


def _made(plan: PlanFacts, workers: int) -> tuple[str, str]:
    """By how many, and from which seed."""
    return (f"{workers} worker{'s' if workers != 1 else ''}", f"seed {UNKNOWN if plan.seed is None else plan.seed}")


def _three(told: Verdicts, width: int) -> list[str]:
    named = (("valid", told.valid), ("objectives met", told.objectives), ("correct", told.correct))
    return [line for name, part in named for line in _verdict(name, part, width)]


def _verdict(name: str, part: VerdictPart, width: int) -> list[str]:
    lines = [f"{_SIGNS[part.answer]} {name}: {answer_word(part.answer)}"]
    for reason in part.reasons:
        lines += wrap(reason, width, initial_indent=" " * 9 + "- ", subsequent_indent=" " * 11)
    return lines


def _untold(summary: Summary) -> Iterable[str]:
    """What could not be delivered to whom, and why."""
    for receiver in summary.receivers:
        if receiver.undelivered:
            all_of_it = receiver.delivered + receiver.undelivered
            yield f"{receiver.name} was not told {receiver.undelivered} of {all_of_it} notices: {receiver.why}"


def _step(row: Step) -> tuple[str, ...]:
    success = row.success
    figures = map(milliseconds, (success.p50_ms, success.p95_ms, success.p99_ms))
    return (row.step, whole(row.count), percent(row.good_share), whole(row.failed), *figures)


def _exit(summary: Summary) -> str:
    if summary.exit_code is None:
        return f"no exit code: {summary.exit_meaning}"
    return _code(summary.exit_code, summary.exit_meaning, summary.exit_codes[1:])


def _code(code: int, meaning: str, rest: Sequence[int]) -> str:
    others = ", ".join(map(str, rest))
    return f"exit code {code}: {meaning}" + (f" (also applies: {others})" if others else "")


def _table(rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    """Aligned columns; ``sides`` holds ``<`` or ``>`` for each."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(sides))]
    return [
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in rows
    ]
