"""Guesses at passwords, stage by stage, and how good users fared beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from authstorm.plan.expectation import GUESS
from authstorm.plan.schedule import Schedule
from authstorm.report.facts import Guessed
from authstorm.report.words import percent, whole
from authstorm.watch.rows import StepRow


def guessed_of(schedule: Schedule, rows: Sequence[Sequence[StepRow]]) -> tuple[Guessed, ...]:
    """Every stage in order, from the rows of each; () where nobody guessed."""
    stages = [_guessed(stage.name, each) for stage, each in zip(schedule.stages, rows, strict=True)]
    return tuple(stages) if any(stage.guesses for stage in stages) else ()


def guessing_told(stages: Iterable[Guessed]) -> str:
    """What came of the guesses, and whom they locked out, in two sentences; "" where nobody guessed."""
    stages = list(stages)
    if not stages:
        return ""
    guesses, refused, let_in = (
        sum(getattr(stage, name) for stage in stages) for name in ("guesses", "refused", "let_in")
    )
    locked_out, sign_ins = sum(stage.locked_out for stage in stages), sum(stage.sign_ins for stage in stages)
    others = guesses - refused - let_in
    rest = f", {whole(others)} limited or unanswered" if others else ""
    if locked_out:
        fate = f"{whole(locked_out)} ({percent(locked_out / sign_ins)}) were refused, as when guesses lock accounts"
    else:
        fate = "none was refused"
    return (
        f"Of {whole(guesses)} guesses at passwords {whole(refused)} were refused, {whole(let_in)} let in{rest}. "
        f"Of {whole(sign_ins)} sign-ins of good users {fate}."
    )


def _guessed(stage: str, rows: Sequence[StepRow]) -> Guessed:
    named = {row.step: row for row in rows}
    guess, login, before = (_deciding(named, step) for step in (GUESS, "login", "sign-in"))
    good_users = [row for row in (login, before) if row is not None]
    return Guessed(
        stage=stage,
        guesses=guess.count if guess else 0,
        refused=guess.refused if guess else 0,
        let_in=named[f"{GUESS}: code"].wrong if f"{GUESS}: code" in named else guess.wrong if guess else 0,
        sign_ins=sum(row.count for row in good_users),
        good_share=login.share("good") if login else None,
        p99_ms=None if login is None or login.latency.p99_ms is None else round(login.latency.p99_ms, 2),
        locked_out=sum(row.refused for row in good_users),
    )


def _deciding(named: dict[str, StepRow], step: str) -> StepRow | None:
    """The row of the exchange that carries the password; where there is none, the first page has failed for all."""
    return named.get(step) or named.get(f"{step}: credentials")
