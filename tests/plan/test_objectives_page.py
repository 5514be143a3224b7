"""docs/objectives.md is true: every line on it can be read, and every word and key stands there."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from authstorm.plan.rule import METRICS
from authstorm.plan.rule_lines import AbortLine
from authstorm.plan.rule_reader import CLAUSES, SIGNS, read_rule
from authstorm.plan.slo import DEFAULTS, Slo

PAGE = (Path(__file__).parents[2] / "docs/objectives.md").read_text("utf-8")


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def examples(title):
    return re.findall(r"^\| `([^`]+)` \|", section(title), re.MULTILINE)


@pytest.mark.parametrize("line", examples("The language"))
def test_each_objective_on_the_page_can_be_read(line):
    (slo,) = Slo.model_validate({"objectives": yaml.safe_load(f"- {line}")}).objectives
    assert slo.line == line.strip('"')


@pytest.mark.parametrize("line", examples("Abort rules"))
def test_each_abort_rule_on_the_page_can_be_read(line):
    assert TypeAdapter(AbortLine).validate_python(line).line == line


@pytest.mark.parametrize("word", [*METRICS, *SIGNS, *CLAUSES, "of", "and", "after", "run:"])
def test_every_word_of_the_language_is_in_its_table(word):
    assert any(word in line for line in examples("The language")) or f"`{word}`" in section("The language")


def test_every_field_of_a_rule_is_shown_by_some_example():
    shown = [read_rule(line.strip('"')) for line in examples("The language")]
    plain = read_rule("broken < 1%")
    for field in fields(plain):
        assert any(getattr(rule, field.name) != getattr(plain, field.name) for rule in shown), field.name


def test_the_file_on_the_page_is_read_as_it_says():
    text = PAGE.split("```yaml\n")[1].split("```")[0]
    slo = Slo.model_validate(yaml.safe_load(text))
    assert [rule.line for rule in slo.objectives] == list(DEFAULTS)
    assert [rule.line for rule in slo.abort] == ["broken > 50% for 10s"]
