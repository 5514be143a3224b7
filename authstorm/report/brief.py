"""What a reader asks first, in a line or two each: which service and load, what failed, which recovery, what trust."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from authstorm.report.facts import Code, Resilience, Stage, Summary, VerdictPart
from authstorm.report.told import WARNING, storm_told
from authstorm.report.words import seconds, whole

MOST_STAGES: Final = 5
"""So many are named with their rates, for a line or two has room for no more."""
_ENDED: Final = {"shed": "shed (turned away)", "wrong": "answered wrongly"}


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
    if summary.complete:
        yield "Trust", _trust(summary.verdicts.valid)


def _load(summary: Summary, peak_offered: int) -> str:
    run = summary.run
    visits = sum(stage.offered or 0 for stage in summary.stages)
    made = f"{whole(visits)} visits" if visits else f"{whole(sum(stage.steps for stage in summary.stages))} steps"
    peak = f", at most {whole(peak_offered)} in a second" if peak_offered else ""
    about = f" {run.about}" if run.about else ""
    return f"{run.profile}: {made} in {seconds(round(run.elapsed_s))}{peak}{_rates(summary.stages)}.{about}"


def _rates(stages: Sequence[Stage]) -> str:
    """What came on average in each measured stage, and how long; "" where they are many, or nothing is known of it."""
    known = [
        f"{stage.name} {stage.offered / (stage.end_s - stage.start_s):.3g}/s for {seconds(stage.end_s - stage.start_s)}"
        for stage in stages
        if stage.measured and stage.offered is not None and stage.end_s > stage.start_s
    ]
    return f": {', '.join(known)}" if 0 < len(known) <= MOST_STAGES else ""


def _failed(summary: Summary) -> str:
    """The most frequent kind of failure, of how many steps, when, and how many others there were."""
    failing = sorted(filter(_unasked, summary.codes), key=_unasked, reverse=True)
    if not failing:
        missed = summary.verdicts.objectives.answer == "no"
        return "No step: every one ended as it was asked to" + (", but not every rule held." if missed else ".")
    first = failing[0]
    where = [stage.name for stage in summary.stages if stage.start_s <= first.last_s and stage.end_s > first.first_s]
    if len(where) > 1:
        where = [stage.name for stage in summary.stages]
    made = sum(row.count for row in summary.steps if row.step == first.step and row.stage in where)
    inside = f" in {where[0]}" if len(where) == 1 else ""
    how = _ENDED.get(first.outcome, first.outcome)
    said = f"{whole(_unasked(first))} of {whole(made)} {first.step} steps{inside} were {how}, {_when(first)}."
    return said + _others(first, failing[1:])


def _others(first: Code, rest: Sequence[Code]) -> str:
    """How many steps of other kinds failed, and whether in the same way."""
    if not rest:
        return ""
    number = whole(sum(map(_unasked, rest)))
    alike = {code.outcome for code in rest} == {first.outcome}
    return f" {number} other steps were {first.outcome}, too." if alike else f" {number} other steps failed, too."


def _trust(valid: VerdictPart) -> str:
    """Whether the run is evidence, and what it is no evidence of."""
    if valid.answer == "yes":
        doubts = [reason.removeprefix(WARNING) for reason in valid.reasons if reason.startswith(WARNING)]
        return f"The run is valid, with a doubt: {' '.join(doubts)}" if doubts else "The run is valid."
    said = "The run is no evidence: " if valid.answer == "no" else "It cannot be told: "
    return said + " ".join(reason for reason in valid.reasons if not reason.startswith(WARNING))


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
