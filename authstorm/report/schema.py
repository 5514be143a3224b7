"""Writes the JSON Schema of ``summary.json``: ``python -m authstorm.report.schema > config/schema/summary.json``."""

from __future__ import annotations

import json
import sys

from authstorm.report.summary import summary_schema


def schema_text() -> str:
    """The text of ``config/schema/summary.json``."""
    return json.dumps(summary_schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
