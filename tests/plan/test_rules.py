"""The language of objectives: what each line is read as, and what is said of a line that cannot be read."""

import re

import pytest
from pydantic import TypeAdapter, ValidationError

from authstorm.plan.rule import Deadline, Rule
from authstorm.plan.rule_lines import AbortLine
from authstorm.plan.rule_reader import read_rule


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("login p95 < 800ms in spike", {"step": "login", "metric": "p95", "limit": 800.0, "stages": ("spike",)}),
        ("p95 of login < 800ms", {"step": "login", "metric": "p95", "limit": 800.0}),
        ("broken < 1%", {"metric": "broken", "limit": 0.01}),
        ("broken<1%", {"metric": "broken", "limit": 0.01}),
        ("wrong <= 0%", {"metric": "wrong", "limit": 0.0, "sign": "<="}),
        ("shed <= 30% in spike 1 and spike 2", {"limit": 0.3, "sign": "<=", "stages": ("spike 1", "spike 2")}),
        ("goodput > 50/s", {"metric": "goodput", "limit": 50.0, "sign": ">"}),
        ("good >= 99.5%", {"metric": "good", "limit": 0.995, "sign": ">="}),
        ("login: form p99.9 < 2s", {"step": "login: form", "metric": "p99.9", "limit": 2000.0}),
        ("apdex(500ms) of login > 0.85", {"metric": "apdex", "content_ms": 500.0, "step": "login", "limit": 0.85}),
        ("login p95 < 120% of baseline in recovery", {"limit": 1.2, "reference": "baseline", "sign": "<"}),
        ("login p95 within 120% of baseline", {"limit": 1.2, "reference": "baseline", "sign": "<="}),
        ("goodput within 90% of baseline", {"limit": 0.9, "reference": "baseline", "sign": ">="}),
        ("login p95 < 110% of run:last", {"limit": 1.1, "reference": "run:last", "run": "last"}),
        ("shed < 5% of run:reports/baselines/x", {"run": "reports/baselines/x"}),
        ("login p95 < 1s by 20s after spike", {"deadline": Deadline("spike", 20.0)}),
        ("login p95 < 1s within 20s after spike", {"deadline": Deadline("spike", 20.0)}),
        ("login p95 within 120% of a within 20s after b", {"limit": 1.2, "deadline": Deadline("b", 20.0)}),
        ("login p95 < 1s over 1m30s", {"over_s": 90}),
        ("broken > 50% over 10s for 5s", {"over_s": 10, "for_s": 5}),
    ],
)  # fmt: skip
def test_a_line_is_read_as_what_it_says(line, parts):
    rule = read_rule(line)
    assert {name: getattr(rule, name) for name in parts} == parts
    assert rule.line == line


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("login p96 < 1s", "'p96' is no metric (did you mean 'p99'?)"),
        ("brokn < 1%", "'brokn' is no metric (did you mean 'broken'?)"),
        ("login fast", "compares nothing (write [step] metric < limit, as login p95 < 800ms in spike)"),
        ("", "is empty"),
        ("< 1%", "names no metric"),
        ("login p95 <", "ends too soon"),
        ("shed < 1s", "'1s' is not a share: write it in per cent, as 5%"),
        ("p95 < 5%", "'5%' is not a duration: write it with its unit"),
        ("goodput > 5", "'5' is not a rate: write it with its unit, as 20/s"),
        ("apdex > 0.8", "apdex needs the time that contents a visitor (as apdex(500ms))"),
        ("apdex(500ms) > good", "'good' is no number"),
        ("login p95 < 1s im spike", "'im' cannot stand here (allowed: by, for, in, over, within)"),
        ("login p95 < 1s ovr 5s", "'ovr' cannot stand here (did you mean 'over'?)"),
        ("login p95 < 1s in", "ends too soon (name a stage)"),
        ("login p95 < 1s in spike in spike", "'in' stands twice"),
        ("login p95 < 1s by 5s spike", "'spike' stands where “after” should (as by 20s after spike)"),
        ("login p95 within 120% baseline", "'baseline' stands where “of” should"),
        ("login p95 < 1s in spike by 5s after spike", "“after” says already when it is judged"),
        ("broken < 1% for 500ms", "windows are whole seconds"),
        ("p95 < 120% of baseline", "latencies of different steps cannot be compared"),
        ("apdex(1s) of login > 0.8 over 5s", "apdex is judged over whole stages of this run"),
        ("login goodput > 90% of run:last", "a run's summary tells goodput of all steps together"),
        ("broken < 1% of run:", "“run:” names no run"),
        ("broken < 150%", "broken goes from 0 to 100% (a limit of 100% at most)"),
        ("apdex(1s) of login > 15", "apdex goes from 0 to 1"),
        ("wrong < 0%", "nothing is less than 0 (write <=, or a limit above 0)"),
        ("login p95 < 0ms", "nothing is less than 0"),
        (7, "7 is no line of text"),
        ({"login": "form p95 < 1s"}, "in quotes where it holds ': '"),
    ],
)
def test_a_line_that_cannot_be_read_names_the_word_and_what_would_be_right(line, told):
    with pytest.raises(ValueError, match=re.escape(told)) as error:
        read_rule(line)
    if isinstance(line, str):
        assert line in str(error.value)


@pytest.mark.parametrize(
    ("line", "told"), [("apdex(1s) > 0.8", "whole stages"), ("broken < 1% by 5s after a", "as the run goes")]
)
def test_an_abort_rule_can_be_judged_each_second(line, told):
    with pytest.raises(ValidationError, match=told):
        TypeAdapter(AbortLine).validate_python(line)


@pytest.mark.parametrize(
    ("sign", "holds"),
    [
        ("<", (True, False, False)),
        ("<=", (True, True, False)),
        (">", (False, False, True)),
        (">=", (False, True, True)),
    ],
)
def test_a_sign_compares_as_it_does_elsewhere(sign, holds):
    rule = Rule("", "", "broken", 2.0, sign)
    assert tuple(rule.holds(value, 2.0) for value in (1.0, 2.0, 3.0)) == holds
