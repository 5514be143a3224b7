"""What a reader asks first, answered in a line or two each: which service, which load, what failed, which recovery."""

from __future__ import annotations

from collections.abc import Iterator

from authstorm.report.facts import ALL_STAGES, Code, Resilience, Summary
from authstorm.report.told import storm_told
from authstorm.report.words import seconds, whole


def brief(summary: Summary, peak_offered: int) -> list[tuple[str, str]]:
    """Question and answer; what nothing is known of is left out."""
    return list(_answers(summary, peak_offered))


def _answers(summary: Summary, peak_offered: int) -> Iterator[tuple[str, str]]:
    run = summary.run
    yield "Service", f"{run.target}, at {run.target_url}" if run.target_url else run.target
    yield "Load", _load(summary, peak_offered)
    if any(row.count for row in summary.steps):
        yield "What failed", _failed(summary)
    if storm := _storm(summary.resilience):
        yield "Recovery", storm


def _load(summary: Summary, peak_offered: int) -> str:
    run = summary.run
    visits = sum(stage.offered or 0 for stage in summary.stages)
    made = f"{whole(visits)} visits" if visits else f"{whole(sum(stage.steps for stage in summary.stages))} steps"
    peak = f", at most {whole(peak_offered)} in a second" if peak_offered else ""
    about = f" {run.about}" if run.about else ""
    return f"{run.profile}: {made} in {seconds(round(run.elapsed_s))}{peak}.{about}"


def _failed(summary: Summary) -> str:
    """The most frequent kind of failure, of how many steps, when, and how many others there were."""
    failing = sorted(filter(_unasked, summary.codes), key=_unasked, reverse=True)
    if not failing:
        return "Nothing: every step ended as it was asked to."
    first = failing[0]
    made = sum(row.count for row in summary.steps if row.step == first.step and row.stage != ALL_STAGES)
    others = sum(map(_unasked, failing[1:]))
    rest = f" {whole(others)} more ended badly in other ways." if others else ""
    return f"{whole(_unasked(first))} of {whole(made)} {first.step} steps were {first.outcome}, {_when(first)}.{rest}"


def _unasked(code: Code) -> int:
    """How many did not end so because it was asked for."""
    return code.count if code.outcome == "wrong" else code.count - code.expected


def _when(code: Code) -> str:
    """Its code, what that means, and between which seconds it was seen."""
    meaning = code.meaning.replace("`", "").rstrip(".")
    named = f"{code.code} ({meaning})" if meaning else code.code
    return f"with the code {named}, from {code.first_s} to {code.last_s + 1} s after the start"


def _storm(storm: Resilience) -> str:
    if storm.onset_s is None and storm.recovery_s == 0:
        return "None was needed: failures and latency stayed in the band in which they were before the storm."
    return storm_told(storm)
