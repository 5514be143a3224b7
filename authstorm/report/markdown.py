"""``summary.md``: the run for people who read it in a terminal or in a pipeline's step summary (below 60 kB)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from authstorm.report.brief import brief
from authstorm.report.facts import ALL_STAGES, Rule, Stage, Step, Summary, VerdictPart
from authstorm.report.guessing import guessing_told
from authstorm.report.tiles import facts, generator_tiles, tiles
from authstorm.report.words import answer_word, milliseconds, per_second, percent, seconds, whole

LIMIT_BYTES: Final = 60_000
"""A step summary or a comment that is longer is refused or cut by the sites that show it."""

GUESSES_BESIDE: Final = "Guesses at passwords, and good users beside them"

_SIGNS: Final = {"holds": "✅", "warns": "⚠️", "fails": "❌", "unknown": "❔", "yes": "✅", "no": "❌"}


def summary_markdown(summary: Summary, peak_offered: int) -> str:
    """The text of ``summary.md``; what does not fit is left out from the end, and says so."""
    parts = [
        _head(summary, peak_offered),
        _rules(summary),
        _numbers(summary, peak_offered),
        _stages(summary.stages),
        _steps("Steps, all measured stages", [row for row in summary.steps if row.stage == ALL_STAGES]),
        _guessing(summary),
        _codes(summary),
        _wrongs(summary),
        _alerts(summary),
        _receivers(summary),
        _slowest(summary),
        _run(summary),
        _steps("Steps by stage", [row for row in summary.steps if row.stage != ALL_STAGES]),
    ]
    text = ""
    for part in parts:
        if len((text + part).encode()) > LIMIT_BYTES - 200:
            return text + "\nThere is more in report.html and summary.json: it does not fit here.\n"
        text += part
    return text


def _head(summary: Summary, peak_offered: int) -> str:
    told = summary.verdicts
    lines = [f"# {_plain(summary.headline)}", ""]
    if not summary.complete:
        lines += [f"> **Partial:** {_plain(summary.partial_because)}. What follows was measured until then.", ""]
    code = "none yet" if summary.exit_code is None else str(summary.exit_code)
    lines += [f"{_plain(summary.run.profile)} against {_plain(summary.run.target)}, {summary.run.started_utc}. "]
    lines += [f"Exit code **{code}**: {summary.exit_meaning}.", ""]
    lines += [f"**{question}:** {_plain(answer)}\n" for question, answer in brief(summary, peak_offered)]
    named = (("Valid", told.valid), ("Objectives met", told.objectives), ("Correct", told.correct))
    return "\n".join((*lines, *(_verdict(name, part) for name, part in named))) + "\n"


def _verdict(name: str, part: VerdictPart) -> str:
    reasons = "".join(f"\n  - {_plain(reason)}" for reason in part.reasons[:20])
    return f"- {_SIGNS[part.answer]} **{name}: {answer_word(part.answer)}**{reasons}"


def _rules(summary: Summary) -> str:
    titled = (("Objectives", summary.objectives), ("Correctness", summary.correctness), ("Validity", summary.validity))
    return "".join(
        _table(title, ("State", "Rule", "Measured", "How it came out"), (_rule(rule) for rule in rules), "llll")
        for title, rules in titled
        if rules
    )


def _rule(rule: Rule) -> tuple[str, ...]:
    return (f"{_SIGNS[rule.state]} {rule.state}", rule.name, rule.value, rule.reason)


def _numbers(summary: Summary, peak_offered: int) -> str:
    shown = (*tiles(summary, peak_offered), *generator_tiles(summary.generator))
    return _table(
        "In numbers", ("What", "Value", "Of what"), ((tile.name, tile.value, tile.note) for tile in shown), "lrl"
    )


def _stages(stages: Sequence[Stage]) -> str:
    columns = ("Stage", "From", "To", "Offered", "Started", "Dropped", "Steps", "Good", "Failed", "Good a second")
    return _table("Stages", columns, (_stage(stage) for stage in stages))


def _stage(stage: Stage) -> tuple[str, ...]:
    counts = (stage.offered, stage.started, stage.dropped, stage.steps, stage.good, stage.failed)
    name = stage.name if stage.measured else f"{stage.name} (not measured)"
    return (name, seconds(stage.start_s), seconds(stage.end_s), *map(whole, counts), per_second(stage.good_per_s))


def _steps(title: str, rows: Sequence[Step]) -> str:
    columns = ("Step", "Stage", "Count", "Good", "Failed", "p50", "p95", "p99", "max", "p95 of the rest")
    return _table(title, columns, (_step(row) for row in rows), "ll")


def _step(row: Step) -> tuple[str, ...]:
    success = row.success
    figures = (success.p50_ms, success.p95_ms, success.p99_ms, success.max_ms, row.failure.p95_ms)
    counts = (whole(row.count), percent(row.good_share), whole(row.failed))
    return (row.step, row.stage, *counts, *map(milliseconds, figures))


def _guessing(summary: Summary) -> str:
    columns = ("Stage", "Guesses", "Refused", "Let in", "Sign-ins of good users", "Good", "p99", "Locked out")
    rows = (
        (
            *(row.stage, whole(row.guesses), whole(row.refused), whole(row.let_in), whole(row.sign_ins)),
            *(percent(row.good_share), milliseconds(row.p99_ms), whole(row.locked_out)),
        )
        for row in summary.guessing
    )
    return _table(GUESSES_BESIDE, columns, rows) + f"\n{guessing_told(summary.guessing)}\n" if summary.guessing else ""


def _codes(summary: Summary) -> str:
    columns = ("Step", "Outcome", "Code", "Meaning", "Count", "Expected", "Seen")
    rows = (
        (
            *(code.step, code.outcome, code.code, code.meaning or code.code, whole(code.count), whole(code.expected)),
            f"{code.first_s}\u2013{code.last_s + 1} s",
        )
        for code in summary.codes[:40]
    )
    return _table("Failures and refusals by code", columns, rows, "llll") if summary.codes else ""


def _wrongs(summary: Summary) -> str:
    columns = ("Second", "UTC", "Step", "Code", "For", "What was looked at", "Should be", "Is", "Trace ID")
    rows = (
        (
            *(str(wrong.second), wrong.at_utc, wrong.step, wrong.code, wrong.identity),
            *(wrong.what, wrong.expected, wrong.got, wrong.trace or "not sent"),
        )
        for wrong in summary.wrongs
    )
    return _table("The first wrong answers", columns, rows, "rllllllll") if summary.wrongs else ""


def _alerts(summary: Summary) -> str:
    columns = ("Rule", "Severity", "What was measured", "Bad since", "Fired", "Resolved")
    rows = (
        (
            alert.rule,
            alert.severity,
            alert.sentence,
            *map(seconds, (alert.bad_since_s, alert.fired_s, alert.resolved_s)),
        )
        for alert in summary.alerts[:40]
    )
    return _table("Alerts", columns, rows, "lll") if summary.alerts else ""


def _receivers(summary: Summary) -> str:
    columns = ("Receiver", "Why not", "Delivered", "Not delivered", "Slowest")
    rows = (
        (each.name, each.why, whole(each.delivered), whole(each.undelivered), seconds(each.slowest_s))
        for each in summary.receivers
    )
    return _table("Who was told", columns, rows, "ll") if summary.receivers else ""


def _slowest(summary: Summary) -> str:
    columns = ("Step", "Stage", "Outcome", "Code", "Second", "Latency")
    rows = (
        (slow.step, slow.stage, slow.outcome, slow.code, str(slow.second), milliseconds(slow.latency_ms))
        for slow in summary.slowest[:10]
    )
    return _table("The slowest single steps", columns, rows, "llll") if summary.slowest else ""


def _run(summary: Summary) -> str:
    return _table("The run", ("What", "Value"), facts(summary), "ll")


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], left: str = "l") -> str:
    """A heading and a table; the first ``len(left)`` columns stand left unless ``left`` says r, the others right."""
    return "\n".join(_table_lines(title, columns, rows, left)) + "\n"


def _table_lines(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], left: str) -> Iterator[str]:
    yield f"\n## {title}\n"
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "|".join(" --- " if side == "l" else " ---: " for side in left.ljust(len(columns), "r")) + "|"
    for row in rows:
        yield "| " + " | ".join(_plain(cell) for cell in row) + " |"


def _plain(text: str) -> str:
    """One line without the characters that Markdown or HTML would take as its own."""
    flat = " ".join(text.split())
    for sign in "\\`*_[]<>|#":
        flat = flat.replace(sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign])
    return flat
