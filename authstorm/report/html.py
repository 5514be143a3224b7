"""``report.html``: the page a person opens, whole in one file and without a network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from authstorm.report import words
from authstorm.report.brief import brief
from authstorm.report.chapters import READING_ORDER, Chapter, titled
from authstorm.report.facts import ALL_STAGES, Step, Summary, VerdictPart
from authstorm.report.guessing import guessing_told
from authstorm.report.summary import to_mapping
from authstorm.report.tiles import facts, generator_tiles, tiles
from authstorm.report.timeline import Timeline
from authstorm.report.told import WARNING

MOST_CODES: Final = 60
MOST_ALERTS: Final = 60
_HERE: Final = Path(__file__).parent
_TONES: Final = {"holds": "yes", "warns": "unsure", "fails": "no", "unknown": "unsure", "yes": "yes", "no": "no"}
_GRAVITY: Final = ("fails", "warns", "unknown", "holds")
_SIGNS: Final = {"good": "●", "refused": "○", "shed": "◇", "broken": "▲", "wrong": "✕"}


@dataclass(frozen=True, slots=True)
class _Part:
    asked: str
    word: str
    tone: str
    reasons: tuple[str, ...]


def prepare() -> None:
    """Compile the template and read the assets, once a process: 50 ms that must not fall into a load."""
    page_environment().get_template("report.html")
    _assets()


def render_html(summary: Summary, timeline: Timeline, plan_yaml: str) -> str:
    """The whole page; all that it is given has been redacted before."""
    return (
        page_environment()
        .get_template("report.html")
        .render(
            s=summary,
            overall_tone=_overall(summary.exit_code),
            title=summary.exit_meaning if summary.complete else "partial",
            brief=brief(summary, timeline.peak_offered),
            guessing=guessing_told(summary.guessing),
            parts=_parts(summary),
            tiles=tiles(summary, timeline.peak_offered),
            generator_tiles=generator_tiles(summary.generator),
            facts=facts(summary),
            chapters=list(_chapters(summary)),
            table_rows=timeline.table(),
            point_s=timeline.point_s,
            plan_yaml=plan_yaml,
            data=Markup(embedded(json.dumps(to_mapping(summary)), timeline.chart_json())),  # noqa: S704 - escaped there
            **_assets(),
        )
    )


def embedded(summary_json: str, timeline_json: str) -> str:
    """Both as one JSON text that cannot end its script element, whatever the strings in it say.

    In JSON a ``<`` stands inside strings alone, where its code point's escape means the same; ``&`` and ``>`` likewise.
    """
    text = f'{{"summary": {summary_json}, "timeline": {timeline_json}}}'
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _parts(summary: Summary) -> list[_Part]:
    told = summary.verdicts
    return [
        _part("Was the run valid?", told.valid, ("Valid", "Not valid", "Cannot tell")),
        _part("Did the target meet its objectives?", told.objectives, ("Met", "Missed", "Cannot tell")),
        _part("Was every answer correct?", told.correct, ("Correct", "Violated", "Cannot tell")),
    ]


def _part(asked: str, part: VerdictPart, names: tuple[str, str, str]) -> _Part:
    word = names[("yes", "no", "unknown").index(part.answer)]
    doubted = part.answer == "yes" and any(reason.startswith(WARNING) for reason in part.reasons)
    return _Part(asked, f"{word}, with a doubt" if doubted else word, _TONES[part.answer], part.reasons)


def _overall(exit_code: int | None) -> str:
    """How the verdict is coloured: a run that proves nothing is neither a yes nor a no."""
    return "yes" if exit_code == 0 else "unsure" if exit_code in {None, 5, 130} else "no"


def _chapters(summary: Summary) -> Iterator[dict[str, Any]]:
    """Chapters that have steps, in reading order; those that the target named itself come last."""
    own = {step.chapter for step in summary.steps} - set(READING_ORDER)
    for number, name in enumerate((*READING_ORDER, *sorted(own))):
        rows = [step for step in summary.steps if step.chapter == name]
        if rows:
            yield _chapter(titled(name), rows, f"chapter-{number}")


def _chapter(chapter: Chapter, rows: list[Step], anchor: str) -> dict[str, Any]:
    names = list(dict.fromkeys(row.step for row in rows))
    return {
        "name": chapter.name,
        "title": chapter.title,
        "about": chapter.about,
        "anchor": anchor,
        "steps": [
            {"name": name, "anchor": f"{anchor}-step-{number}", "rows": [row for row in rows if row.step == name]}
            for number, name in enumerate(names)
        ],
    }


@cache
def page_environment() -> Environment:
    """What every page is rendered with."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    environment.globals |= {"all_stages": ALL_STAGES, "outcomes": words.OUTCOMES}
    environment.globals |= {"most_codes": MOST_CODES, "most_alerts": MOST_ALERTS}
    environment.filters |= {
        "ms": words.milliseconds,
        "s": words.seconds,
        "n": words.whole,
        "rate": words.per_second,
        "share": words.percent,
        "exit": words.exit_meaning,
        "tone": _TONES.__getitem__,
        "sign": _SIGNS.__getitem__,
        "moment": _moment,
        "gravest_first": lambda rules: sorted(rules, key=lambda rule: _GRAVITY.index(rule.state)),
    }
    return environment


def _moment(stamp: str) -> str:
    return datetime.fromisoformat(stamp).strftime("%d %B %Y, %H:%M:%S UTC").lstrip("0")


@cache
def page_style() -> Markup:
    """The style sheets of every page."""
    names = ("uplot/uPlot.min.css", "report.css")
    style = "\n".join((_HERE / "assets" / name).read_text("utf-8") for name in names)
    if "</style" in style.lower():
        raise AssertionError("a style sheet would end its own element")
    return Markup(style)  # noqa: S704 - our own files


@cache
def chart_scripts() -> str:
    """The chart library and what the charts of every page share."""
    return "\n".join((_HERE / "assets" / name).read_text("utf-8") for name in ("uplot/uPlot.iife.min.js", "charts.js"))


@cache
def _assets() -> dict[str, str]:
    """Styles and scripts as they go into the page, and the hash that lets this script run and no other."""
    style = page_style()
    scripts = "\n".join((chart_scripts(), (_HERE / "assets" / "page.js").read_text("utf-8")))
    if "</script" in scripts.lower():
        raise AssertionError("a script would end its own element")
    digest = base64.b64encode(hashlib.sha256(scripts.encode()).digest()).decode()
    return {"style": style, "scripts": Markup(scripts), "script_hash": digest}  # noqa: S704 - our own files
