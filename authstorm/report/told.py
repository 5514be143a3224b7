"""The verdict in plain words: three answers with their reasons, one headline, and why a run is only a part of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from authstorm.report.facts import Resilience, Rule, VerdictPart, Verdicts
from authstorm.report.words import listed, percent, seconds
from authstorm.watch.facts import RunFacts
from authstorm.watch.finding import Finding, Objective, Status
from authstorm.watch.probing import SEARCH
from authstorm.watch.verdict import Verdict

NOT_JUDGED = VerdictPart("unknown", ("Not judged yet: the run had not ended when this was written.",))

WARNING: Final = "Warning: "
"""What a reason begins with that leaves an answer as it is."""
_BY_EXIT_CODE: Final[Mapping[int | None, str]] = {
    1: "Something inside the suite failed: do not trust this run.",
    2: "The run could not start: its configuration is wrong.",
    3: "The target does not hold: it missed its objectives.",
    5: "This run proves nothing: the load was not delivered or not measured well enough.",
    6: "The target did not answer.",
    7: "The target holds, but it got worse than the baseline run.",
    8: "The target gave wrong answers under load.",
}


def rule_of_finding(finding: Finding) -> Rule:
    """A finding as a row."""
    return Rule(finding.code, finding.status.value, "", finding.sentence)


def rule_of_objective(objective: Objective) -> Rule:
    """An objective as a row."""
    return Rule(objective.line, "holds" if objective.met else "fails", objective.value, objective.reason)


def verdicts(verdict: Verdict | None) -> Verdicts:
    """The three answers; all unknown without a verdict."""
    if verdict is None:
        return Verdicts(NOT_JUDGED, NOT_JUDGED, NOT_JUDGED)
    return Verdicts(
        _judged(verdict.valid, verdict.validity, "The load was delivered and measured well: {}."),
        _objectives(verdict),
        _judged(verdict.correct, verdict.correctness, "No step was answered wrongly: {}."),
    )


def headline(told: Verdicts, exit_code: int | None, partial_because: str) -> str:
    """The verdict in one sentence, for the top of every file."""
    if partial_because:
        wrong = f" {_BY_EXIT_CODE[8]}" if told.correct.answer == "no" else ""
        return f"Only a part of a run: {partial_because}.{wrong}"
    if exit_code in _BY_EXIT_CODE:
        return _BY_EXIT_CODE[exit_code]
    if told.objectives.answer == "yes":
        return "The target holds: " + listed(_praise(told)) + "."
    return "The load was delivered, but no objective says whether the target holds."


def storm_told(storm: Resilience) -> str:
    """How the target took the storm, in a sentence; "" where nothing happened to it."""
    if storm.onset_s is None:
        return ""
    since = "the first bad second" if storm.recovery_from_s == storm.onset_s else "the end of the spike"
    noticed = "" if storm.detect_s is None else f", an alert fired {seconds(storm.detect_s)} later"
    if storm.recovery_s:
        at_s = (storm.recovery_from_s or 0.0) + storm.recovery_s
        end = f"recovered at {seconds(at_s)}, {seconds(storm.recovery_s)} after {since}"
    elif storm.recovery_s is not None:
        end = f"was over with {since}"
    else:
        end = f"had not recovered {seconds(storm.recovery_at_least_s)} after {since}, when the run ended"
    left = storm.retained_goodput
    kept = "" if left is None else f" While it hurt, {percent(left)} of what was asked for ended well."
    return f"It began to hurt at {seconds(storm.onset_s)}{noticed}, and it {end}.{kept}"


def partial_because(run: RunFacts, complete: bool) -> str:
    """Why the run is not whole, as a clause; "" when it is."""
    if run.interrupted:
        return f"it was interrupted after {run.ended_s:.0f} s"
    if run.aborted_by:
        return f"it was stopped after {run.ended_s:.0f} s by the rule “{run.aborted_by}”"
    return "" if complete else f"it was still going when this was written, {run.ended_s:.0f} s after its start"


def _praise(told: Verdicts) -> list[str]:
    correct = ["every answer was correct"] if told.correct.answer == "yes" else []
    return ["the load was delivered", "every objective is met", *correct]


def _judged(stands: bool, findings: Sequence[Finding], all_well: str) -> VerdictPart:
    """Failures before warnings before what could not be judged; a good word when there is none of them."""
    reasons = [
        intro + finding.sentence
        for status, intro in ((Status.FAILS, ""), (Status.WARNS, WARNING), (Status.UNKNOWN, ""))
        for finding in findings
        if finding.status is status
    ]
    reasons = list(dict.fromkeys(reasons))  # two rules may say the same
    judged = [finding for finding in findings if finding.status is not Status.UNKNOWN]
    if not judged:
        return VerdictPart("unknown", tuple(reasons) or ("There was nothing to judge by.",))
    if not stands:
        return VerdictPart("no", tuple(reasons))
    return VerdictPart("yes", (all_well.format(_held(judged)), *reasons))


def _held(judged: Sequence[Finding]) -> str:
    """How many of the rules that could be judged hold."""
    holding = sum(finding.status is Status.HOLDS for finding in judged)
    if holding < len(judged):
        return f"{holding} of {len(judged)} rules hold"
    return "the one rule holds" if len(judged) == 1 else f"all {len(judged)} rules hold"


def _objectives(verdict: Verdict) -> VerdictPart:
    if not verdict.objectives:
        return VerdictPart("unknown", ("No objective was given, so none is met.",))
    missed = tuple(f"{each.line}: {each.reason}" for each in verdict.objectives if not each.met)
    number = len(verdict.objectives)
    met = "The one objective is met." if number == 1 else f"All {number} objectives are met."
    found = tuple(f"{each.line}: {each.reason}" for each in verdict.objectives if each.line.startswith(SEARCH))
    return VerdictPart("yes", (met, *found)) if verdict.met else VerdictPart("no", missed)
