"""A plan on one page of plain text: the picture, the stages, totals, and what there is to say about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import ceil
from textwrap import wrap
from typing import Final

from authstorm.plan.census import arrivals_by_stage, whole_load
from authstorm.plan.drawing import draw, grouped
from authstorm.plan.expectation import renewals_each_second, sign_ins_each_second
from authstorm.plan.piece_of_advice import Advice
from authstorm.plan.rehearsal import Rehearsal
from authstorm.plan.schedule import Stage
from authstorm.plan.units import show_duration

PAGE_WIDTH: Final = 100
"""Where the page is no terminal's."""
MOST_ROWS: Final = 40
"""A table has no more rows than this; a profile can repeat its stages a thousand times."""
LEAST_NAME: Final = 8
"""No stage's name is cut shorter than this."""
LEAST_HEADING: Final = 5


def overview(plan: Rehearsal, advice: Sequence[Advice], width: int = PAGE_WIDTH) -> str:
    """The whole page; ends with whether the plan can work."""
    profile, target = plan.profile, plan.target
    parts = [
        [*wrap(f"{profile.name} against {target.name} ({target.url})", width), *wrap(profile.about, width)],
        draw(plan.schedule, width, renewals_each_second(plan)),
        [*_table(list(islice(_stages(plan), MOST_ROWS + 1)), width), *_further(plan)],
        [line for text in _totals(plan) for line in wrap(text, width, subsequent_indent=" " * 10)],
        [line for piece in advice for line in _told(piece, width)]
        + [line for warning in plan.warnings for line in _noted(warning, width)],
        [_conclusion(advice, len(plan.warnings))],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _stages(plan: Rehearsal) -> Iterator[list[str]]:
    """The table's rows: arrivals that are planned in a stage, or the most users that it has in a closed model."""
    schedule = plan.schedule
    is_open, load, made = schedule.model == "open", whole_load(schedule), arrivals_by_stage(schedule)
    yield ["", "stage", "from", "for", *plan.scenarios, *(("all", "peak") if is_open else ("users",)), "measured"]
    for number, (stage, counts) in enumerate(zip(schedule.stages, made, strict=True), 1):
        if schedule.search is not None and stage is schedule.stages[-1]:
            loads = ["?"] * (len(plan.scenarios) + 1) + [f"{grouped(schedule.search.highest)}/s"]
        elif is_open:
            peak = load.highest(stage.start_s, stage.end_s)
            loads = [grouped(counts[name]) for name in plan.scenarios] + [grouped(counts.total()), f"{grouped(peak)}/s"]
        else:
            users = [_users(plan, stage, name) for name in plan.scenarios]
            loads = [grouped(number) for number in (*users, max(map(sum, _seconds(plan, stage)), default=0))]
        times = [_time(stage.start_s), _time(stage.end_s - stage.start_s)]
        yield [str(number), stage.name, *times, *loads, "yes" if stage.measured else "no"]


def _further(plan: Rehearsal) -> list[str]:
    more = len(plan.schedule.stages) - MOST_ROWS
    return [f"and {more} more stages"] if more > 0 else []


def _seconds(plan: Rehearsal, stage: Stage) -> list[list[int]]:
    """The users of a closed plan in each second of a stage."""
    inside = plan.pool.each_second[int(stage.start_s) : max(ceil(stage.end_s), int(stage.start_s) + 1)]
    return [list(second.values()) for second in inside]


def _users(plan: Rehearsal, stage: Stage, scenario: str) -> int:
    inside = plan.pool.each_second[int(stage.start_s) : max(ceil(stage.end_s), int(stage.start_s) + 1)]
    return max((second[scenario] for second in inside), default=0)


def _totals(plan: Rehearsal) -> Iterator[str]:
    schedule, profile = plan.schedule, plan.profile
    unmeasured_s = sum(stage.end_s - stage.start_s for stage in schedule.stages if not stage.measured)
    aside = f", {_time(unmeasured_s)} of it not measured" if unmeasured_s else ""
    if schedule.search is not None:
        search = schedule.search
        yield f"time      at most {_time(schedule.duration_s)}{aside}: a search of at most {search.most_probes} probes"
        yield f"rule      {search.rule.line}"
    else:
        yield f"time      {_time(schedule.duration_s)}{aside}"
    peak = whole_load(schedule).peak
    if schedule.model == "open":
        total = sum(stream.total for stream in schedule.streams)
        yield f"arrivals  {grouped(total)} planned ({profile.spacing}), {grouped(peak)}/s at the peak"
    else:
        yield f"users     {grouped(peak)} at the peak, who take turns (closed); think {show_duration(profile.think_s)}"
    if renewals := renewals_each_second(plan):
        yield f"renewals  {grouped(round(sum(renewals)))} come due, {grouped(round(max(renewals)))}/s at the most"
    if sign_ins := sign_ins_each_second(plan):
        yield f"sign-ins  {grouped(sum(sign_ins))} before first visits, {grouped(max(sign_ins))}/s at the most"
    each = ", ".join(f"{grouped(count)} {name}" for name, count in plan.pool.peak.items())
    kept = f", for visits of {show_duration(profile.visit_s)}" if profile.open else ""
    yield f"visitors  {grouped(sum(plan.pool.peak.values()))} at most ({each}){kept}"
    yield f"accounts  {grouped(plan.people)} needed, {grouped(plan.target.accounts.count)} there"
    yield f"plan      {plan.hash}, seed {profile.seed}, scale {plan.scale:g}, client {profile.client}"


def _told(piece: Advice, width: int) -> list[str]:
    sign = "[note]" if piece.works else "[STOP]"
    lines = wrap(f"{sign} {piece.code}: {piece.sentence}", width, subsequent_indent=" " * 7)
    return [*lines, *wrap(f"right: {piece.right}", width, initial_indent=" " * 7, subsequent_indent=" " * 14)]


def _noted(warning: str, width: int) -> list[str]:
    return wrap(f"[note] {warning}", width, subsequent_indent=" " * 7)


def _conclusion(advice: Sequence[Advice], warnings: int) -> str:
    hindrances = sum(not piece.works for piece in advice)
    notes = len(advice) - hindrances + warnings
    if hindrances:
        return f"This plan cannot work, for {hindrances} reason{'s' if hindrances > 1 else ''} above under [STOP]."
    return "This plan can work" + (f"; {notes} note{'s' if notes > 1 else ''} above." if notes else ".")


def _time(seconds: float) -> str:
    """A moment or a length: ``7.5s``, ``2m30s``, ``1h``."""
    if seconds < 120:
        return show_duration(round(seconds, 1))
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return "".join(f"{amount}{unit}" for amount, unit in ((hours, "h"), (minutes, "m"), (left, "s")) if amount)


def _table(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Aligned columns: the stage's name to the left, everything else to the right.

    Where the width is too small they move together; then long names are cut, and headings, but never a number.
    """
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    gap = "  " if sum(widths) + 2 * len(widths) - 2 <= width else " "
    over = sum(widths) + len(gap) * (len(widths) - 1) - width
    widths[1] = max(min(widths[1], LEAST_NAME), widths[1] - max(0, over))
    least = [max(LEAST_HEADING, *(len(row[index]) for row in rows[1:])) for index in range(len(widths))]
    while sum(widths) + len(gap) * (len(widths) - 1) > width:
        room, widest = max((most - need, -index) for index, (most, need) in enumerate(zip(widths, least, strict=True)))
        if room <= 0:
            break
        widths[-widest] -= 1
    return [
        gap.join(
            f"{_cut(cell, most):{'<' if index == 1 else '>'}{most}}"
            for index, (cell, most) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}~"
