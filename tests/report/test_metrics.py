"""The metrics tell what the windows hold, in text that Prometheus's own parser reads, under closed sets of labels."""

import re
import subprocess
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read

from authstorm.report.metrics import RunMetrics
from tests.servers.launch.unpacked import unpacked_program

from .metering import measured, rehearsal, sample

PAGE = Path(__file__).parents[2] / "docs/metrics.md"
OUTCOMES = {"good", "refused", "shed", "broken", "wrong"}


def registry_of(run, pause=lambda: None):
    registry = CollectorRegistry(auto_describe=False)
    registry.register(RunMetrics(lambda: run, pause))
    return registry


def text_of(run):
    return generate_latest(registry_of(run)).decode()


def samples(text):
    """Values by name and labels."""
    found = defaultdict(dict)
    for family in read(text):
        for each in family.samples:
            found[each.name][tuple(sorted(each.labels.items()))] = each.value
    return found


def value(text, name, **labels):
    return samples(text)[name][tuple(sorted(labels.items()))]


def test_steps_are_those_of_the_windows(storm):
    told = samples(text_of(measured(storm)))["authstorm_steps_total"]
    rows = {(row.step, outcome): getattr(row, outcome) for row in storm.tally.step_rows() for outcome in OUTCOMES}
    assert {(dict(key)["step"], dict(key)["outcome"]): n for key, n in told.items()} == {
        key: n for key, n in rows.items() if n
    }
    assert sum(told.values()) == len(storm.samples)


def test_failed_steps_are_those_that_did_not_end_as_asked(storm):
    told = samples(text_of(measured(storm)))["authstorm_steps_failed_total"]
    assert sum(told.values()) == storm.tally.total().failed > 0


def test_arrivals_are_told_by_the_stage_that_they_were_planned_in(storm):
    text = text_of(measured(storm))
    for what, count in zip(("planned", "started", "dropped"), storm.health.arrivals({2}), strict=True):
        assert value(text, f"authstorm_arrivals_{what}_total", stage="spike") == count


@pytest.mark.parametrize("kind", ["latency", "service"])
def test_a_histogram_holds_every_sample_and_is_right_to_a_hundredth(storm, kind):
    told = samples(text_of(measured(storm)))
    name = f"authstorm_step_{kind}_seconds"
    times = [
        (s.done_s - (s.planned_s if kind == "latency" else s.sent_s))
        for s in storm.samples
        if s.step == "login" and s.outcome == "good"
    ]
    labels = (("outcome", "good"), ("step", "login"))
    assert told[f"{name}_count"][labels] == len(times)
    assert told[f"{name}_sum"][labels] == pytest.approx(sum(times))
    buckets = {dict(key)["le"]: n for key, n in told[f"{name}_bucket"].items() if set(labels) <= set(key)}
    assert buckets["+Inf"] == len(times)
    for bound, count in buckets.items():
        least, most = (sum(time <= float(bound) * by for time in times) for by in (0.989, 1.011))
        assert least <= count <= most, bound


def test_each_worker_says_how_it_fares(make_storm):
    storm = make_storm(until_s=40.0, workers=3)
    told = samples(text_of(measured(storm, over=False)))
    last = {record.worker: record for record in storm.health.seconds()}
    for name, field in (("visitors_busy", "visitors_busy"), ("worker_cpu_ratio", "cpu_share")):
        assert {dict(key)["worker"]: n for key, n in told[f"authstorm_{name}"].items()} == {
            worker: getattr(record, field) for worker, record in last.items()
        }
    assert told["authstorm_workers"] == {(("state", "present"),): 3.0, (("state", "lost"),): 0.0}


def test_a_worker_that_was_lost_is_counted_and_no_longer_speaks(make_storm):
    storm = make_storm(until_s=40.0, workers=2, facts={"workers_lost": ("worker-1",)})
    told = samples(text_of(measured(storm, over=False)))
    assert told["authstorm_workers"] == {(("state", "present"),): 1.0, (("state", "lost"),): 1.0}


def test_stage_and_time_left_follow_the_run(make_storm):
    storm = make_storm(until_s=30.0)
    text = text_of(measured(storm, over=False))
    active = {dict(key)["stage"]: n for key, n in samples(text)["authstorm_stage_active"].items()}
    schedule = rehearsal().schedule
    assert active == {s.name: float(s.start_s <= 30 < s.end_s) for s in schedule.stages}
    assert value(text, "authstorm_run_remaining_seconds") == schedule.duration_s - 30
    assert value(text, "authstorm_run_active") == 1


def test_after_the_end_no_stage_is_active_and_the_verdict_stands(storm):
    text = text_of(measured(storm))
    assert not any(samples(text)["authstorm_stage_active"].values())
    assert value(text, "authstorm_verdict_final") == 1
    assert value(text, "authstorm_exit_code") == storm.judged().exit_code
    assert value(text, "authstorm_verdict", part="valid") == storm.judged().valid


def test_while_it_goes_on_the_verdict_leaves_out_what_only_the_end_can_tell(half_storm):
    text = text_of(measured(half_storm, over=False))
    assert not half_storm.judged().valid  # since the run covers a half of its plan
    assert value(text, "authstorm_verdict", part="valid") == 1
    assert value(text, "authstorm_verdict_final") == 0
    assert "authstorm_exit_code" not in text


def test_before_enough_was_measured_there_is_no_verdict(make_storm):
    assert "authstorm_verdict" not in text_of(measured(make_storm(until_s=3.0), over=False))


def test_an_alert_fires_until_it_is_resolved(storm):
    text = text_of(measured(storm))
    slow, shedding = {"rule": "login-is-slow", "severity": "critical"}, {"rule": "shedding", "severity": "warning"}
    assert value(text, "authstorm_alert_firing", **slow) == 1
    assert value(text, "authstorm_alerts_fired_total", **slow) == 2
    assert value(text, "authstorm_alert_firing", **shedding) == 0


def test_before_the_first_run_there_is_the_version_alone():
    assert set(samples(text_of(None))) == {"authstorm_build_info"}


def test_the_official_parser_of_openmetrics_reads_it_too(storm):
    families = list(read_openmetrics(generate_openmetrics(registry_of(measured(storm))).decode()))
    assert {"authstorm_steps", "authstorm_step_latency_seconds"} <= {family.name for family in families}


LABELS = {
    "step": {"authorize", "login", "token", "refresh", "introspect", "userinfo"},
    "outcome": OUTCOMES,
    "stage": {"warm-up", "baseline", "spike", "recovery"},
    "state": {"present", "lost"},
    "part": {"valid", "met", "correct"},
    "rule": {"login-is-slow", "shedding"},
    "severity": {"critical", "warning"},
    "profile": {"flash-sale"},
    "target": {"sandbox"},
    "model": {"open"},
}


def test_every_label_has_a_closed_set_of_values(storm):
    for name, values in samples(text_of(measured(storm))).items():
        for key in values:
            for label, told in key:
                if label in {"le", "version"}:
                    continue
                assert re.fullmatch(r"worker-\d+", told) if label == "worker" else told in LABELS[label], (name, key)


@pytest.mark.parametrize("name", ["/login?user=ada", "ada@example.test", "https://auth.test/token", "a b", "ä", ""])
def test_a_step_whose_name_could_be_an_address_or_an_identity_is_other(storm, name):
    storm = replace(storm, tally=type(storm.tally).of([sample(step=name), sample(step="login")]))
    told = samples(text_of(measured(storm)))["authstorm_steps_total"]
    assert {dict(key)["step"]: n for key, n in told.items()} == {"login": 1, "other": 1}


def test_a_thousand_step_names_make_a_hundred_series(storm):
    tally = type(storm.tally).of([sample(step=f"step-{number:04d}") for number in range(1000)])
    told = samples(text_of(measured(replace(storm, tally=tally))))["authstorm_steps_total"]
    assert len(told) == 101
    assert sum(told.values()) == 1000


def test_the_load_gets_its_turn_while_the_page_is_made(storm):
    turns = []
    text = generate_latest(registry_of(measured(storm), lambda: turns.append(1))).decode()
    assert len(turns) > text.count("\n") / 30


def families_of(storm):
    return {family.name: family for family in read(text_of(measured(storm)))}


def test_every_metric_is_on_the_page_and_every_metric_of_the_page_exists(storm):
    told = {f"{name}_total" if family.type == "counter" else name for name, family in families_of(storm).items()}
    described = set(re.findall(r"^\| `(authstorm_\w+)", PAGE.read_text("utf-8"), re.MULTILINE))
    assert described == told


def test_names_follow_the_conventions(storm):
    for name, family in families_of(storm).items():
        assert family.documentation.endswith("."), name
        assert not re.search(r"_(ms|milliseconds|percent|count|sum|bucket)$", name)
        assert family.type != "histogram" or name.endswith("_seconds")


@pytest.mark.real
def test_promtool_finds_nothing_to_mend(storm):
    promtool = unpacked_program("promtool", "prometheus")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=text_of(measured(storm)), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
