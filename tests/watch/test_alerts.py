"""Alert rules, second by second: when each fires and resolves, what is silenced, and what a bad time's start is."""

from pathlib import Path

import pytest
import yaml

from authstorm.plan.alerting import Alerting, read_alerting
from authstorm.watch.alert_judge import AlertJudge
from authstorm.watch.alert_readings import limits_ms
from authstorm.watch.alert_signals import KEEP_S, Signals
from authstorm.watch.health import HealthSecond
from authstorm.watch.tally import Tally

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config/alerts.yaml"


def health_of(second, offered=20, **changes):
    fields = {
        "second": second, "worker": "", "offered": offered, "started": offered, "dropped": 0, "start_delay_p99_ms": 1.0,
        "loop_lag_p99_ms": 1.0, "loop_lag_max_ms": 2.0, "cpu_share": 0.2, "machine_cpu_share": 0.2, "open_files": 9,
        "visitors": 20, "visitors_busy": 1,
    }  # fmt: skip
    return HealthSecond(**fields | changes)


@pytest.fixture
def judged(sample):
    """Judges rules over seconds, each a list of what was done in it; gives rule, state and second of each change."""

    def run(rules, *seconds, health=health_of, lost=tuple, weight=lambda _: 1.0, is_open=False):
        read = Alerting.model_validate({"rules": rules}).rules
        signals = Signals(limits_ms(read), health, weight, lost, is_open=is_open)
        tally = Tally()
        tally.watcher, tally.refusals.watcher = signals.take, signals.take_refusals
        judge = AlertJudge(read, signals)
        told = []
        for second, done in enumerate(seconds):
            for count, changes in done:
                account = changes.get("account")
                made = sample(second + 0.5, **{name: value for name, value in changes.items() if name != "account"})
                for _ in range(count):
                    tally.add(made)
                    if account is not None:
                        tally.refusals.add(made.done_s, made.step, account)
            tally.closed(second + 1)
            run.second = second
            told += judge.judge(second, second + 1.0)
        run.judge = judge
        return [(change.rule, change.state, int(change.at_s) - 1) for change in told]

    return run


GOOD = [(20, {})]
BROKEN = [(20, {"outcome": "broken"})]
SHED = [(15, {}), (5, {"outcome": "shed"})]
SLOW = [(20, {"latency_ms": 3000.0})]
WRONG = [(19, {}), (1, {"outcome": "wrong"})]
QUIET = []
GUESS = {"step": "guess", "outcome": "refused", "expected": True}


def guessed(count, account, step="guess"):
    return (count, GUESS | {"step": step, "account": account})


AGAIN = {"when": "identity", "at-least": 6, "over": "3s"}


FAST = {"keep": "2s", "cool-down": "0s"}
BURN = {
    "when": "burn",
    "objective": "99%",
    "factor": 10,
    "long": "6s",
    "short": "2s",
    "min-bad": 5,
    "min-total": 20,
} | FAST


@pytest.mark.parametrize(
    ("gloss", "rule", "seconds", "expected"),
    [
        ("nothing bad", {"when": "absence"} | FAST, [GOOD] * 5, []),
        (
            "errors alone serve nobody",
            {"when": "absence"} | FAST,
            [GOOD, GOOD, BROKEN, GOOD, GOOD, GOOD],
            [("firing", 2), ("resolved", 4)],
        ),
        (
            "no answers at all",
            {"when": "absence"} | FAST,
            [GOOD, QUIET, QUIET, GOOD, GOOD],
            [("firing", 1), ("resolved", 4)],
        ),
        (
            "one wrong answer is enough",
            {"when": "count", "of": {"outcomes": ["wrong"]}, "over": "2s"} | FAST,
            [GOOD, WRONG, GOOD, GOOD, GOOD],
            [("firing", 1), ("resolved", 4)],
        ),
        ("by code", {"when": "count", "of": {"codes": ["elsewhere"]}} | FAST, [WRONG] * 3, []),
        (
            "too few",
            {"when": "count", "of": {"outcomes": ["shed"]}, "at-least": 6, "over": "1s"} | FAST,
            [SHED] * 3,
            [],
        ),
        (
            "over its window",
            {"when": "count", "of": {"outcomes": ["shed"]}, "at-least": 6, "over": "2s"} | FAST,
            [SHED] * 2,
            [("firing", 1)],
        ),
        (
            "a share of all",
            {"when": "share", "of": {"outcomes": ["shed"]}, "above": "20%", "over": "1s"} | FAST,
            [GOOD, SHED, GOOD, GOOD],
            [("firing", 1), ("resolved", 3)],
        ),
        (
            "at the limit is not above it",
            {"when": "share", "of": {"outcomes": ["shed"]}, "above": "25%", "over": "1s"} | FAST,
            [SHED] * 3,
            [],
        ),
        (
            "a share of too few",
            {"when": "share", "of": {"outcomes": ["shed"]}, "above": "20%", "over": "1s", "min-total": 21} | FAST,
            [SHED] * 3,
            [],
        ),
        (
            "for three seconds",
            {"when": "share", "of": {"outcomes": ["shed"]}, "above": "20%", "over": "1s", "for": "3s"} | FAST,
            [SHED, SHED, GOOD, SHED, SHED, SHED],
            [("pending", 0), ("inactive", 2), ("pending", 3), ("firing", 5)],
        ),
        (
            "p95 of good ones",
            {"when": "latency", "above": "2s", "over": "2s"} | FAST,
            [GOOD, SLOW, GOOD, GOOD, GOOD],
            [("firing", 1), ("resolved", 4)],
        ),
        (
            "slow failures are no latency",
            {"when": "latency", "above": "2s", "over": "1s"} | FAST,
            [[(30, {"outcome": "broken", "latency_ms": 9000.0})]] * 3,
            [],
        ),
        ("another step", {"when": "latency", "above": "2s", "over": "1s", "steps": ["refresh"]} | FAST, [SLOW] * 3, []),
        ("the budget burns", BURN, [GOOD] * 4 + [BROKEN] * 2 + [GOOD] * 8, [("firing", 4), ("resolved", 8)]),
        ("too little of it is bad", BURN | {"min-bad": 50}, [GOOD] * 4 + [BROKEN] * 2 + [GOOD] * 4, []),
        (
            "slow and unasked for is bad once",
            BURN | {"slower-than": "2s", "min-bad": 41},
            [[(20, {"expected": False, "latency_ms": 3000.0})]] * 2,
            [],
        ),
        ("slower than allowed is bad too", BURN | {"slower-than": "2s"}, [GOOD] * 4 + [SLOW] * 2, [("firing", 4)]),
        (
            "half of the goodput is gone",
            {"when": "goodput", "drop": "50%", "over": "2s", "against": "5s"} | FAST,
            [GOOD] * 6 + [[(2, {})]] * 2 + [GOOD] * 4,
            [("firing", 7), ("resolved", 9)],
        ),
        (
            "one account refused again and again",
            AGAIN | FAST,
            [[guessed(2, 17)]] * 3 + [GOOD] * 5,
            [("firing", 2), ("resolved", 4)],
        ),
        ("each account refused once", AGAIN | FAST, [[guessed(1, number) for number in range(30)]] * 5, []),
        ("two accounts make no one", AGAIN | FAST, [[guessed(1, 1), guessed(1, 2)]] * 6, []),
        ("refused before and again after", AGAIN | FAST, [[guessed(3, 1)], *[GOOD] * 3, [guessed(3, 1)]], []),
        (
            "whatever step it was",
            AGAIN | FAST,
            [[guessed(3, 1), guessed(3, 1, "login")], *[GOOD] * 2],
            [("firing", 0)],
        ),
        ("but for the steps named", AGAIN | FAST | {"steps": ["login"]}, [[guessed(9, 1)]] * 4, []),
        (
            "parts of a step named",
            AGAIN | FAST | {"steps": ["guess"]},
            [[guessed(6, 1, "guess: credentials")]],
            [("firing", 0)],
        ),
        ("names that are none of the accounts", AGAIN | FAST, [[(30, GUESS)]] * 4, []),
        (
            "a share of expected refusals",
            {"when": "share", "of": {"outcomes": ["refused"]}, "above": "20%", "over": "1s"} | FAST,
            [[(15, {}), (6, GUESS)], *[GOOD] * 2],
            [("firing", 0), ("resolved", 2)],
        ),
        (
            "expected refusals lock nobody out",
            {"when": "count", "of": {"outcomes": ["refused"], "expected": False}} | FAST,
            [[(15, {}), (6, GUESS)]] * 3,
            [],
        ),
    ],
)
def test_when_a_rule_fires_and_resolves(judged, gloss, rule, seconds, expected):
    assert [(state, second) for _, state, second in judged({"it": rule}, *seconds)] == expected, gloss


def test_a_drop_that_was_asked_for_is_no_drop(judged):
    """Half of the steps, since half of the arrivals are planned: the same of what was asked."""
    calm = {"when": "goodput", "drop": "30%", "over": "2s", "against": "5s"} | FAST
    seconds = [GOOD] * 6 + [[(10, {})]] * 6
    assert judged({"it": calm}, *seconds, health=lambda second: health_of(second, 20 if second < 6 else 10)) == []
    assert judged({"it": calm}, *seconds, weight=lambda second: 2.0 if second < 6 else 1.0) == []
    assert judged({"it": calm}, *seconds) != []


def test_a_pause_in_the_plan_is_no_drop_however_many_visitors_there_are(judged):
    """As between two probes of a search."""

    def pausing(second):
        return health_of(second, offered=0 if second >= 10 else 20, visitors=2000)

    rule = {"when": "goodput", "drop": "50%", "over": "2s", "against": "5s"} | FAST
    seconds = [*[GOOD] * 10, *[[]] * 6]
    assert judged({"it": rule}, *seconds, health=pausing, is_open=True) == []
    assert judged({"it": rule}, *seconds, is_open=True) != []  # nothing was answered of what was asked


@pytest.mark.parametrize("step", ["sign-in", "sign-in: code"])
def test_the_end_of_the_sign_ins_before_a_spike_is_no_drop(judged, step):
    """As the pool grows visitors sign in; then they are there, and what arrivals ask for goes on."""
    growing = [*GOOD, (30, {"step": step})]
    rule = {"when": "goodput", "drop": "50%", "over": "2s", "against": "5s"} | FAST
    assert judged({"it": rule}, *[growing] * 6, *[GOOD] * 6) == []


def test_a_bad_time_is_told_once_and_from_its_first_second(judged):
    told = judged({"it": {"when": "absence"}}, *[GOOD] * 3, *[BROKEN] * 40, *[GOOD] * 4)
    assert told == [("it", "firing", 3), ("it", "resolved", 45)]
    (span,) = judged.judge.spans
    assert (span.bad_since_s, span.fired_s, span.resolved_s) == (3, 4.0, 46.0)


def test_goodput_that_never_comes_back_does_not_resolve_when_the_good_time_is_long_past(judged):
    rule = {"when": "goodput", "drop": "50%", "over": "2s", "against": "5s"} | FAST
    told = judged({"it": rule}, *[[(4, {})]] * 9, *[[(1, {})]] * (KEEP_S + 20), *[[(4, {})]] * 5)
    assert [(state, second) for _, state, second in told] == [("firing", 10), ("resolved", 9 + KEEP_S + 20 + 1)]


def test_after_it_resolved_it_does_not_fire_until_it_has_cooled_down(judged):
    rule = {"when": "absence", "keep": "1s", "cool-down": "4s"}
    told = judged({"it": rule}, BROKEN, GOOD, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN)
    assert [(state, second) for _, state, second in told if state == "firing"] == [("firing", 0), ("firing", 6)]


def test_well_is_what_stays_below_the_limit_by_the_hysteresis(judged):
    rule = {
        "when": "share",
        "of": {"outcomes": ["shed"]},
        "above": "20%",
        "over": "1s",
        "keep": "1s",
        "hysteresis": "50%",
    }
    near = [(17, {}), (3, {"outcome": "shed"})]
    well = [(19, {}), (1, {"outcome": "shed"})]
    assert judged({"it": rule}, SHED, near, near, well) == [("it", "firing", 0), ("it", "resolved", 3)]


def test_what_another_alert_explains_is_not_told_then_nor_afterwards(judged):
    rules = {
        "down": {"when": "absence"} | FAST,
        "burn": BURN | {"silenced-by": ["down"]},
        "heard": BURN,
    }
    told = judged(rules, *[GOOD] * 3, *[BROKEN] * 3, *[GOOD] * 9)
    assert {rule for rule, _, _ in told} == {"down", "heard"}


@pytest.mark.parametrize(
    ("changes", "fires"),
    [
        ({}, False),
        ({"start_delay_p99_ms": 600.0}, True),
        ({"loop_lag_max_ms": 1200.0}, True),
        ({"dropped": 2}, True),
        ({"start_delay_p99_ms": None, "loop_lag_max_ms": None}, False),
    ],
)
def test_a_generator_that_cannot_keep_up_is_told(judged, changes, fires):
    rule = {"when": "generator", "start-delay": "500ms", "loop-lag": "1s", "dropped": "5%", "over": "1s"}
    told = judged({"it": rule}, *[GOOD] * 2, health=lambda second: health_of(second, **changes))
    assert bool(told) is fires


@pytest.mark.parametrize(("dropped", "fires"), [(0, False), (1, True)])
def test_where_no_arrival_may_be_dropped_one_is_too_many(judged, dropped, fires):
    rule = {"when": "generator", "dropped": "0%", "over": "1s"}
    assert bool(judged({"it": rule}, *[GOOD] * 2, health=lambda second: health_of(second, dropped=dropped))) is fires


@pytest.mark.parametrize(
    ("gloss", "seconds", "expected"),
    [
        ("the first logins take longer than a second", [QUIET, GOOD, GOOD], []),
        ("nobody is there from the start", [QUIET] * 3, [("firing", 1)]),
        ("nobody is there, and says so", [BROKEN] * 3, [("firing", 0)]),
    ],
)
def test_the_first_arrivals_of_a_run_have_a_second_to_be_answered(judged, gloss, seconds, expected):
    told = judged({"it": {"when": "absence"}}, *seconds)
    assert [(state, second) for _, state, second in told] == expected, gloss
    assert [span.bad_since_s for span in judged.judge.spans] == [0] * len(expected)


def test_so_have_the_first_ones_after_a_pause_in_the_plan(judged):
    """As between two probes of a search."""

    def pausing(second):
        return health_of(second, offered=0 if 3 <= second < 8 else 20, visitors_busy=0)

    seconds = [*[GOOD] * 3, *[QUIET] * 6, GOOD, GOOD]
    assert judged({"it": {"when": "absence"}}, *seconds, health=pausing, is_open=True) == []
    assert judged({"it": {"when": "absence"}}, *seconds) != []


def test_what_was_pending_when_another_alert_came_to_explain_it_has_an_end(judged):
    shed = {"when": "share", "of": {"outcomes": ["broken"]}, "above": "20%", "over": "1s", "for": "5s"}
    half = [(10, {}), (10, {"outcome": "broken"})]
    rules = {"down": {"when": "absence"} | FAST, "it": shed | {"silenced-by": ["down"]}}
    told = judged(rules, GOOD, half, half, BROKEN, BROKEN, *[GOOD] * 6)
    assert [each for each in told if each[0] == "it"] == [("it", "pending", 1), ("it", "inactive", 3)]


def test_a_worker_that_went_away_is_told_by_name_until_the_others_have_long_taken_over(judged):
    gone = []
    rules = {"it": {"when": "worker-lost", "over": "3s", "keep": "2s"}}
    assert judged(rules, GOOD, GOOD, lost=lambda: gone) == []
    gone.append("worker-2")
    told = judged(rules, *[GOOD] * 8, lost=lambda: gone)
    assert told == [("it", "firing", 0), ("it", "resolved", 4)]
    assert "worker-2" in judged.judge.spans[0].sentence


def test_a_second_worker_that_goes_is_told_anew(judged):
    rules = {"it": {"when": "worker-lost", "over": "2s", "keep": "1s", "cool-down": "0s"}}
    told = judged(rules, *[GOOD] * 12, lost=lambda: ["a", "b"][: (judged.second >= 1) + (judged.second >= 7)])
    assert [(state, second) for _, state, second in told] == [
        ("firing", 1), ("resolved", 3), ("firing", 7), ("resolved", 9),
    ]  # fmt: skip
    assert [span.sentence.split(";")[0] for span in judged.judge.spans] == ["Lost over 2 s: a", "Lost over 2 s: b"]


def test_who_was_refused_is_told_by_number_and_how_many_more_there_are(judged):
    judged({"it": AGAIN}, [guessed(9, 17), guessed(7, 4), guessed(6, 5), guessed(5, 6)])
    (span,) = judged.judge.spans
    assert span.sentence == ("Account 17 was refused 9 times over 3 s, and 2 more so often; from 6 on it is an alert.")


REFUSED = {"outcome": "refused", "expected": False, "code": "invalid_grant"}
EACH_SHIPPED = {  # the bad seconds, and what else they raise
    "target-down": ([[(20, {"outcome": "broken"})]] * 8, set()),
    "wrong-answers": ([[(19, {}), (1, {"outcome": "wrong", "code": "wrong-password-accepted"})]], set()),
    "foreign-tokens": ([[(19, {}), (1, {"outcome": "wrong", "code": "wrong-subject"})]], set()),
    "budget-burns-fast": ([[(10, {}), (10, {"outcome": "broken"})]] * 12, {"budget-burns"}),
    "budget-burns": ([[(18, {}), (2, {"outcome": "broken"})]] * 75, set()),
    "login-slow": ([[(18, {}), (2, {"latency_ms": 3000.0})]] * 13, set()),
    "goodput-drop": ([[(5, {})]] * 12, set()),
    "load-shed": ([[(17, {}), (3, {"outcome": "shed"})]] * 8, {"budget-burns-fast"}),
    "refused-logins": ([[(15, {}), (8, GUESS)]] * 8, set()),
    "identity-refused": ([[(19, {}), guessed(1, 17)]] * 12, set()),
    "good-users-refused": ([[(20, {}), (1, REFUSED)]] * 6, set()),
    "refresh-reuse": ([[(20, {}), (1, REFUSED | {"step": "refresh"})]] * 6, set()),
    "generator-unhealthy": ([GOOD] * 8, set()),
    "worker-lost": ([GOOD] * 8, set()),
}


@pytest.mark.parametrize("rule", read_alerting(SHIPPED).rules)
def test_each_shipped_rule_fires_when_its_case_comes_and_resolves_when_it_has_gone(judged, rule):
    bad, also = EACH_SHIPPED[rule]
    first, last = 40, 40 + len(bad)

    def health(second):
        is_ill = rule == "generator-unhealthy" and first <= second < last
        return health_of(second, start_delay_p99_ms=900.0 if is_ill else 1.0)

    def lost():
        return ["worker-1"] if rule == "worker-lost" and judged.second >= first else []

    shipped = yaml.safe_load(SHIPPED.read_text("utf-8"))["rules"]
    told = judged(shipped, *[GOOD] * first, *bad, *[GOOD] * 200, health=health, lost=lost)
    fired = [name for name, state, _ in told if state == "firing"]
    assert rule in fired
    assert set(fired) <= {rule} | also, told
    assert sorted(fired) == sorted(name for name, state, _ in told if state == "resolved")
    assert len(fired) == len(set(fired))
    (at,) = (second for name, state, second in told if (name, state) == (rule, "firing"))
    assert first <= at < last + 1
