"""The file of alert rules: what in it cannot work, that the shipped one can, and that its page describes every key."""

from pathlib import Path

import pytest
import yaml

from authstorm.auth.codes import CODES
from authstorm.errors import ConfigError
from authstorm.plan.alert_rules import KINDS, Selection
from authstorm.plan.alerting import Alerting, alerting_of, read_alerting

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config/alerts.yaml"
PAGE = (ROOT / "docs/alerts.md").read_text("utf-8")
BURN = {"when": "burn", "objective": "99%", "factor": 10, "long": "6s", "short": "2s"}


@pytest.mark.parametrize(
    ("rules", "wrong"),
    [
        ({"a": {"when": "absnce"}}, "absence"),
        ({"a": {"when": "absence", "silenced-by": ["b"]}}, "'b' is no rule"),
        ({"a": {"when": "absence", "silenced-by": ["a"]}}, "is the rule itself"),
        (
            {"a": {"when": "absence", "silenced-by": ["b"]}, "b": {"when": "absence", "silenced-by": ["a"]}},
            "leads back",
        ),
        ({"a": {"when": "absence", "abort": True}}, "severity: critical"),
        ({"a": BURN | {"objective": "100%"}}, "no budget"),
        ({"a": BURN | {"factor": 200}}, "factor"),
        ({"a": BURN | {"short": "9s"}}, "shorter"),
        ({"a": {"when": "goodput", "drop": "50%", "over": "30s", "against": "5s"}}, "against: is to be as long"),
        ({"a": BURN | {"short": "1500ms"}}, "write 1s or 2s"),
        ({"a": {"when": "worker-lost", "for": "30s"}}, "never fire"),
        (
            {"a": {"when": "share", "of": {"steps": ["login"]}, "among": ["refresh"], "above": "10%"}},
            "none of its steps",
        ),
        ({"A b": {"when": "absence"}}, "A b"),
        ({"a": {"when": "count"}}, "of"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(tmp_path, rules, wrong):
    path = tmp_path / "alerts.yaml"
    path.write_text(yaml.safe_dump({"rules": rules}))
    with pytest.raises(ConfigError) as caught:
        read_alerting(path)
    assert wrong in str(caught.value)
    assert str(path) in str(caught.value)


def test_what_stands_in_no_file_is_held_to_the_same():
    assert alerting_of({"rules": {"down": {"when": "absence"}}}).rules["down"].severity == "warning"
    with pytest.raises(ConfigError, match=r"rules: rules\.down\.when: 'absnce' is not known \(did you mean 'absence'"):
        alerting_of({"rules": {"down": {"when": "absnce"}}})
    circle = {name: {"when": "absence", "silenced-by": [other]} for name, other in ("ab", "ba")}
    with pytest.raises(ConfigError, match="leads back to the rule itself"):
        alerting_of(Alerting.model_validate({"rules": circle}))


def test_the_shipped_rules_can_be_read_and_every_code_in_them_exists():
    rules = read_alerting(SHIPPED).rules
    codes = {code for rule in rules.values() if hasattr(rule, "of") for code in rule.of.codes}
    assert codes
    assert codes <= set(CODES)


def test_the_page_describes_every_kind_of_rule_and_each_of_its_keys():
    assert [kind for kind in KINDS if f"| `{kind}` |" not in PAGE] == []
    models = {**KINDS, "of": Selection}
    keys = {field.alias or name for model in models.values() for name, field in model.model_fields.items()}
    assert sorted(key for key in keys if f"`{key}`" not in PAGE) == []
