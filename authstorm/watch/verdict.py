"""The verdict on a run: was it valid, were the objectives met, was every answer correct, and the exit code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from authstorm.plan.schedule import Schedule
from authstorm.watch.exits import Exit, exit_codes
from authstorm.watch.facts import RunFacts
from authstorm.watch.finding import NO_DATA, Finding, Objective, Status
from authstorm.watch.health import Health
from authstorm.watch.objective import Course, default_objectives
from authstorm.watch.tally import Tally
from authstorm.watch.validity import Limits, validity

LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run proved.

    ``validity`` and ``correctness`` hold every rule that was looked at, those that hold too. ``exit_codes`` names all
    that apply, the one that wins first (``(0,)`` for a pass). ``remarks`` are sentences on what speaks against the run
    beside its rules: it was stopped early.
    """

    validity: tuple[Finding, ...]
    objectives: tuple[Objective, ...]
    correctness: tuple[Finding, ...]
    exit_codes: tuple[int, ...]
    remarks: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether the generator delivered the load and measured it well."""
        return not any(finding.fails for finding in self.validity)

    @property
    def met(self) -> bool:
        """Whether every objective is met; never without one."""
        return bool(self.objectives) and all(objective.met for objective in self.objectives)

    @property
    def correct(self) -> bool:
        """Whether no step was answered wrongly."""
        return not any(finding.fails for finding in self.correctness)

    @property
    def exit_code(self) -> int:
        """What the process ends with."""
        return self.exit_codes[0]

    @property
    def passed(self) -> bool:
        """Whether nothing at all speaks against the run."""
        return self.exit_codes == (Exit.PASSED,)

    @property
    def reasons(self) -> tuple[str, ...]:
        """A sentence for everything that speaks against the run, the gravest first, then for every warning."""
        findings = (*self.correctness, *self.validity)
        missed = (f"Missed: {objective.line}. {objective.reason}" for objective in self.objectives if not objective.met)
        warnings = (finding.sentence for finding in findings if finding.status is Status.WARNS)
        return (*(finding.sentence for finding in findings if finding.fails), *missed, *self.remarks, *warnings)


def judge(  # noqa: PLR0913 - a verdict looks at everything
    tally: Tally,
    health: Health,
    schedule: Schedule,
    facts: RunFacts,
    *,
    objectives: tuple[Objective, ...] | None = None,
    limits: Limits = LIMITS,
) -> Verdict:
    """Judge a run by what was measured; the same input gives the same verdict.

    ``objectives`` are those of its plan, judged; where None are given, those that hold without configuration.
    """
    valid = validity(tally, health, schedule, facts, limits)
    if objectives is None:
        objectives = default_objectives(Course(tally, schedule, facts.ended_s))
    correct = correctness(tally)
    against = set(_against(valid, objectives, correct, facts))
    aborted = (f"Stopped early by the rule “{facts.aborted_by}”.",) if facts.aborted_by else ()
    return Verdict(valid, objectives, correct, exit_codes(against), aborted)


def so_far(verdict: Verdict) -> Verdict | None:
    """A verdict on a run that goes on: without what only its end or more data can tell; None with too few steps."""
    if any(finding.code == "samples" and finding.fails for finding in verdict.validity):
        return None
    valid = tuple(finding for finding in verdict.validity if finding.code != "whole-run")
    told = tuple(objective for objective in verdict.objectives if objective.value != NO_DATA)
    return replace(verdict, validity=valid, objectives=told)


def correctness(tally: Tally) -> tuple[Finding, ...]:
    """One finding for each step and code that was answered wrongly, in any stage; one that holds when none was."""
    wrong: dict[tuple[str, str], int] = {}
    for row in tally.code_rows():
        if row.outcome == "wrong":
            wrong[row.step, row.code] = wrong.get((row.step, row.code), 0) + row.count
    if wrong:
        return tuple(
            Finding(code, Status.FAILS, f"{step}: {count:,} answered wrongly ({code}); none may be.")
            for (step, code), count in sorted(wrong.items())
        )
    if not tally.count:
        return (Finding("wrong-answers", Status.UNKNOWN, "No step was measured, so none was checked."),)
    return (Finding("wrong-answers", Status.HOLDS, f"None of {tally.count:,} steps was answered wrongly."),)


def _against(
    valid: Iterable[Finding], objectives: tuple[Objective, ...], correct: Iterable[Finding], facts: RunFacts
) -> Iterator[Exit]:
    """Everything that speaks against a pass; a run without an objective does not meet any."""
    if any(finding.fails for finding in correct):
        yield Exit.WRONG
    if facts.aborted_by:
        yield Exit.ABORTED
    if facts.interrupted:
        yield Exit.INTERRUPTED
    if any(finding.fails for finding in valid):
        yield Exit.NOT_VALID
    missed = [objective for objective in objectives if not objective.met]
    if not objectives or not all(objective.against_run for objective in missed):
        yield Exit.OBJECTIVE
    if any(objective.against_run for objective in missed):
        yield Exit.REGRESSION
