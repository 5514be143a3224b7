"""docs/report.md knows every file, key and column; reports/README.md leads to it."""

import json
import re
from pathlib import Path

import pytest

from authstorm.report.blocks import CSV_COLUMNS
from authstorm.report.summary import summary_schema

ROOT = Path(__file__).parents[2]
NAMED = set(re.findall(r"`([^`\n]+)`", (ROOT / "docs" / "report.md").read_text()))


def test_every_key_of_the_summary_is_in_the_docs():
    schema = summary_schema()
    parts = [schema, *schema["$defs"].values()]
    assert {key for part in parts for key in part["properties"]} - NAMED == set()


def test_every_column_of_the_timeline_is_in_the_docs():
    assert set(CSV_COLUMNS) - NAMED == set()


def test_every_file_is_in_the_docs(written):
    files = {path.name for path in written[0].iterdir()} | {"requests.csv", "failures.csv", "locust.html"}
    assert files - NAMED == set()


@pytest.mark.parametrize("state", ["yes", "no", "unknown", "holds", "warns", "fails"])
def test_every_answer_and_state_is_in_the_docs(state):
    assert state in NAMED
    assert f'"{state}"' in json.dumps(summary_schema())


def test_the_readme_in_the_folder_of_reports_leads_to_the_docs():
    text = (ROOT / "reports" / "README.md").read_text()
    (link,) = re.findall(r"\]\(([^)]+)\)", text)
    assert (ROOT / "reports" / link).resolve() == ROOT / "docs" / "report.md"
