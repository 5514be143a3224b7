"""The room's templates, styles and scripts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from authstorm.report.html import chart_scripts, page_style

_HERE: Final = Path(__file__).parent


def render(template: str, **values: Any) -> str:
    """A page."""
    return _environment().get_template(template).render(**values)


@cache
def asset(name: str) -> tuple[str, str] | None:
    """The type and text of a style or script; None for any other name."""
    own = _HERE / "assets"
    if name == "storm.css":
        return "text/css", f"{page_style()}\n{(own / name).read_text('utf-8')}"
    if name == "charts.js":
        return "text/javascript", chart_scripts()
    if name in {"storm.js", "live.js", "locust.js"}:
        return "text/javascript", (own / name).read_text("utf-8")
    return None


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
