"""The search: doubling, then halving, until what is left is narrow enough."""

import pytest
from pydantic import TypeAdapter, ValidationError

from authstorm.errors import ConfigError
from authstorm.plan.profile import read_profile
from authstorm.plan.rule_lines import SearchLine
from authstorm.plan.rule_reader import read_rule
from authstorm.plan.search import Probe, SearchPlan


def plan(lowest=20.0, highest=1000.0, precision=0.04):
    return SearchPlan(0.0, {"login": 1.0}, lowest, highest, 6.0, precision, read_rule("shed < 1%"))


def run(search, limit):
    probes = []
    while (rate := search.next_rate(probes)) is not None:
        probes.append(Probe(rate, rate <= limit))
    return probes


@pytest.mark.parametrize("limit", [20, 33, 47.5, 100, 170, 640, 999])
def test_the_limit_lies_between_what_held_and_what_failed(limit):
    search = plan()
    probes = run(search, limit)
    assert search.held(probes) <= limit < search.failed(probes)
    assert search.failed(probes) / search.held(probes) <= 1.04
    assert len(probes) <= search.most_probes


@pytest.mark.parametrize(
    ("gloss", "limit", "found"),
    [
        ("below the lowest", 5, "below 20/s: the rule failed at the lowest rate tried"),
        ("above the highest", 5000, "at least 1000/s: it held at the highest rate asked for"),
    ],
)
def test_a_limit_outside_the_range_is_a_bound_and_no_guess(gloss, limit, found):
    search = plan()
    assert search.result(run(search, limit)) == found, gloss


def test_the_result_names_what_held_what_failed_and_the_uncertainty():
    assert plan().result([Probe(100, True), Probe(104, False)]) == "100/s held and 104/s failed: 102/s ± 2.0%"


def test_a_search_that_was_cut_short_says_so():
    assert plan().result([Probe(20, True)]) == "at least 20/s: the search was cut short"
    assert plan().result([]) == "nothing was tried"


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("login p95 < 800ms", ("login", "p95", 800.0)),
        ("p99  <  2s", ("", "p99", 2000.0)),
        ("p99 < 2s", ("", "p99", 2000.0)),
        ("shed < 1%", ("", "shed", 0.01)),
        ("sign-in failed < 0.5%", ("sign-in", "failed", 0.005)),
    ],
)
def test_a_rule_is_a_step_a_metric_and_a_limit(line, parts):
    rule = read_rule(line)
    assert (rule.step, rule.metric, rule.limit) == parts


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("shed > 1%", "turn the comparison"),
        ("good < 99%", "turn the comparison"),
        ("shed < 1% in before", "a search judges each probe by itself"),
        ("shed < 1% for 5s", "a search judges each probe by itself"),
        ("login p95 < 120% of before", "a search judges each probe by itself"),
        ("goodput > 5/s", "a search judges each probe by itself"),
    ],
)
def test_a_rule_that_says_nothing_about_one_probe_is_no_rule_of_a_search(line, told):
    with pytest.raises(ValidationError, match=told):
        TypeAdapter(SearchLine).validate_python(line)


@pytest.mark.parametrize(
    ("stages", "told"),
    [
        ("  - s: {from: 5/s, to: 50/s, probe: 5s, rule: shed < 1%}\n  - a: {for: 5s}", "is not the last stage"),
        ("  - s: {from: 50/s, to: 5/s, probe: 5s, rule: shed < 1%}", "is not above from"),
        ("  - s: {from: 5/s, to: 50/s, probe: 5s, rule: sheds < 1%}", "did you mean 'shed'"),
    ],
)
def test_a_search_that_cannot_work_is_refused(tmp_path, stages, told):
    path = tmp_path / "p.yaml"
    path.write_text(f"name: p\nmix: {{login: 1}}\narrivals: 5/s\nstages:\n{stages}\n")
    with pytest.raises(ConfigError, match=told):
        read_profile(path)
