"""What a plan is told about itself: each hindrance and each note for its own reason, and silence where all is well."""

from pathlib import Path

import pytest
import yaml

from authstorm.auth.renewal import RenewalRule, due_s
from authstorm.auth.tokens import TokenSet
from authstorm.errors import ConfigError
from authstorm.plan.advice import advise, check_works, notes
from authstorm.plan.expectation import renewal_after_s, renewals_each_second, steps_by_stage, steps_of
from authstorm.plan.piece_of_advice import SAMPLES_NEEDED
from authstorm.plan.rehearsal import load_rehearsal, names_in
from authstorm.plan.target import Target
from authstorm.watch.histogram import supported

ROOT = Path(__file__).parents[2]
HOUR = [{"steady": {"for": "5m"}}]
RISING = {"warm-up": {"for": "30s", "from": "0/s", "measured": False}}
SEARCH = {"to": "50/s", "probe": "6s"}
RISE = {"peak": "5x", "hold": "20s"}
TARGET = """\
name: t
url: http://127.0.0.1:1
client: {id: c}
accounts: {pattern: "u{n}", count: %s, password: {env: P}}
"""


@pytest.fixture
def plan(tmp_path):
    """The plan of a profile (as keys) against a target (as lines of YAML)."""

    def make(stages=(), *, accounts=5000, target="", **profile):
        content = {"name": "p", "stages": list(stages)} | profile
        if "arrivals" not in profile and "users" not in profile:
            content["arrivals"] = "20/s"
        if not isinstance(content.get("arrivals"), dict):
            content.setdefault("mix", {"login": 1})
        (tmp_path / "p.yaml").write_text(yaml.safe_dump(content))
        (tmp_path / "t.yaml").write_text(TARGET % accounts + target)
        return load_rehearsal(str(tmp_path / "p.yaml"), str(tmp_path / "t.yaml"), ROOT / "config")

    return make


@pytest.fixture
def codes(plan):
    """The advice on such a plan, by code."""
    return lambda *args, **changes: {piece.code: piece for piece in advise(plan(*args, **changes))}


def test_a_sound_plan_is_told_nothing(codes):
    assert codes([{"baseline": {"for": "30s"}}, {"spike": RISE}, {"recovery": {"for": "30s"}}]) == {}


@pytest.mark.parametrize(
    ("code", "works", "stages", "changes"),
    [
        ("nothing-measured", False, [{"a": {"for": "1h", "measured": False}}], {}),
        ("nobody-comes", False, [{"a": {"for": "1h", "at": "0/s"}}], {}),
        ("nobody-comes", False, [{"a": {"for": "1h", "measured": False}}, {"b": {"for": "1m", "at": "0/s"}}], {}),
        ("no-account", False, HOUR, {"accounts": 1, "arrivals": {"login": "20/s", "refresh": "20/s"}}),
        ("few-accounts", True, HOUR, {"accounts": 59}),
        ("sign-in-storm", True, HOUR, {"mix": {"validate": 1}}),
        ("few-samples-p95", True, [{"a": {"for": "1h"}}, {"b": {"for": "900ms"}}], {"spacing": "even"}),
        ("few-samples-p99", True, [{"a": {"for": "1h"}}, {"b": {"for": "4s"}}], {"spacing": "even"}),
        ("no-recovery", True, [{"a": {"for": "30s"}}, {"spike": RISE}], {}),
        ("short-recovery", True, [{"a": {"for": "30s"}}, {"spike": RISE}, {"b": {"for": "9s"}}], {}),
        ("short-stage", True, [*HOUR, {"b": {"for": "500ms"}}], {}),
        ("short-visit", True, HOUR, {"visit": "400ms"}),
        ("long-visit", True, HOUR, {"visit": "11s"}),
        ("short-patience", True, HOUR, {"patience": "50ms"}),
        ("long-patience", True, HOUR, {"patience": "11s"}),
        ("idle-key", True, HOUR, {"think": "1s"}),
        ("idle-key", True, HOUR, {"users": 30, "spacing": "even"}),
        ("idle-key", True, HOUR, {"stuffing": {"accounts": 5}}),
        ("idle-key", True, HOUR, {"retries": {"validate": "immediate"}}),
        ("idle-key", True, HOUR, {"renewal-jitter": "2s"}),
        ("may-lock", True, HOUR, {"mix": {"stuffing": 1}}),
        ("no-renewal", True, [{"a": {"for": "4m"}}], {"users": 900, "mix": {"refresh": 1}}),
        ("short-probe", True, [*HOUR, {"s": SEARCH | {"from": "3/s", "rule": "login p95 < 1s"}}], {}),
        ("short-probe", True, [*HOUR, {"s": SEARCH | {"from": "15/s", "rule": "shed < 1%"}}], {}),
    ],
)  # fmt: skip
def test_each_mistake_is_told_under_its_code(codes, code, works, stages, changes):
    found = codes(stages, **changes)
    assert code in found
    assert found[code].works is works
    assert found[code].sentence.endswith(".")
    assert found[code].right


@pytest.mark.parametrize(
    ("gloss", "code", "stages", "changes"),
    [
        ("one account each", "no-account", HOUR, {"accounts": 2, "arrivals": {"login": "20/s", "refresh": "20/s"}}),
        ("services share one", "no-account", HOUR, {"accounts": 1, "arrivals": {"login": "1/s", "service": "1/s"}}),
        ("as many accounts as visitors", "few-accounts", HOUR, {"accounts": 60}),
        ("a warm-up of half a minute", "sign-in-storm", [RISING, *HOUR], {"mix": {"validate": 1}}),
        ("a few", "sign-in-storm", HOUR, {"mix": {"validate": 1}, "arrivals": "6/s"}),
        ("who signs in by arrival", "sign-in-storm", HOUR, {}),
        ("people who stay", "sign-in-storm", HOUR, {"users": 300, "mix": {"validate": 1}}),
        ("guessers need none", "no-account", HOUR, {"accounts": 1, "arrivals": {"login": "1/s", "stuffing": "1/s"}}),
        ("guesses are never good", "few-samples-p95", HOUR, {"arrivals": {"login": "1/s", "stuffing": "0.01/s"}}),
        ("guessers to name accounts", "idle-key", HOUR, {"mix": {"stuffing": 1}, "stuffing": {"accounts": 5}}),
        ("guesses at nobody", "may-lock", HOUR, {"mix": {"stuffing": 1}, "stuffing": {"known": "0%"}}),
        ("20 for p95", "few-samples-p95", [{"a": {"for": "1s"}}], {"spacing": "even"}),
        ("100 for p99", "few-samples-p99", [{"a": {"for": "5s"}}], {"spacing": "even"}),
        ("a step that nobody makes", "few-samples-p95", [*HOUR, {"b": {"for": "1m", "at": "0/s"}}], {}),
        ("a warm-up", "few-samples-p95", [{"a": {"for": "9s", "at": "1/s", "measured": False}}, *HOUR], {}),
        ("ten seconds to recover in", "short-recovery", [{"spike": RISE}, {"b": {"for": "10s"}}], {}),
        ("two stages together", "short-recovery", [{"spike": RISE}, {"b": {"for": "5s"}}, {"c": {"for": "5s"}}], {}),
        ("a second", "short-stage", [{"b": {"for": "1s"}}], {}),
        ("several exchanges take longer", "long-visit", HOUR, {"visit": "11s", "mix": {"session": 1}}),
        ("retries of who comes", "idle-key", HOUR, {"retries": {"login": "immediate"}}),
        ("renewals of who renews", "idle-key", HOUR, {"renewal-jitter": "2s", "mix": {"validate": 1}}),
        ("the background makes it", "short-probe", [*HOUR, {"s": SEARCH | {"from": "1/s", "rule": "service p95 < 1s"}}],
         {"background": {"service": "4/s"}}),
        ("thinking in a closed profile", "idle-key", HOUR, {"users": 30, "think": "1s"}),
        ("renewed after four minutes", "no-renewal", [{"a": {"for": "4m2s"}}], {"users": 9, "mix": {"refresh": 1}}),
        ("open: each arrival renews", "no-renewal", [{"a": {"for": "1m"}}], {"mix": {"refresh": 1}}),
        ("30 steps a probe", "short-probe", [*HOUR, {"s": SEARCH | {"from": "5/s", "rule": "p95 < 1s"}}], {}),
        ("a hundred steps", "short-probe", [*HOUR, {"s": SEARCH | {"from": "17/s", "rule": "shed < 1%"}}], {}),
        ("a wide limit", "short-probe", [*HOUR, {"s": SEARCH | {"from": "1/s", "rule": "good > 80%"}}], {}),
        ("not one may be", "short-probe", [*HOUR, {"s": SEARCH | {"from": "1/s", "rule": "shed <= 0%"}}], {}),
    ],
)  # fmt: skip
def test_what_is_just_right_is_not_told(codes, gloss, code, stages, changes):
    assert code not in codes(stages, **changes), gloss


def test_hindrances_come_first(codes):
    found = list(codes([{"spike": {**RISE, "measured": False}}], think="1s").values())
    assert [piece.works for piece in found] == sorted(piece.works for piece in found)
    assert not found[0].works


def test_each_spike_of_a_repeat_needs_its_own_recovery(codes):
    rounds = {"rounds": {"times": 3, "stages": [{"spike": RISE}, {"rest": {"for": "5s"}}]}}
    short = codes([rounds, {"end": {"for": "30s"}}])["short-recovery"]
    assert "spike 1 (5s), spike 2 (5s)" in short.sentence
    assert "spike 3" not in short.sentence


def test_a_stage_that_is_not_measured_shows_no_recovery(codes):
    stages = [{"a": {"for": "30s"}}, {"spike": RISE}, {"rest": {"for": "30s", "measured": False}}]
    assert "spike" in codes(stages)["no-recovery"].sentence


def test_too_few_samples_are_told_by_stage_and_step(codes):
    arrivals = {"login": "10/s", "session": "1/s"}
    stages = [{"baseline": {"for": "9050ms"}}, {"long": {"for": "1h"}}]
    found = codes(stages, arrivals=arrivals, spacing="even")
    assert "baseline: 9 refresh, 9 revoke" in found["few-samples-p95"].sentence
    assert "baseline: 27 introspect, 99 login" in found["few-samples-p99"].sentence
    assert "long" not in found["few-samples-p99"].sentence


def test_a_closed_plan_is_judged_by_what_it_can_make_at_most(codes):
    found = codes([{"a": {"for": "30s"}}], users=2, mix={"login": 1}, think="2s")
    assert "a: at most 30 login" in found["few-samples-p99"].sentence
    assert "few-samples-p99" not in codes([{"a": {"for": "30s"}}], users=2, mix={"login": 1}, think="0s")


def test_the_sandbox_says_how_long_its_tokens_live_and_then_a_storm_without_renewals_cannot_work(codes):
    storm = {"users": 900, "mix": {"refresh": 1}}
    short = "sandbox: {access-ttl: 20s}\nrenewal: {lead: 2s}\n"
    assert not codes([{"a": {"for": "18s"}}], target=short, **storm)["no-renewal"].works
    assert "no-renewal" not in codes([{"a": {"for": "20s"}}], target=short, **storm)


def target(**changes):
    base = {"name": "t", "url": "http://127.0.0.1:1", "client": {"id": "c"}}
    return Target.model_validate(
        base | {"accounts": {"pattern": "u{n}", "count": 1, "password": {"env": "P"}}} | changes
    )


@pytest.mark.parametrize("life_s", [2, 20, 300, 3600])
@pytest.mark.parametrize("draw", [0.0, 0.4, 1.0])
@pytest.mark.parametrize(("lead", "jitter"), [("60s", "0s"), ("2s", "4s"), ("0s", "1h")])
def test_renewals_are_planned_as_visitors_make_them(life_s, draw, lead, jitter):
    plan = target(renewal={"lead": lead, "jitter": jitter, "lifetime": f"{life_s}s"})
    rule = RenewalRule(plan.renewal.lead_s, plan.renewal.jitter_s, plan.renewal.lifetime_s)
    tokens = TokenSet("a", "", "", "Bearer", "", 100.0, 100.0 + life_s)
    assert renewal_after_s(plan, draw) == pytest.approx(due_s(tokens, rule, draw) - 100)


@pytest.mark.parametrize("p", [95, 99])
def test_percentiles_need_as_many_samples_as_the_judge_asks_for(p):
    assert supported(p, SAMPLES_NEEDED[f"p{p}"])
    assert not supported(p, SAMPLES_NEEDED[f"p{p}"] - 1)


@pytest.mark.parametrize(
    ("gloss", "scenario", "changes", "steps"),
    [
        ("a login is one", "login", {}, {"login": 1}),
        ("introspection", "validate", {}, {"introspect": 1}),
        ("userinfo", "validate", {"validation": {"by": "userinfo"}}, {"userinfo": 1}),
        ("a protected URL", "validate", {"validation": {"by": "url", "url": "/me"}}, {"validate": 1}),
        ("a session", "session", {}, {"login": 1, "introspect": 3, "refresh": 1, "revoke": 1}),
        ("a quiet session", "session", {"session": {"validations": 0}}, {"login": 1, "refresh": 1, "revoke": 1}),
    ],
)  # fmt: skip
def test_a_visit_makes_the_steps_of_its_scenario(gloss, scenario, changes, steps):
    assert steps_of(scenario, target(**changes)) == steps, gloss


def test_a_search_is_not_judged_by_arrivals_that_are_not_planned():
    plan = load_rehearsal("breakpoint", "sandbox", ROOT / "config")
    assert [name for name, _ in steps_by_stage(plan)] == []


def test_jitter_lowers_the_waves_and_widens_them_round_by_round():
    calm, spread = (
        renewals_each_second(load_rehearsal(name, "sandbox-short-lived", ROOT / "config"))
        for name in ("refresh-storm", "refresh-storm-jitter")
    )
    assert [second for second, count in enumerate(calm) if count > 1] == [19, 20, 21, 37, 38, 39, 55, 56, 57]
    assert max(spread) < 0.8 * max(calm)
    assert max(spread[40:]) < 0.4 * max(calm)


def test_the_renewals_of_a_day_are_counted_by_spans_and_none_is_lost(plan):
    """300 people who come in the first second and renew every four minutes, in a plan of twelve hours."""
    hours = plan([{"day": {"for": "12h"}}], users=300, mix={"refresh": 1}, accounts=300)
    told = renewals_each_second(hours)
    assert len(told) == 12 * 3600
    rounds = 12 * 3600 // renewal_after_s(hours.target)
    assert sum(told) == pytest.approx(300 * rounds, rel=0.01)
    quarter = plan([{"day": {"for": "15m"}}], users=300, mix={"refresh": 1}, accounts=300)
    assert sum(renewals_each_second(quarter)) == pytest.approx(300 * (900 // renewal_after_s(quarter.target)), rel=0.01)


def test_what_is_noted_before_a_run_is_the_advice_and_each_thing_once(plan):
    asked = plan(HOUR, accounts=59, patience="50ms")
    told = notes(asked)
    assert [note.split(":")[0] for note in told] == ["few-accounts", "short-patience"]
    assert sum("59" in note for note in told) == 1
    assert all(" Right: " in note for note in told)


def test_a_copy_that_kept_the_name_of_its_model_is_noted(plan, tmp_path):
    (note,) = notes(plan(HOUR, name="flash-sale"))
    assert note.endswith("p.yaml has the name 'flash-sale', under which its reports stand: name it 'p'")
    plan(HOUR)
    (tmp_path / "copy.yaml").write_text(TARGET % 5000)
    (note,) = notes(load_rehearsal(str(tmp_path / "p.yaml"), str(tmp_path / "copy.yaml"), ROOT / "config"))
    assert note.endswith("copy.yaml has the name 't', under which its reports stand: name it 'copy'")


def test_visitors_that_share_accounts_are_noted_and_not_told_that_they_are_too_many(plan):
    asked = plan(HOUR, accounts="59, when-exhausted: recycle")
    assert notes(asked) == ["60 visitors share the 59 accounts of target t: when-exhausted is recycle"]
    assert advise(plan(HOUR, accounts="1, when-exhausted: recycle", arrivals={"login": "2/s", "refresh": "2/s"})) == ()


def test_a_plan_that_cannot_work_is_refused_with_every_reason(plan):
    check_works(plan(HOUR, accounts=59))
    with pytest.raises(ConfigError) as caught:
        check_works(
            plan([{"a": {"for": "1m", "measured": False}}], accounts=1, arrivals={"login": "2/s", "refresh": "2/s"})
        )
    assert [problem.key for problem in caught.value.problems] == ["nothing-measured", "no-account"]
    assert "profile p: no-account: 2 scenarios need an account each" in str(caught.value)


@pytest.mark.parametrize("name", [name for name in names_in(ROOT / "config/profiles") if "refresh-storm" not in name])
def test_every_shipped_profile_works_against_the_sandbox(name):
    assert all(piece.works for piece in advise(load_rehearsal(name, "sandbox", ROOT / "config")))


@pytest.mark.parametrize("name", ["refresh-storm", "refresh-storm-jitter"])
def test_the_refresh_storm_works_against_short_lived_tokens(name):
    assert advise(load_rehearsal(name, "sandbox-short-lived", ROOT / "config")) == ()
