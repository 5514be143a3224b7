"""The planned load as a picture of block characters: a rate axis, the stages named under it, a line a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from authstorm.plan.census import whole_load
from authstorm.plan.schedule import Curve, Schedule, Segment
from authstorm.plan.units import show_duration

HEIGHT: Final = 10
"""About how many lines high the load is drawn, unless told otherwise."""
LEAST_WIDTH: Final = 60

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_UNMEASURED, _SEARCHED = "▒", "░"
_TICKS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_PLAIN: Final = str.maketrans("▁▂▃▄▅▆▇█▒░│┤└┬─\u2013\u201c\u201d", '...::###:?|+++--""')


def draw(schedule: Schedule, width: int = 100, renewals: Sequence[float] = (), height: int = HEIGHT) -> list[str]:
    """Draw a schedule in lines of at most ``width`` characters (60 at the least), the load about ``height`` lines high.

    Each column shows the highest load of its stretch of time, so that no short spike is drawn lower than it is. Load
    that is not measured is shaded; so is a search, whose rates are not known beforehand, up to its highest. A closed
    model's ``renewals`` are those expected in each second.
    """
    scale = _Scale.of(_top(schedule), height)
    curves = {f"{stream.scenario} {_amount(stream.curve.peak, schedule)}": stream.curve for stream in schedule.streams}
    if any(renewals):
        curves[f"renewals {grouped(round(max(renewals)))}/s"] = _by_second(renewals)
    gutter = max(*(len(label) for label in curves), len(_amount(scale.top, schedule)) + 1, 8)
    columns = _columns(schedule, max(width, LEAST_WIDTH) - gutter - 1)
    lines = [*_load(schedule, scale, columns, gutter), *_time_axis(schedule, len(columns), gutter)]
    lines += [f"{'':{gutter}} {_bands(schedule, columns)}"]
    if len(curves) > 1:
        lines += [f"{label:>{gutter}} {_spark(curve, columns)}" for label, curve in curves.items()]
    return [line.rstrip() for line in [*lines, *_legend(schedule, gutter)]]


def in_ascii(text: str) -> str:
    """The same picture for a terminal that knows no block characters."""
    return text.translate(_PLAIN).encode("ascii", "replace").decode("ascii")


def grouped(number: float) -> str:
    """A number as people read it, to three digits or the whole: ``1,250``, ``7.5``."""
    digits = 2 if number < 10 else 1 if number < 100 else 0
    return f"{round(number, digits):,.15g}"


@dataclass(frozen=True, slots=True)
class _Column:
    """One character's stretch of time."""

    from_s: float
    to_s: float
    stage: int


@dataclass(frozen=True, slots=True)
class _Scale:
    """A load axis: ticks of ``step`` up to ``top``, each so many ``lines`` high."""

    step: float
    top: float
    lines: int

    @classmethod
    def of(cls, peak: float, height: int) -> _Scale:
        """Round ticks, three to six of them, up to the first that is not below the peak."""
        power = 10 ** floor(log10(peak / 6)) if peak > 0 else 1.0
        step = next(power * factor for factor in (1, 2, 5, 10) if ceil(peak / (power * factor) - 1e-9) <= 6)
        ticks = max(1, ceil(peak / step - 1e-9))
        return cls(step, ticks * step, max(1, round(height / ticks)))

    @property
    def height(self) -> int:
        """Lines in all."""
        return round(self.top / self.step) * self.lines


def _top(schedule: Schedule) -> float:
    searched = schedule.search.highest if schedule.search else 0.0
    return max(whole_load(schedule).peak, searched)


def _columns(schedule: Schedule, count: int) -> list[_Column]:
    """Stretches of equal length; a stretch on a border belongs to the stage that its middle falls into."""
    length_s = schedule.duration_s / count
    borders = [(index * length_s, (index + 1) * length_s) for index in range(count)]
    return [_Column(begin, end, schedule.stage_at((begin + end) / 2)) for begin, end in borders]


def _load(schedule: Schedule, scale: _Scale, columns: list[_Column], gutter: int) -> list[str]:
    """The axis and the load of all scenarios, from the top down."""
    load = whole_load(schedule)
    eighths = [round(_height(schedule, load, column) / scale.top * scale.height * 8) for column in columns]
    shades = [_shade(schedule, column) for column in columns]
    lines: list[str] = []
    for line in range(scale.height, 0, -1):
        is_tick = line % scale.lines == 0
        label = _amount(line // scale.lines * scale.step, schedule) if is_tick else ""
        cells = "".join(
            _cell(min(8, max(0, high - (line - 1) * 8)), shade) for high, shade in zip(eighths, shades, strict=True)
        )
        if lines or cells.strip():  # nothing above the peak
            lines.append(f"{label:>{gutter - 1}} {'┤' if is_tick else '│'}{cells}")
    return lines


def _height(schedule: Schedule, load: Curve, column: _Column) -> float:
    search = schedule.search
    if search is not None and column.to_s > search.start_s:
        return search.highest
    return load.highest(column.from_s, column.to_s)


def _shade(schedule: Schedule, column: _Column) -> str:
    """The character of a whole cell."""
    if schedule.search is not None and column.to_s > schedule.search.start_s:
        return _SEARCHED
    return _EIGHTHS[8] if schedule.stages[column.stage].measured else _UNMEASURED


def _cell(eighths: int, shade: str) -> str:
    """A cell filled so far; shades know only whole cells."""
    return _EIGHTHS[eighths] if shade == _EIGHTHS[8] else shade if eighths >= 2 else " "


def _time_axis(schedule: Schedule, count: int, gutter: int) -> list[str]:
    """Ticks at round times, as many as their labels leave room for."""
    duration_s = schedule.duration_s
    step_s = next((s for s in _TICKS_S if duration_s / s * 9 <= count), ceil(duration_s * 9 / count))
    axis, words = ["─"] * count, [" "] * count
    for tick in range(floor(duration_s / step_s) + 1):
        place = round(tick * step_s / duration_s * count)
        word = _clock(tick * step_s)
        if place + len(word) <= count:
            axis[place] = "┬"
            words[place : place + len(word)] = word
    return [f"{'0':>{gutter - 1}} └{''.join(axis)}", f"{'':{gutter}} {''.join(words)}"]


def _bands(schedule: Schedule, columns: list[_Column]) -> str:
    """Each stage's name, or its number in the table where the name has no room, from where it begins."""
    cells = [" "] * len(columns)
    for index, stage in enumerate(schedule.stages):
        places = [place for place, column in enumerate(columns) if column.stage == index]
        if places:
            room = len(places) - 1
            word = next((word for word in (stage.name, str(index + 1)) if len(word) <= room), "")
            cells[places[0] : places[0] + 1 + len(word)] = "│" + word
    return "".join(cells)


def _spark(curve: Curve, columns: list[_Column]) -> str:
    """One line high, each scenario against its own peak; anything above nothing is seen."""
    peak = curve.peak or 1.0
    shares = [curve.highest(column.from_s, column.to_s) / peak for column in columns]
    return "".join(_EIGHTHS[max(1, round(share * 8))] if share > 0 else " " for share in shares)


def _by_second(counts: Sequence[float]) -> Curve:
    return Curve(tuple(Segment(second, second + 1, count, count) for second, count in enumerate(counts)))


def _legend(schedule: Schedule, gutter: int) -> list[str]:
    words = []
    if not all(stage.measured for stage in schedule.stages):
        words.append(f"{_UNMEASURED} not measured")
    if schedule.search is not None:
        words.append(f"{_SEARCHED} searched, up to here")
    return [f"{'':{gutter}} {'   '.join(words)}"] if words else []


def _amount(load: float, schedule: Schedule) -> str:
    """A rate, or in a closed model a number of users."""
    return grouped(load) + ("/s" if schedule.model == "open" else "")


def _clock(seconds: float) -> str:
    """A moment on the time axis: ``45s``, ``2m30s``, ``1h``."""
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{amount}{unit}" for amount, unit in ((hours, "h"), (minutes, "m"), (left, "s")) if amount]
    return "".join(parts) or show_duration(0)
