"""Which rules apply to a run: those of all profiles and its own, once every name in them is known."""

from pathlib import Path

import pytest
import yaml

from authstorm.errors import ConfigError
from authstorm.plan.rehearsal import load_rehearsal
from authstorm.plan.slo import DEFAULTS, read_slo

ROOT = Path(__file__).parents[2]
STAGES = [{"calm": {"for": "10s"}}, {"waves": {"times": 2, "stages": [{"burst": {"peak": "5x", "hold": "5s"}}]}}]
PLAN = {"name": "plan", "mix": {"login": 1, "validate": 1}, "arrivals": "20/s", "stages": STAGES}


@pytest.fixture
def promised(tmp_path):
    """What a profile with the given rules promises beside the given ``slo.yaml``."""

    def load(slo=None, **own):
        for folder in ("profiles", "targets"):
            (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / "targets/sandbox.yaml").write_text((ROOT / "config/targets/sandbox.yaml").read_text("utf-8"))
        (tmp_path / "profiles/plan.yaml").write_text(yaml.safe_dump(PLAN | own, sort_keys=False))
        other = PLAN | {"name": "other", "mix": {"session": 1}, "stages": [{"storm": {"for": "10s"}}]}
        (tmp_path / "profiles/other.yaml").write_text(yaml.safe_dump(other, sort_keys=False))
        if slo is not None:
            (tmp_path / "slo.yaml").write_text(yaml.safe_dump(slo, sort_keys=False))
        return load_rehearsal("plan", "sandbox", tmp_path)

    return load


def lines(rules):
    return [rule.line for rule in rules]


def test_the_shipped_file_says_what_holds_without_it():
    assert lines(read_slo(ROOT / "config").objectives) == list(DEFAULTS)
    assert lines(read_slo(ROOT / "nowhere").objectives) == list(DEFAULTS)
    assert read_slo(ROOT / "config").abort == []


def test_a_profiles_rules_stand_behind_those_of_all_profiles(promised):
    plan = promised(
        {"objectives": ["broken < 1%"], "abort": ["broken > 50%"]}, objectives=["login p95 < 1s"], abort=["shed > 50%"]
    )
    assert lines(plan.promises.objectives) == ["broken < 1%", "login p95 < 1s"]
    assert lines(plan.promises.abort) == ["broken > 50%", "shed > 50%"]
    assert lines(plan.promises.own) == ["login p95 < 1s"]
    assert plan.effective()["objectives"] == ["broken < 1%", "login p95 < 1s"]


def test_a_search_for_what_no_visit_does_is_told_before_it_fails_at_every_rate(promised):
    search = {"from": "10/s", "to": "80/s", "probe": "4s", "rule": "lgin p95 < 800ms"}
    with pytest.raises(
        ConfigError, match=r"plan\.yaml:\d+: stages\.1\.most\.rule: no visit makes the step 'lgin'"
    ) as told:
        promised(stages=[{"calm": {"for": "10s"}}, {"most": search}])
    assert "did you mean 'login'?" in str(told.value)


def test_a_search_for_what_its_own_visits_do_not_make_is_told_though_another_stages_do(promised):
    search = {"from": "10/s", "to": "80/s", "probe": "4s", "rule": "login p95 < 800ms", "mix": {"service": 1}}
    stages = [{"calm": {"for": "10s", "mix": {"login": 1}}}, {"most": search}]
    with pytest.raises(ConfigError, match=r"stages\.1\.most\.rule: no visit makes the step 'login'"):
        promised(stages=stages)
    beside = promised(stages=stages, background={"login": "4/s"})
    assert beside.schedule.search.rule.step == "login"


def test_who_speaks_of_a_metric_of_a_step_speaks_for_it_wholly(promised):
    slo = {"objectives": ["failed < 5%", "login failed < 2%", "shed < 1%"]}
    plan = promised(slo, objectives=["failed < 30% in burst"])
    assert lines(plan.promises.objectives) == ["login failed < 2%", "shed < 1%", "failed < 30% in burst"]


def test_rules_do_not_change_the_plan_that_workers_must_agree_on(promised):
    assert promised(objectives=["broken < 2%"]).hash == promised(objectives=["broken < 3%"]).hash


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (
            {"objectives": ["broken < 1%", "logn p95 < 1s"]},
            "objectives.1: no visit makes the step 'logn' (did you mean 'login'?)",
        ),
        ({"objectives": ["refrsh p95 < 1s"]}, "no visit makes the step 'refrsh' (did you mean 'refresh'?)"),
        ({"objectives": ["revoke p95 < 1s"]}, "no visit makes the step 'revoke' (allowed: "),
        ({"objectives": ["broken < 1% in brust"]}, "there is no stage 'brust' (did you mean 'burst'?)"),
        ({"objectives": ["login p95 < 2x of calm"]}, "'2x' is not a share"),
        ({"abort": ["broken > 1% in clam"]}, "abort.0: there is no stage 'clam' (did you mean 'calm'?)"),
        ({"objectives": ["login p95 < 1s by 9s after burst"]}, "9s after 'burst' the run is over (put a stage behind"),
        ({"objectives": ["login p95 < 120% of clam"]}, "there is no stage 'clam'"),
    ],
)  # fmt: skip
def test_a_profile_that_names_what_it_has_not_is_refused_with_line_and_nearest_word(promised, rules, told):
    with pytest.raises(ConfigError) as error:
        promised(**rules)
    text = str(error.value)
    assert told in text
    (problem,) = error.value.problems
    named = next(iter(rules.values()))[-1]
    written = Path(problem.source).read_text("utf-8").splitlines()
    assert named in written[problem.line - 1]


def test_a_stage_of_a_repeat_is_known_by_its_name_and_by_its_rounds(promised):
    own = ["shed < 30% in burst", "failed < 30% in burst 2"]
    assert lines(promised(objectives=own).promises.own) == own


def test_what_only_other_profiles_have_does_not_apply_and_is_noted(promised):
    plan = promised({"objectives": ["revoke p95 < 1s", "shed < 9% in storm", "broken < 1%"]})
    assert lines(plan.promises.objectives) == ["broken < 1%"]
    first, second = plan.promises.notes
    assert "“revoke p95 < 1s” in" in first
    assert "does not apply: no visit makes the step 'revoke'" in first
    assert "there is no stage 'storm'" in second
    assert set(plan.promises.notes) <= set(plan.warnings)


def test_what_no_profile_has_is_a_slip_of_the_pen(promised):
    with pytest.raises(ConfigError) as error:
        promised({"objectives": ["revok p95 < 1s"], "abort": ["shed > 9% in strom"]})
    text = str(error.value)
    assert "slo.yaml:2: objectives.0: no visit makes the step 'revok' (did you mean 'revoke'?)" in text
    assert "slo.yaml:4: abort.0: no profile has a stage 'strom' (did you mean 'storm'?)" in text
