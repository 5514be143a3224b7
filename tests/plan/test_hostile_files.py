"""Files that no plan could be: each is answered with its place and what is wrong, and never with a traceback."""

from pathlib import Path

import pytest

from authstorm.errors import ConfigError
from authstorm.plan.rehearsal import load_rehearsal

CONFIG = Path(__file__).parents[2] / "config"
PROFILE = "name: p\nmix: {login: 1}\narrivals: 5/s\nstages:\n  - a: {for: 2s}\n"


def refusal(tmp_path, text):
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(ConfigError) as caught:
        load_rehearsal(str(path), "sandbox", CONFIG)
    return str(caught.value)


@pytest.mark.parametrize(
    ("gloss", "text", "told"),
    [
        ("an alias that holds itself", "name: p\nmix: &a {login: *a}\n", "p.yaml:2: yaml: is nested too deeply"),
        ("stages that hold themselves", PROFILE[:-21] + "stages: &s\n  - r: {times: 2, stages: *s}\n", "holds itself"),
        ("deep nesting", "a: " + "[" * 3000, "nested too deeply"),
        ("a control character", "name: p\nabout: \x01\n", "p.yaml:2: yaml: character '\\x01'"),
        ("a number of 5000 digits", PROFILE + "seed: " + "9" * 5000 + "\n", "p.yaml:6: yaml: Exceeds the limit"),
        ("a share without end", PROFILE.replace("login: 1", "login: .inf"), "p.yaml:2: mix.login"),
        ("a rate without end", PROFILE.replace("5/s", "9" * 400 + "/s"), "p.yaml:3: arrivals"),
        ("digits of other scripts", PROFILE.replace("2s", "２s"), "is not a duration"),  # noqa: RUF001 - meant
        ("a rate of nothing for each", PROFILE.replace("mix: {login: 1}\n", "").replace("5/s", "{login: 0/s}"), "0/s"),
        ("a rate beyond measure", PROFILE.replace("5/s", "99999999999999999/s"), "beyond all measure"),
        ("years", PROFILE.replace("2s", "99999999h"), "7 days at most"),
        (
            "millions of steps",
            PROFILE + "  - s: {from: 1/s, by: 1/h, every: 1s, until: 500000/s}\n",
            "too many stages",
        ),
        ("a wave of milliseconds", PROFILE + "  - w: {mean: 1x, swing: 1x, period: 1ms, for: 100h}\n", "too many"),
        (
            "a thousand thousands of rounds",
            PROFILE + "  - r: {times: 1000, stages: [{r: {times: 1000, stages: [{a: {for: 1s}}]}}]}\n",
            "too many stages",
        ),
        (
            "a search from nothing",
            PROFILE + "  - s: {from: 0/s, to: 9/s, probe: 3s, rule: shed < 1%}\n",
            "p.yaml:6: stages.1.s.from: is 0",
        ),
        (
            "a search downwards, by factors",
            PROFILE + "  - s: {from: 10x, to: 20/s, probe: 3s, rule: shed < 1%}\n",
            "searches from 50/s to 20/s",
        ),
        ("a replay of no text", PROFILE + "  - r: {csv: bin.csv}\n", "bin.csv: stages.r.csv: cannot be read"),
        ("a replay of odd digits", PROFILE + "  - r: {csv: odd.csv}\n", "holds no counts"),
        (
            "nobody at all",
            "name: p\nmix: {login: 1, refresh: 1, validate: 1}\nusers: 1\n" + PROFILE[-26:],
            "whole user",
        ),
    ],
)
def test_a_file_that_cannot_work_is_told_so(tmp_path, gloss, text, told):
    (tmp_path / "bin.csv").write_bytes(b"\xff\xfe1,2\n")
    (tmp_path / "odd.csv").write_text("\u00b2\n", encoding="utf-8")
    assert told in refusal(tmp_path, text), gloss


def test_aliases_of_aliases_are_cut_off(tmp_path):
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    lines += [
        f"{word}: &{word} [{','.join([f'*{before}'] * 10)}]" for before, word in zip("abcde", "bcdef", strict=True)
    ]
    assert "holds too many keys" in refusal(tmp_path, "\n".join(lines))


def test_a_date_is_text(tmp_path):
    (tmp_path / "p.yaml").write_text(PROFILE + "about: 2020-13-45\n", encoding="utf-8")
    assert load_rehearsal(str(tmp_path / "p.yaml"), "sandbox", CONFIG).profile.about == "2020-13-45"
