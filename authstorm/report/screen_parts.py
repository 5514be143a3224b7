"""What stands on the live screen, as rich's renderables: a pure picture of one view of the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from authstorm.plan.schedule import Schedule
from authstorm.report.live_view import LiveStep, LiveView
from authstorm.report.words import milliseconds, per_second, percent, seconds, whole
from authstorm.watch.facts import AlertSpan

MARGIN: Final = 1
ROOMY: Final = 70
"""Below this many columns, words wrap and tables stand closer."""

_BARS: Final = "▁▂▃▄▅▆▇█"
_SIGNS: Final = {"good": "●", "refused": "○", "shed": "◇", "broken": "▲", "wrong": "✕"}
_STYLES: Final = {"good": "cyan", "refused": "", "shed": "yellow", "broken": "red", "wrong": "bold magenta"}
_DRAWN: Final = (*_BARS, "╵", "─")
_FIXED_ROWS: Final = 13
"""Rows of the screen beside those of steps and alerts; one of them stays free below."""


def picture(
    schedule: Schedule, title: str, view: LiveView, alerts: Sequence[AlertSpan], size: tuple[int, int]
) -> RenderableType:
    """The whole screen, in ``size`` columns and rows at the most."""
    inner, height = size[0] - 2 * MARGIN, size[1]
    room = max(1, height - _FIXED_ROWS)
    shown_alerts = alerts_lines(alerts, view.now_s, max(1, room // 3))
    rows: list[RenderableType] = [
        Text("─" * inner, style="dim"),
        _ends(*stage_words(schedule, title, view.now_s), inner),
        plan_line(schedule, view.now_s, inner),
        names_line(schedule, view.now_s, inner),
        Text(),
        rates_line(view),
        outcomes_line(view),
        Text(),
        steps_table(view.steps, room - len(shown_alerts), inner),
        Text(),
        *shown_alerts,
        generator_line(view),
    ]
    for row in rows:
        if isinstance(row, Text):
            row.no_wrap, row.overflow = inner >= ROOMY or row.plain.startswith(_DRAWN), "ellipsis"
    frame = Table.grid(padding=(0, MARGIN))
    frame.add_column(width=inner)
    frame.add_row(Group(*rows))
    return frame


def stage_words(schedule: Schedule, title: str, now_s: float) -> tuple[Text, Text]:
    """What is run and in which stage it is; how much time is left."""
    stage = schedule.stages[schedule.stage_at(now_s)]
    passed, left = now_s - stage.start_s, max(0.0, schedule.duration_s - now_s)
    here = f"{stage.name}, {passed:.0f} of {stage.end_s - stage.start_s:.0f} s"
    what = Text.assemble((here, "bold"), ("" if stage.measured else " (not measured)", "dim"), (f"  {title}", "dim"))
    until = "ending" if left == 0 else f"{seconds(round(left))} left"
    return what, Text.assemble((until, "bold"), (f" of {seconds(round(schedule.duration_s))}", "dim"))


def plan_line(schedule: Schedule, now_s: float, width: int) -> Text:
    """The planned arrivals over the whole run as bars; what has passed is bright."""
    planned = [sum(second.values()) for second in schedule.offered_each_second()]
    bars = _columns(planned, width)
    peak = max(bars, default=0) or 1
    line = "".join(_BARS[min(7, int(bar / peak * 7.999))] for bar in bars)
    passed = min(width, int(now_s / schedule.duration_s * width))
    return Text.assemble((line[:passed], "cyan"), (line[passed:], "dim"))


def names_line(schedule: Schedule, now_s: float, width: int) -> Text:
    """The stages' names below the bars where they begin; one that finds no room has no name."""
    here = schedule.stage_at(now_s)
    line = Text()
    for index, stage in enumerate(schedule.stages):
        start = round(stage.start_s / schedule.duration_s * width)
        end = round(stage.end_s / schedule.duration_s * width)
        name = f"╵{stage.name}" if len(stage.name) < end - start else "╵"
        line.append(name[: end - start].ljust(end - start), "bold" if index == here else "dim")
    return line


def rates_line(view: LiveView) -> Text:
    """Offered, delivered and good, and who is on the way."""
    if not view.over_s:
        return Text("no second is over yet", style="dim")
    rates = (("offered", view.offered_per_s), ("delivered", view.started_per_s), ("goodput", view.good_per_s))
    line = Text()
    for name, rate in rates:
        line.append(f"{name} ", "dim").append(f"{rate:.1f}/s   ", "bold")
    if view.visitors_busy is not None:
        line.append("in flight ", "dim").append(whole(view.visitors_busy), "bold")
        line.append(f" of {whole(view.visitors)}", "dim")
    return line


def outcomes_line(view: LiveView) -> Text:
    """How the steps of the newest seconds ended."""
    line = Text(f"last {view.over_s} s " if view.over_s else "", style="dim")
    for outcome, count in view.outcomes.items():
        style = _STYLES[outcome] if count else "dim"
        line.append(f" {_SIGNS[outcome]} {outcome} ", style).append(f"{whole(count)} ", "bold" if count else "dim")
    return line


def steps_table(steps: Sequence[LiveStep], room: int, width: int) -> RenderableType:
    """A row a step, the busiest when there is not room for all."""
    roomy = width >= ROOMY
    table = Table.grid(padding=(0, 2 if roomy else 1, 0, 0))
    table.add_column(max_width=width - 46 if roomy else max(8, width - 32), no_wrap=True, overflow="ellipsis")
    for _ in range(4):
        table.add_column(justify="right", no_wrap=True, min_width=8 if roomy else 7)
    table.add_row(*(Text(name, "dim") for name in ("step", "all", "good", "p95", "failed")))
    kept = sorted(sorted(steps, key=lambda step: -step.per_s)[: max(1, room)], key=lambda step: step.name)
    for step in kept:
        failed = Text(whole(step.failed), "bold red" if step.failed else "dim")
        p95 = Text(milliseconds(step.p95_ms), "bold")
        table.add_row(step.name, per_second(step.per_s), per_second(step.good_per_s), p95, failed)
    return table


def alerts_lines(alerts: Sequence[AlertSpan], now_s: float, room: int) -> list[Text]:
    """Those that are firing, the newest first, and how many are over."""
    firing = [alert for alert in reversed(alerts) if alert.resolved_s is None]
    over = len(alerts) - len(firing)
    ended = f"{over} resolved" if over else ""
    if not firing:
        return [Text.assemble(("alerts ", "dim"), "none firing", (f", {ended}" if over else "", "dim"))]
    lines = [_alert(alert, now_s) for alert in firing[:room]]
    rest = [f"{len(firing) - room} more firing"] if len(firing) > room else []
    lines[-1].append("".join(f", {part}" for part in (*rest, ended) if part), "dim")
    return lines


def _alert(alert: AlertSpan, now_s: float) -> Text:
    since = f"{alert.severity}, for {now_s - alert.fired_s:.0f} s"
    return Text.assemble(("▲ ", "bold red"), (f"{alert.rule} ", "bold"), since)


def generator_line(view: LiveView) -> Text:
    """How the side that makes the load fares."""
    return Text.assemble(("generator ", "dim"), ", ".join(_generator(view)) or "not measured yet")


def _generator(view: LiveView) -> Iterator[str]:
    if view.cpu_share is not None:
        yield f"CPU {percent(round(view.cpu_share, 2))} of a core"
    if view.loop_lag_ms is not None:
        yield f"loop lag {milliseconds(view.loop_lag_ms)}"
    if view.over_s:
        yield f"dropped {whole(view.dropped)}"


def _ends(left: Text, right: Text, width: int) -> Text:
    """Two texts on one line; the left one gives way."""
    room = width - len(right) - 2
    left.truncate(max(0, room), overflow="ellipsis", pad=True)
    return Text.assemble(left, "  ", right)


def _columns(values: Sequence[int], width: int) -> list[float]:
    """As many values as there are columns: the greatest of each part, or each value over several columns."""
    ends = [(round(at * len(values) / width), round((at + 1) * len(values) / width)) for at in range(width)]
    return [max(values[first : max(last, first + 1)], default=0) for first, last in ends]
