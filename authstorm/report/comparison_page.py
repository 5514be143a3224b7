"""``compare.html``: a comparison as a page in the report's style, whole in one file."""

from __future__ import annotations

from authstorm.report import comparison_words as told
from authstorm.report.comparison import Comparison
from authstorm.report.html import page_environment, page_style


def render_comparison(found: Comparison) -> str:
    """The whole page; the summaries were redacted when they were written."""
    return (
        page_environment()
        .get_template("compare.html")
        .render(
            found=found,
            headline=told.headline(found),
            rows=told.rows(found),
            sides=told.sides(found),
            columns=told.COLUMNS,
            noise=told.NOISE,
            style=page_style(),
        )
    )
