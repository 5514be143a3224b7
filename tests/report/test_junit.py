"""junit.xml: a case a rule, and what a pipeline makes of each state."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from authstorm.report.facts import Rule
from authstorm.report.junit import junit_xml


def cases_of(text):
    return {case.get("name"): case for case in ET.fromstring(text).iter("testcase")}


@pytest.fixture
def summary(written):
    return written[1]


def test_every_rule_is_a_case_with_its_value_in_the_name(summary, written):
    cases = cases_of((written[0] / "junit.xml").read_text())
    assert len(cases) == 1 + len(summary.validity) + len(summary.objectives) + len(summary.correctness)
    broken = next(rule for rule in summary.objectives if rule.name.startswith("broken"))
    assert cases[f"broken < 1%: {broken.value}"].find("system-out").text == broken.reason


@pytest.mark.parametrize(
    ("kind", "state", "element", "counter"),
    [
        ("objectives", "fails", "failure", "failures"),
        ("correctness", "fails", "failure", "failures"),
        ("validity", "fails", "error", "errors"),
        ("correctness", "unknown", "skipped", "skipped"),
        ("validity", "warns", "system-out", None),
    ],
)
def test_a_state_becomes_what_a_pipeline_understands(summary, kind, state, element, counter):
    rule = Rule("login p95 < 800ms", state, "908 ms", "The p95 was 908 ms.")
    text = junit_xml(replace(summary, **{kind: (rule,)}))
    case = cases_of(text)["login p95 < 800ms: 908 ms"]
    found = case.find(element)
    assert (found.text or found.get("message")) == "The p95 was 908 ms."
    suite = next(suite for suite in ET.fromstring(text) if suite.get("name") == kind)
    counts = {name: suite.get(name) for name in ("failures", "errors", "skipped")}
    assert counts == {"failures": "0", "errors": "0", "skipped": "0"} | ({counter: "1"} if counter else {})


def test_a_part_of_a_run_is_an_error_even_without_a_broken_rule(write_storm, half_storm):
    folder, _ = write_storm(half_storm, complete=False, verdict=False)
    case = cases_of((folder / "junit.xml").read_text())["the run came to its end"]
    assert "it was still going when this was written" in case.find("error").text


def test_signs_that_xml_cannot_hold_do_not_break_the_file(summary):
    rule = Rule("a\x00b < \x1b[31m]]>", "fails", "", "half \ud800 & <more>")
    cases = cases_of(junit_xml(replace(summary, objectives=(rule,))))
    assert cases["a\ufffdb < \ufffd[31m]]>"].find("failure").text == "half \ufffd & <more>"
