"""Resilience against arithmetic truth: storms whose beginning, end and depth are known to the second."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from authstorm.plan.rule_reader import read_rule
from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from authstorm.watch.facts import AlertSpan, RunFacts
from authstorm.watch.indicator import Moment, Mood
from authstorm.watch.resilience import recovery_of, resilience
from authstorm.watch.storm import storm_of
from authstorm.watch.tally import Tally

RATE = 20


def plan(*stages, model="open"):
    """A schedule of (name, seconds, rate, measured) whose even arrivals never fall on the border of a second."""
    built, segments, now = [], [], 0
    for name, seconds, rate, *measured in stages:
        built.append(Stage(name, now, now + seconds, *measured))
        segments.append(Segment(now, now + seconds, rate, rate))
        now += seconds
    return Schedule(tuple(built), (Stream("visit", Curve(tuple(segments)), phase=0.5),), model)


HOLD = plan(("hold", 30, RATE))
SPIKE = plan(("warm-up", 2, RATE, False), ("baseline", 8, RATE), ("spike", 10, RATE * 5), ("recovery", 20, RATE))


@pytest.fixture
def watched(sample):
    """The resilience of a run in which each arrival is one step; ``how`` gives its outcome and latency by second.

    A latency of None means that no answer came at all.
    """

    def make(schedule, how, alerts=(), ended_s=None, rules=()):
        ended_s = ended_s or schedule.duration_s
        samples = []
        for moment in schedule.streams[0].arrivals():
            outcome, latency_ms = how(moment)
            if latency_ms is not None and moment < ended_s:
                stage = schedule.stage_at(moment)
                samples.append(sample(int(moment) + 0.5, outcome, latency_ms, stage=stage))
        run = RunFacts(ended_s, alerts=tuple(alerts))
        return resilience(Tally.of(samples), schedule, run, tuple(map(read_rule, rules)))

    return make


def out(begins_s, ends_s, outcome="broken", latency_ms=20.0):
    return lambda moment: (outcome, latency_ms) if begins_s <= moment < ends_s else ("good", 20.0)


def slow(begins_s, ends_s, latency_ms):
    return out(begins_s, ends_s, "good", latency_ms)


def most_shed(moment):
    return ("shed" if 10 <= moment < 20 and moment % 1 > 0.1 else "good"), 20.0


def told(storm):
    return storm.onset_s, storm.recovery_from_s, storm.recovery_s, storm.recovery_at_least_s


@pytest.mark.parametrize(
    ("gloss", "schedule", "how", "expected"),
    [
        ("nothing in a hold", HOLD, out(90, 91), (None, None, None, None)),
        ("an outage in a hold", HOLD, out(10, 15), (10, 10, 5.0, None)),
        ("one that begins and ends inside seconds", HOLD, out(10.6, 14.6), (10, 10, 5.0, None)),
        ("one that sheds", HOLD, out(10, 15, "shed"), (10, 10, 5.0, None)),
        ("one that hangs", HOLD, out(10, 15, latency_ms=None), (10, 10, 5.0, None)),
        ("answers that take ten times as long", HOLD, slow(10, 15, 200.0), (10, 10, 5.0, None)),
        ("twice as long, but nobody feels it", HOLD, slow(10, 15, 45.0), (None, None, None, None)),
        ("one bad second alone is chance", HOLD, out(10, 11), (None, None, None, None)),
        ("an outage to the end", HOLD, out(20, 40), (20, 20, None, 10.0)),
        ("one that was over two seconds before the end", HOLD, out(20, 28), (20, 20, None, 8.0)),
        ("one that was over three seconds before the end", HOLD, out(20, 27), (20, 20, 7.0, None)),
        ("a spike that is withstood", SPIKE, out(90, 91), (None, 20, 0.0, None)),
        ("a spike that hurts while it lasts", SPIKE, out(12, 20, "shed"), (12, 20, 0.0, None)),
        ("a spike that hurts for five seconds after its fall", SPIKE, out(12, 25), (12, 20, 5.0, None)),
        ("one whose pain is over before its fall", SPIKE, out(12, 16), (12, 20, 0.0, None)),
        ("a queue that is still there after the fall", SPIKE, slow(11, 27, 900.0), (11, 20, 7.0, None)),
        ("no recovery within the run", SPIKE, out(12, 60), (12, 20, None, 20.0)),
        ("what hurts before the spike is none of its doing", SPIKE, out(5, 8), (5, 5, 3.0, None)),
        ("the warm-up does not count", SPIKE, out(0, 2), (None, 20, 0.0, None)),
    ],
)
def test_onset_and_recovery_are_those_of_the_storm(watched, gloss, schedule, how, expected):
    assert told(watched(schedule, how)) == expected, gloss


@pytest.mark.parametrize("step", ["sign-in", "sign-in: code"])
def test_sign_ins_before_the_first_arrivals_are_not_what_arrivals_ask_for(sample, step):
    """As many sign-ins as arrivals in the baseline: the storm, which has none, does not fall short by that."""
    came = list(SPIKE.streams[0].arrivals())
    samples = [sample(int(moment) + 0.5, stage=SPIKE.stage_at(moment)) for moment in came]
    aside = [sample(int(moment) + 0.5, stage=1, step=step) for moment in came if 2 <= moment < 10 for _ in range(2)]
    assert told(resilience(Tally.of([*samples, *aside]), SPIKE, RunFacts(40.0))) == (None, 20, 0.0, None)


@pytest.mark.parametrize("step", ["sign-in", "sign-in: code"])
def test_sign_ins_do_not_stand_in_for_the_arrivals_that_got_no_answer(sample, step):
    served = [moment for moment in SPIKE.streams[0].arrivals() if not 12 <= moment < 18]
    samples = [sample(int(moment) + 0.5, stage=SPIKE.stage_at(moment)) for moment in served]
    aside = [sample(second + 0.5, stage=2, step=step) for second in range(12, 18) for _ in range(90)]
    storm = resilience(Tally.of([*samples, *aside]), SPIKE, RunFacts(40.0))
    assert storm.onset_s == 12
    assert storm.retained_goodput == 0


def test_a_relapse_puts_the_recovery_off_and_a_single_bad_second_does_not(watched):
    def twice(second_from, second_to):
        first, second = out(12, 24), out(second_from, second_to)
        return lambda moment: first(moment) if moment < 24 else second(moment)

    assert told(watched(SPIKE, twice(30, 33))) == (12, 20, 13.0, None)
    assert told(watched(SPIKE, twice(30, 31))) == (12, 20, 4.0, None)


MOODS = {"c": Mood.CALM, "-": Mood.BETWEEN, "x": Mood.BAD, ".": Mood.EMPTY}


@pytest.mark.parametrize(
    ("gloss", "moods", "expected"),
    [
        ("calm all along", "cccccccc", (0.0, None)),
        ("back after two", "ccxxcccc", (2.0, None)),
        ("in between is not back", "ccxx--ccc", (4.0, None)),
        ("a tremble breaks the row of calm seconds", "ccxxcc-ccc", (5.0, None)),
        ("once back, a tremble is none", "ccxxccc-c", (2.0, None)),
        ("seconds in which nobody came say nothing", "ccxx..c.cc", (4.0, None)),
        ("two calm seconds are too few", "ccxxcc", (None, 2.0)),
        ("never back", "ccxxxx", (None, 4.0)),
        ("bad again at the end", "ccxxccccxx", (None, 8.0)),
    ],
)
def test_recovery_has_hysteresis(gloss, moods, expected):
    seconds = [SimpleNamespace(second=index, mood=MOODS[mood]) for index, mood in enumerate(moods)]
    assert recovery_of(seconds, 2.0) == expected, gloss


@pytest.mark.parametrize(
    ("gloss", "moment", "mood"),
    [
        ("all well", Moment(0, 100, 100, 0, 100.0, 2000.0, 2000.0, 100), Mood.CALM),
        ("one in a hundred failed", Moment(0, 100, 99, 1, 100.0), Mood.CALM),
        ("five in a hundred failed", Moment(0, 100, 95, 5, 100.0), Mood.BETWEEN),
        ("six in a hundred failed", Moment(0, 100, 94, 6, 100.0), Mood.BAD),
        ("twice as slow and 60 ms slower", Moment(0, 10, 10, 0, 10.0, 1210.0, 600.0, 10), Mood.BAD),
        ("1.9 times as slow", Moment(0, 10, 10, 0, 10.0, 1140.0, 600.0, 10), Mood.BETWEEN),
        ("1.4 times as slow", Moment(0, 10, 10, 0, 10.0, 840.0, 600.0, 10), Mood.CALM),
        ("five times as slow, but by 4 ms", Moment(0, 10, 10, 0, 10.0, 50.0, 10.0, 10), Mood.CALM),
        ("half of what was asked for", Moment(0, 50, 50, 0, 100.0), Mood.CALM),
        ("less than half", Moment(0, 49, 49, 0, 100.0), Mood.BAD),
        ("less than half of hardly anything", Moment(0, 1, 1, 0, 4.0), Mood.CALM),
        ("nobody came", Moment(0), Mood.EMPTY),
    ],
)
def test_a_second_is_bad_calm_or_in_between(gloss, moment, mood):
    assert moment.mood is mood, gloss


@pytest.mark.parametrize(
    ("fired", "expected"),
    [((), None), ((14.0,), 4.0), ((3.0, 16.5, 12.5), 2.5), ((3.0,), None)],
    ids=["no alert", "one", "the first after the onset", "one that was before"],
)
def test_time_to_detect_is_from_the_onset_to_the_first_alert_after_it(watched, fired, expected):
    alerts = [AlertSpan("broken", "critical", 0.0, fired_s) for fired_s in fired]
    assert watched(HOLD, out(10, 15), alerts).detect_s == expected


@pytest.mark.parametrize(
    ("gloss", "schedule", "how", "expected"),
    [
        ("nothing is left of an outage", HOLD, out(10, 15), 0.0),
        ("a spike that is withstood", SPIKE, out(90, 91), 1.0),
        ("nine of ten arrivals in the spike are shed", SPIKE, most_shed, 0.1),
    ],
)
def test_retained_goodput_is_measured_by_what_was_asked_for(watched, gloss, schedule, how, expected):
    """In the last row 10 of 100 a second are good in the spike."""
    assert watched(schedule, how).retained_goodput == pytest.approx(expected, abs=0.02), gloss


def test_amplification_is_steps_over_those_that_were_meant(sample, schedule):
    samples = [sample(12, stage=1, attempt=attempt) for attempt in (1, 1, 1, 1, 2, 2, 3)]
    run = RunFacts(ended_s=20.0)
    assert resilience(Tally.of(samples), schedule, run).amplification == pytest.approx(7 / 4)
    assert resilience(Tally(), schedule, run).amplification is None


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), (None, "")),
        (("login p95 < 1s",), (None, "")),
        (("broken < 20%", "failed < 50%"), (0.5, "broken < 20%")),
        (("broken < 20%", "failed < 5%", "shed < 1%"), (2.0, "failed < 5%")),
    ],
)
def test_the_error_budget_is_that_of_the_objective_that_burnt_most(watched, rules, expected):
    """Three of thirty seconds are broken: a tenth of the steps."""
    storm = watched(HOLD, out(10, 13), rules=rules)
    assert (storm.budget_burnt, storm.budget_line) == (pytest.approx(expected[0]), expected[1])


@pytest.mark.parametrize(
    ("gloss", "schedule", "expected"),
    [
        ("one stage", HOLD, None),
        ("a spike", SPIKE, 2),
        ("hardly higher", plan(("a", 9, 20), ("b", 9, 28), ("c", 9, 20)), None),
        ("nothing behind it", plan(("a", 9, 20), ("b", 9, 90)), None),
        ("the highest of two", plan(("a", 9, 20), ("b", 9, 90), ("c", 9, 20), ("d", 9, 200), ("e", 9, 20)), 3),
        ("nothing measured before it", plan(("a", 9, 20, False), ("b", 9, 90), ("c", 9, 20)), None),
    ],
)
def test_the_storm_is_the_stage_whose_load_stands_out(gloss, schedule, expected):
    assert storm_of(schedule) == expected, gloss


def test_a_closed_run_is_judged_by_failures_and_latency_alone(watched):
    closed = plan(("hold", 30, RATE), model="closed")
    assert told(watched(closed, out(10, 15))) == (10, 10, 5.0, None)
    assert told(watched(closed, out(10, 15, latency_ms=None))) == (None, None, None, None)
