"""What the outcome codes mean in words, read from the page that documents them."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = Path(__file__).parents[2] / "docs" / "outcomes.md"
_ROW = re.compile(r"^\| `([a-z_-]+)` \| \w+ \| ([^|]+) \|", re.MULTILINE)


def code_meanings(page: Path = _PAGE) -> dict[str, str]:
    """Code to meaning; empty when the page is not there, as in an image that holds the code alone."""
    return {code: meaning.strip() for code, meaning in _ROW.findall(page.read_text("utf-8"))} if page.exists() else {}
