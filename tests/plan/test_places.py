"""Problems that show when a plan is put together have the file and the line of their key all the same."""

from pathlib import Path

import pytest
import yaml

from authstorm.errors import ConfigError, SafetyError
from authstorm.plan.rehearsal import load_rehearsal

ROOT = Path(__file__).parents[2]
PROFILE = """\
name: p
%s
mix: {login: 1}
stages:
  - calm: {for: 30s}
  - rounds:
      times: 2
      stages:
        - stair: {from: %s, by: %s, every: 5s, until: 10x}
"""
TARGET = {
    "name": "t",
    "url": "http://127.0.0.1:1",
    "client": {"id": "c"},
    "accounts": {"pattern": "u{n}", "count": 9000, "password": {"env": "P"}},
}


@pytest.mark.parametrize(
    ("baseline", "start", "by", "target", "kind", "told"),
    [
        ("arrivals: 5/s", "20x", "1x", {}, ConfigError, "p.yaml:9: stages.stair: climbs from 100 by 5"),
        ("arrivals: 5/s", "1x", "1x", {"ceiling": "20/s"}, SafetyError, "t.yaml:10: ceiling: the peak of 50/s"),
        ("users: 90", "1x", "1x", {"accounts": TARGET["accounts"] | {"count": 9}}, ConfigError,
         "t.yaml:7: accounts.count: 9 accounts are too few"),
    ],
)  # fmt: skip
def test_the_line_is_told(tmp_path, baseline, start, by, target, kind, told):  # noqa: PLR0917
    (tmp_path / "p.yaml").write_text(PROFILE % (baseline, start, by))
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(TARGET | target, sort_keys=False))
    with pytest.raises(ConfigError) as caught:
        load_rehearsal(str(tmp_path / "p.yaml"), str(tmp_path / "t.yaml"), ROOT / "config")
    assert f"{tmp_path}/{told}" in str(caught.value)
    assert type(caught.value) is kind
