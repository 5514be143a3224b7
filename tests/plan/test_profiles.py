"""Profiles: every construct compiles to the curve it says, and every mistake is told with its line."""

from pathlib import Path

import pytest

from authstorm.errors import ConfigError
from authstorm.plan.compile import compile_profile
from authstorm.plan.profile import ALL_STAGES, Profile, read_profile
from authstorm.plan.rehearsal import names_in
from authstorm.plan.stages import stage_matches
from authstorm.plan.visitors import plan_pool
from authstorm.report import facts

ROOT = Path(__file__).parents[2]
MIX = {"login": 3, "validate": 1}


def schedule(*stages, **changes):
    profile = {"name": "p", "mix": MIX, "arrivals": "20/s", "stages": list(stages)} | changes
    return compile_profile(Profile.model_validate(profile))


def rate(plan, time_s):
    return sum(stream.curve.rate_at(time_s) for stream in plan.streams)


@pytest.mark.parametrize(
    ("gloss", "stage", "points"),
    [
        ("hold at the baseline", {"a": {"for": "10s"}}, {0: 20, 9.9: 20}),
        ("hold elsewhere", {"a": {"for": "10s", "at": "50/s"}}, {0: 50, 9.9: 50}),
        ("ramp up to the baseline", {"a": {"for": "10s", "from": "0/s"}}, {0: 0, 5: 10}),
        ("ramp between two", {"a": {"for": "10s", "from": "1x", "to": "3x"}}, {0: 20, 5: 40}),
        (
            "spike by a factor",
            {"a": {"peak": "10x", "rise": "2s", "hold": "5s", "fall": "4s"}},
            {0: 20, 1: 110, 2: 200, 6.9: 200, 9: 110},
        ),
        ("spike without a ramp", {"a": {"peak": "90/s", "hold": "5s"}}, {0: 90, 4.9: 90}),
        ("stairs", {"a": {"from": "10/s", "by": "10/s", "every": "2s", "until": "35/s"}}, {0: 10, 2: 20, 5: 30, 7: 35}),
        (
            "a wave at its top and bottom",
            {"a": {"mean": "20/s", "swing": "10/s", "period": "8s", "for": "8s"}},
            {2: 30, 6: 10},
        ),
    ],
)
def test_a_stage_compiles_to_its_curve(gloss, stage, points):
    plan = schedule(stage)
    assert {time_s: rate(plan, time_s) for time_s in points} == pytest.approx(points), gloss


def test_a_mix_divides_the_rate_and_a_stage_may_change_it():
    plan = schedule({"a": {"for": "5s"}}, {"b": {"for": "5s", "mix": {"login": 1, "refresh": 1}}})
    rates = {stream.scenario: [stream.curve.rate_at(1), stream.curve.rate_at(6)] for stream in plan.streams}
    assert rates == {"login": [15, 10], "validate": [5, 0], "refresh": [0, 10]}


def test_each_scenario_may_have_its_own_rate():
    plan = schedule({"a": {"for": "5s"}}, mix={}, arrivals={"login": "2/s", "refresh": "7/s"})
    assert {stream.scenario: stream.curve.rate_at(1) for stream in plan.streams} == {"login": 2, "refresh": 7}


def test_a_background_stays_whatever_the_stages_do():
    plan = schedule({"a": {"peak": "10x", "hold": "5s"}}, background={"service": "4/s"})
    assert next(s for s in plan.streams if s.scenario == "service").curve.rate_at(1) == 4


def test_a_repeat_numbers_its_rounds_and_jitters_them_by_the_seed():
    stage = {
        "repeat": {
            "times": 2,
            "jitter": {"start": "5s", "peak": "10%"},
            "stages": [{"spike": {"peak": "10x", "hold": "3s"}}],
        }
    }
    names = [stage.name for stage in schedule(stage, seed=1).stages]
    assert names == ["repeat pause 1", "spike 1", "repeat pause 2", "spike 2"]
    one, again, other = (schedule(stage, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one.duration_s != other.duration_s
    assert 0 < one.duration_s - 6 <= 10


def test_a_replay_follows_its_csv(tmp_path):
    (tmp_path / "friday.csv").write_text("minute,count\n18:00,60\n18:01,120\n")
    profile = Profile.model_validate(
        {
            "name": "p",
            "mix": MIX,
            "arrivals": "1/s",
            "stages": [{"friday": {"csv": "friday.csv", "scale": 2}}],
        }
    )
    plan = compile_profile(profile, tmp_path)
    assert [rate(plan, 30), rate(plan, 90)] == pytest.approx([2, 4])


def replay(folder, text, encoding="utf-8"):
    (folder / "friday.csv").write_text(text, encoding=encoding)
    stages = [{"friday": {"csv": "friday.csv"}}]
    profile = Profile.model_validate({"name": "p", "mix": MIX, "arrivals": "1/s", "stages": stages})
    return compile_profile(profile, folder)


@pytest.mark.parametrize(
    ("gloss", "text", "encoding"),
    [
        ("no heading", "60\n120\n", "utf-8"),
        ("two headings and a blank line", "Friday\n\nminute,count\n1,60\n\n2,120\n", "utf-8"),
        ("as spreadsheets save it", "60\n120\n", "utf-8-sig"),
    ],
)
def test_every_interval_of_a_replay_is_there(gloss, text, encoding, tmp_path):
    plan = replay(tmp_path, text, encoding)
    assert plan.duration_s == 120, gloss
    assert [rate(plan, 30), rate(plan, 90)] == pytest.approx([1, 2]), gloss


@pytest.mark.parametrize("count", ["n/a", "-5", '"1,200"', "1e3", "", "nan"])
def test_a_row_of_a_replay_that_holds_no_count_is_told_and_not_left_out(count, tmp_path):
    """Whatever came after it would come a minute too soon."""
    with pytest.raises(ConfigError) as caught:
        replay(tmp_path, f"minute,count\n18:00,60\n18:01,{count}\n18:02,5\n18:03,?\n")
    assert [problem.line for problem in caught.value.problems] == [3, 5]
    assert "friday.csv:3: stages.friday.csv: " in str(caught.value)


@pytest.mark.parametrize("first", ["18:00,n/a", "18:00,-5", '18:00,"1,200"', "18:00,1e3", "18:00,", "18:00;600", "-5"])
def test_a_first_row_of_a_replay_is_no_heading_when_there_is_a_number_in_it(first, tmp_path):
    with pytest.raises(ConfigError) as caught:
        replay(tmp_path, f"minute,count\n{first}\n18:01,60\n")
    assert [problem.line for problem in caught.value.problems] == [2]


def test_of_many_bad_rows_of_a_replay_the_first_are_told_and_the_others_counted(tmp_path):
    with pytest.raises(ConfigError) as caught:
        replay(tmp_path, "".join(f"18:{minute};600\n" for minute in range(10, 40)))
    *told, rest = caught.value.problems
    assert [problem.line for problem in told] == list(range(1, 11))
    assert rest.wrong == "20 more rows have no count"


@pytest.mark.parametrize(
    ("gloss", "stair"),
    [
        ("downwards", {"from": "90/s", "by": "10/s", "every": "5s", "until": "20/s"}),
        ("standing still", {"from": "10/s", "by": "0/s", "every": "5s", "until": "20/s"}),
    ],
)
def test_a_stair_that_never_comes_to_its_end_is_refused(gloss, stair):
    with pytest.raises(ConfigError, match=r"stages\.stair: climbs from \d+ by \d+ and never comes to 20"):
        schedule({"stair": stair})


def test_a_background_goes_on_while_a_search_tries_its_rates():
    search = {"from": "10/s", "to": "80/s", "probe": "3s", "rule": "shed < 1%"}
    plan = schedule({"a": {"for": "5s"}}, {"s": search}, background={"service": "4/s"})
    rates = {stream.scenario: stream.curve.rate_at(plan.duration_s - 1) for stream in plan.streams}
    assert rates == {"login": 0, "service": 4, "validate": 0}
    pool = plan_pool(plan, 2.0)
    assert pool.peak == {"login": 120, "service": 8, "validate": 40}


def test_a_repeat_inside_another_leaves_the_jitter_of_the_outer_one_as_it_was():
    burst = {"burst": {"peak": "10x", "hold": "10s"}}
    inner = {"inner": {"times": 2, "stages": [{"rest": {"for": "1s"}}]}}
    outer = {"times": 1, "jitter": {"peak": "50%", "hold": "50%"}}
    alone, behind = (schedule({"outer": outer | {"stages": stages}}, seed=3) for stages in ([burst], [inner, burst]))
    assert rate(alone, 0) != 200
    assert rate(behind, 2.1) == rate(alone, 0.1)
    assert behind.duration_s - 2 == pytest.approx(alone.duration_s)
    within = schedule({"outer": outer | {"stages": [{"inner": {"times": 1, "stages": [burst]}}]}}, seed=3)
    assert rate(within, 0.1) == rate(alone, 0.1)


def test_a_scale_multiplies_everything():
    profile = Profile.model_validate({"name": "p", "mix": MIX, "arrivals": "20/s", "stages": [{"a": {"for": "5s"}}]})
    assert rate(compile_profile(profile, scale=0.1), 1) == pytest.approx(2)


def test_a_closed_profile_counts_users():
    plan = schedule({"a": {"for": "5s"}}, {"b": {"peak": 100, "hold": "5s"}}, arrivals=None, users=40)
    assert plan.model == "closed"
    assert rate(plan, 1) == 40
    assert rate(plan, 6) == 100


ROUNDS = {"outer": {"times": 2, "stages": [{"inner": {"times": 2, "stages": [{"rest": {"for": "1s"}}]}}]}}


def test_rounds_inside_rounds_have_the_numbers_of_both():
    assert [stage.name for stage in schedule(ROUNDS).stages] == ["rest 1.1", "rest 1.2", "rest 2.1", "rest 2.2"]


def test_the_levels_of_a_stair_are_numbered_within_their_round():
    stair = {"stair": {"from": "5/s", "by": "5/s", "every": "1s", "until": "10/s"}}
    names = [stage.name for stage in schedule({"twice": {"times": 2, "stages": [stair]}}).stages]
    assert names == ["stair 1.1", "stair 1.2", "stair 2.1", "stair 2.2"]
    assert [stage.name for stage in schedule(stair).stages] == ["stair 1", "stair 2"]


@pytest.mark.parametrize("name", ["burst", "burst 2", "burst 2.1"])
def test_a_rule_names_a_round_or_all_rounds(name):
    assert stage_matches("burst", name)
    assert stage_matches(name, name)
    assert not stage_matches("bur", name)
    assert not stage_matches("burst 1", name)


@pytest.mark.parametrize(
    ("gloss", "stages", "name"),
    [
        ("written twice", [{"rest": {"for": "1s"}}, {"rest": {"for": "2s"}}], "rest"),
        ("in two repeats", [ROUNDS, {"also": ROUNDS["outer"]}], "rest 1.1"),
        (
            "as a round is",
            [{"rest 1": {"for": "1s"}}, {"twice": {"times": 2, "stages": [{"rest": {"for": "1s"}}]}}],
            "rest 1",
        ),
    ],
)
def test_stages_of_one_name_are_refused_since_their_figures_could_not_be_told_apart(gloss, stages, name):
    with pytest.raises(ConfigError, match=rf"two stages have the name '{name}'"):
        schedule(*stages)


BAD_STAGES = {
    "twice": ("a: {for: 1s}", "6: stages.1.a: stands twice (give each stage a name of its own"),
    "as all are called": ("all: {for: 1s}", "6: stages.1.all: is what tables call all stages together"),
    "two lines": ('"b\\nc": {for: 1s}', "is no name that a table could hold"),
    "long": (f"{'b' * 61}: {{for: 1s}}", "is no name that a table could hold (1 to 60 letters"),
    "no name": ("' ': {for: 1s}", "is no name that a table could hold"),
    "three loads": ("b: {for: 1s, at: 3/s, from: 1/s, to: 2/s}", "6: stages.1.b.at: has no effect beside from and to"),
    "a stranger": ("b: {for: 1s, mix: {logn: 1}}", "6: stages.1.b.mix.logn: 'logn' is no scenario"),
    "nobody's mix": ("b: {for: 1s, mix: {}}", "6: stages.1.b.mix: is empty"),
    "empty": ("b:", "6: stages.1.b: is empty"),
    "a word for keys": ("b: soon", "6: stages.1.b: 'soon' is no set of keys (write {key: value}"),
    "a word for a switch": (
        "b: {for: 1s, measured: maybe}",
        "6: stages.1.b.measured: 'maybe' is neither true nor false",
    ),
    "too many rounds": ("b: {times: 1001, stages: [{c: {for: 1s}}]}", "6: stages.1.b.times: 1001 is above 1000"),
    "too short a probe": (
        "b: {from: 1/s, to: 9/s, probe: 1s, rule: shed < 1%}",
        "6: stages.1.b.probe: 1 is below 3",
    ),
    "no rounds": ("b: {times: 2, stages: []}", "6: stages.1.b.stages: is empty"),
    "a number for a word": ("b: {csv: 5}", "6: stages.1.b.csv: 5 is no text (put it in quotes)"),
    "words for a number": ("b: {csv: a.csv, scale: much}", "6: stages.1.b.scale: 'much' is no number"),
    "a word without end": ("b: {csv: a.csv, scale: " + "9" * 70 + "x}", "9" * 59 + "... is no number"),
}


@pytest.mark.parametrize("fault", BAD_STAGES)
def test_a_mistake_in_a_stage_is_told_with_its_line(tmp_path, fault):
    stage, told = BAD_STAGES[fault]
    path = tmp_path / "p.yaml"
    path.write_text(f"name: p\nmix: {{login: 1}}\narrivals: 5/s\nstages:\n  - a: {{for: 5s}}\n  - {stage}\n")
    with pytest.raises(ConfigError) as caught:
        read_profile(path, "p.yaml")
    assert told in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path):
    path = tmp_path / "p.yaml"
    stages = "  - a: {for: 5, mix: {vaildate: 1}}\n  - b: {peek: 3x, hold: 1s}\n"
    path.write_text(f"name: p\nmix: {{logn: 1}}\narrivals: 5\nstages:\n{stages}patience: 0s\nretries: {{x: none}}\n")
    with pytest.raises(ConfigError) as caught:
        read_profile(path)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (2, "mix.logn"),
        (3, "arrivals"),
        (5, "stages.0.a.for"),
        (5, "stages.0.a.mix.vaildate"),
        (6, "stages.1.b.peak"),
        (6, "stages.1.b.peek"),
        (7, "patience"),
        (8, "retries.x"),
    ]


def test_the_name_that_no_stage_may_have_is_the_one_in_the_tables():
    assert ALL_STAGES == facts.ALL_STAGES


BAD = {
    "unknown-key": ("mixx: {login: 1}", "4: mixx: unknown key (did you mean 'mix'?)"),
    "unknown-scenario": ("mix: {logn: 1}", "4: mix.logn: 'logn' is no scenario (did you mean 'login'?)"),
    "no-unit": ("arrivals: 20", "4: arrivals: 20 is not a rate"),
    "two-models": ("users: 5\nmix: {login: 1}", "4: users: stands beside arrivals"),
    "no-model": ("arrivals:\nmix: {login: 1}", "1: file: needs either arrivals"),
    "no-mix": ("seed: 1", "1: mix: is missing: say which scenarios come"),
    "closed-background": (
        "arrivals:\nusers: 5\nmix: {login: 1}\nbackground: {refresh: 1/s}",
        "7: background: is a rate of arrivals, and the profile is closed",
    ),
    "rates-of-strangers": ("arrivals: {logn: 2/s}", "4: arrivals.logn: 'logn' is no scenario (did you mean 'login'?)"),
    "whole-numbers": ("mix: {login: 1}\nseed: 1.5", "5: seed: 1.5 is no whole number"),
    "no-length": ("mix: {login: 1}\npatience: 0s", "5: patience: 0 is not above 0"),
    "a-word-for-a-list": ("mix: {login: 1}\nobjectives: shed < 1%", "5: objectives: 'shed < 1%' is no list"),
    "twice": ("mix: {login: 1}\nmix: {login: 2}", "5: mix: stands twice, first in line 4"),
    "tab": ("mix:\t{login: 1}\n\tx: 1", "yaml: "),
    "users-in-open": ("mix: {login: 1}\nbackground: {login: 3}", "3 is not a rate"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_mistake_is_told_with_its_line(tmp_path, fault):
    lines, told = BAD[fault]
    path = tmp_path / f"{fault}.yaml"
    rest = "" if lines.startswith("arrivals") else "arrivals: 5/s\n"
    path.write_text(f"name: p\nstages:\n  - a: {{for: 5s}}\n{lines}\n{rest}")
    with pytest.raises(ConfigError) as caught:
        read_profile(path, f"{fault}.yaml")
    assert told in str(caught.value)


def test_a_name_that_no_report_could_stand_under_is_told_in_words(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("name: My_Sale\nmix: {login: 1}\narrivals: 5/s\nstages: [a: {for: 5s}]\n")
    with pytest.raises(ConfigError, match=r"name: 'My_Sale' is no name \(write small letters, digits and hyphens"):
        read_profile(path)


def test_numbers_of_users_have_no_place_in_an_open_profile(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("name: p\nmix: {login: 1}\narrivals: 5/s\nstages:\n  - a: {peak: 300, hold: 5s}\n")
    with pytest.raises(ConfigError, match=r"stages\.0\.a\.peak: is a number of users, but the profile is open"):
        read_profile(path)


def test_arrivals_as_they_once_were_have_no_place_in_a_closed_profile(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("name: p\nmix: {login: 1}\nusers: 5\nstages:\n  - friday: {csv: friday.csv}\n")
    with pytest.raises(ConfigError, match=r"p\.yaml:5: stages\.0\.friday: replays arrivals, but the profile is closed"):
        read_profile(path)


@pytest.mark.parametrize("name", names_in(ROOT / "config/profiles"))
def test_every_shipped_profile_is_named_as_its_file_and_says_what_it_rehearses(name):
    profile = read_profile(ROOT / f"config/profiles/{name}.yaml")
    assert profile.name == name
    assert profile.about
    assert "Rehearses" in (ROOT / f"config/profiles/{name}.yaml").read_text("utf-8")
