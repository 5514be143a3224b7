"""summary.json: its schema, its way back, and that no secret is left in it."""

import dataclasses
import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from authstorm.report.schema import schema_text
from authstorm.report.summary import read_summary, redacted, summary_json, summary_schema

SCHEMA = Path(__file__).parents[2] / "config" / "schema" / "summary.json"


def check(value, schema, defs, at="$"):
    """A small validator for what the schema uses; yields what is wrong."""
    if "$ref" in schema:
        yield from check(value, defs[schema["$ref"].removeprefix("#/$defs/")], defs, at)
    elif "anyOf" in schema:
        if all(list(check(value, option, defs, at)) for option in schema["anyOf"]):
            yield f"{at}: {value!r} fits none of {schema['anyOf']}"
    elif "enum" in schema:
        if value not in schema["enum"]:
            yield f"{at}: {value!r} is none of {schema['enum']}"
    else:
        yield from check_type(value, schema, defs, at)


def check_type(value, schema, defs, at):
    types = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
    kind = schema["type"]
    fits = isinstance(value, int | float) if kind == "number" else isinstance(value, types[kind])
    if not fits or (isinstance(value, bool) and kind != "boolean"):
        yield f"{at}: {value!r} is no {kind}"
    elif kind == "array":
        for index, item in enumerate(value):
            yield from check(item, schema["items"], defs, f"{at}[{index}]")
    elif kind == "object":
        yield from check_object(value, schema, defs, at)


def check_object(value, schema, defs, at):
    more, known = schema.get("additionalProperties", True), schema.get("properties", {})
    yield from (f"{at}: {key} is missing" for key in schema.get("required", []) if key not in value)
    for key, item in value.items():
        if key in known:
            yield from check(item, known[key], defs, f"{at}.{key}")
        elif more is False:
            yield f"{at}: {key} is unknown"
        elif isinstance(more, dict):
            yield from check(item, more, defs, f"{at}.{key}")


@pytest.fixture
def document(written):
    return json.loads((written[0] / "summary.json").read_text())


def wrong_with(document):
    schema = summary_schema()
    return list(check(document, schema, schema["$defs"]))


def test_what_is_written_fits_the_schema(document, write_storm, half_storm):
    assert wrong_with(document) == []
    partial, _ = write_storm(half_storm, complete=False, verdict=False)
    assert wrong_with(json.loads((partial / "summary.json").read_text())) == []


def test_the_schema_refuses_what_was_never_written(document):
    document["verdicts"]["valid"]["answer"] = "perhaps"
    document["more"] = 1
    del document["run"]["target"]
    assert sorted(wrong_with(document)) == [
        "$.run: target is missing",
        "$.verdicts.valid.answer: 'perhaps' is none of ['yes', 'no', 'unknown']",
        "$: more is unknown",
    ]


def test_the_schema_that_editors_read_is_the_one_that_is_written():
    assert SCHEMA.read_text() == schema_text(), (
        "renew it: python -m authstorm.report.schema > config/schema/summary.json"
    )


def test_a_summary_is_read_back_as_it_was(written):
    folder, summary = written
    assert read_summary((folder / "summary.json").read_text()) == summary


def test_another_document_is_refused_with_the_key_that_is_wrong(written):
    _, summary = written
    with pytest.raises(ValidationError, match="exit_code"):
        read_summary(summary_json(summary).replace('"exit_code": 0', '"exit_code": "fine"'))


def test_verdicts_exit_code_and_facts_are_in_it(document):
    assert document["schema_version"] == 1
    assert document["complete"] is True
    assert (document["exit_code"], document["exit_codes"]) == (0, [0])
    assert document["verdicts"]["objectives"]["answer"] == "yes"
    assert document["run"]["started_utc"] == "2026-11-23T20:15:00Z"
    assert document["versions"]["locust"] == "2.47.0"
    assert [rule["state"] for rule in document["objectives"]] == ["holds"] * 4


def test_every_string_is_redacted_and_no_number_is(written):
    _, summary = written
    clean = redacted(summary, lambda text: "*")
    texts = json.loads(summary_json(clean))
    assert texts["run"]["target"] == texts["headline"] == "*"
    assert list(texts["versions"]) == ["*"]
    assert texts["verdicts"]["valid"] == {"answer": "yes", "reasons": ["*"]}, "what a field may say at all stays"
    assert [step.count for step in clean.steps] == [step.count for step in summary.steps]


def test_redaction_reaches_into_whatever_holds_a_string():
    @dataclasses.dataclass(frozen=True)
    class Box:
        inside: tuple

    clean = redacted(Box(({"hush": ["hush", 1, None]},)), lambda text: text.replace("hush", "*"))
    assert clean == Box(({"*": ["*", 1, None]},))
