"""``junit.xml``: a test case an objective, validity and correctness rule, so that a pipeline shows which one broke.

Some viewers show a case's name and body alone, so the value stands in the name and the whole sentence in the body.
``failure``: the target broke the rule; ``error``: the run itself cannot be trusted; ``skipped``: nothing to judge by.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import asdict

from authstorm.report.facts import Resilience, Rule, Summary


def junit_xml(summary: Summary) -> str:
    """The text of ``junit.xml``."""
    root = ET.Element("testsuites", name=_clean(f"{summary.run.profile} against {summary.run.target}"))
    whole = Rule("the run came to its end", "holds" if summary.complete else "fails", "", _ended(summary))
    for name, rules, broken in (
        ("validity", (whole, *summary.validity), "error"),
        ("objectives", summary.objectives, "failure"),
        ("correctness", summary.correctness, "failure"),
    ):
        _suite(root, name, rules, broken, summary)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _suite(root: ET.Element, name: str, rules: Sequence[Rule], broken: str, summary: Summary) -> None:
    count = {state: str(sum(rule.state == state for rule in rules)) for state in ("fails", "unknown")}
    suite = ET.SubElement(
        root,
        "testsuite",
        name=name,
        tests=str(len(rules)),
        failures=count["fails"] if broken == "failure" else "0",
        errors=count["fails"] if broken == "error" else "0",
        skipped=count["unknown"],
        timestamp=summary.run.started_utc.removesuffix("Z"),
        time=f"{summary.run.elapsed_s:.3f}" if name == "validity" else "0",
    )
    if name == "objectives":
        _properties(suite, summary.resilience)
    for rule in rules:
        _case(suite, f"authstorm.{name}", rule, broken)


def _properties(suite: ET.Element, resilience: Resilience) -> None:
    """The resilience numbers that are known."""
    known = {name: value for name, value in asdict(resilience).items() if value not in {None, ""}}
    if known:
        properties = ET.SubElement(suite, "properties")
        for name, value in known.items():
            ET.SubElement(properties, "property", name=name, value=_clean(str(value)))


def _case(suite: ET.Element, classname: str, rule: Rule, broken: str) -> None:
    title = f"{rule.name}: {rule.value}" if rule.value else rule.name
    case = ET.SubElement(suite, "testcase", classname=classname, name=_clean(title), time="0")
    reason = _clean(rule.reason)
    if rule.state == "fails":
        ET.SubElement(case, broken, message=reason, type=broken).text = reason
    elif rule.state == "unknown":
        ET.SubElement(case, "skipped", message=reason)
    else:
        ET.SubElement(case, "system-out").text = reason


def _ended(summary: Summary) -> str:
    if summary.complete:
        return f"The run came to its end after {summary.run.elapsed_s:.0f} s."
    return f"This is only a part of a run: {summary.partial_because}."


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold, escaped or not (section 2.2)."""
    return re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
