"""Two runs side by side: directions, noise, and what cannot be compared."""

from dataclasses import replace
from random import Random

import pytest

from authstorm.__main__ import main
from authstorm.report.comparison import Difference, compare, hindrances, judgement
from authstorm.report.comparison_page import render_comparison
from authstorm.report.comparison_words import COLUMNS, comparison_markdown, comparison_text, headline
from authstorm.report.digest import Watched, summarise
from authstorm.report.facts import Rule
from authstorm.report.summary import summary_json
from authstorm.watch.tally import Tally
from tests.report.conftest import samples_of


@pytest.fixture(scope="session")
def run_of(storm):
    """A whole run's summary; ``seed`` draws other latencies, ``change`` alters each sample."""

    def run(seed=7, cores=20.0, change=lambda sample: sample):
        samples = [change(sample) for sample in samples_of(storm.plan.schedule, Random(seed), cores)]
        other = replace(storm, tally=Tally.of(samples), samples=samples)
        watched = Watched(other.tally, other.health, other.judged(), other.run, complete=True)
        return summarise(f"run-{seed}", other.plan, watched, other.health.each_second())

    return run


@pytest.fixture(scope="session")
def usual(run_of):
    return run_of()


def slower(sample):
    """Every login takes half as long again, and 20 ms more."""
    took_s = (sample.done_s - sample.planned_s) * 1.5 + 0.02
    return sample._replace(done_s=sample.planned_s + took_s) if sample.step == "login" else sample


def failing(sample):
    late = sample.step == "token" and sample.outcome == "good" and int(sample.done_s * 1000) % 10 == 0
    return sample._replace(outcome="broken", code="http-500", expected=False) if late else sample


@pytest.mark.parametrize(
    ("figure", "a", "b", "noise", "expected"),
    [
        pytest.param("good a second", 100.0, 90.0, 5.0, "worse", id="less goodput is worse"),
        pytest.param("good a second", 100.0, 110.0, 5.0, "better", id="more goodput is better"),
        pytest.param("p95", 100.0, 110.0, 5.0, "worse", id="more latency is worse"),
        pytest.param("p95", 100.0, 90.0, 5.0, "better", id="less latency is better"),
        pytest.param("failed", 0.01, 0.05, 0.01, "worse", id="more failures are worse"),
        pytest.param("p95", 100.0, 105.0, 5.0, "same", id="as much as the noise is nothing"),
        pytest.param("p95", None, 105.0, 5.0, "unclear", id="too few steps in A"),
        pytest.param("p95", 100.0, 105.0, None, "unclear", id="no noise known"),
    ],
)
def test_a_difference_has_a_direction(figure, a, b, noise, expected):
    assert judgement(figure, a, b, noise) == expected


def test_a_run_is_no_worse_than_itself(usual):
    found = compare(usual, usual)
    assert found.worse == found.better == ()
    assert headline(found) == "No difference between A and B is greater than noise."


def test_runs_that_differ_by_chance_alone_are_no_worse(run_of, usual):
    """Twelve other draws of the same latencies, more than a hundred figures each."""
    alarms = sum(len(compare(usual, run_of(seed)).worse) for seed in range(100, 112))
    assert alarms <= 2


def test_slower_logins_are_found_and_nothing_else(run_of, usual):
    found = compare(usual, run_of(8, change=slower))
    assert {each.step for each in found.worse} == {"login"}
    assert {"p50", "p95"} <= {each.figure for each in found.worse}
    assert found.better == ()
    assert headline(found).startswith("B is worse than A: login p")


def test_the_other_way_round_it_is_better(run_of, usual):
    found = compare(run_of(8, change=slower), usual)
    assert found.worse == ()
    assert {each.step for each in found.better} == {"login"}


def test_one_in_ten_failing_is_found_as_failures_and_lost_goodput(run_of, usual):
    found = compare(usual, run_of(8, change=failing))
    assert {(each.step, each.figure) for each in found.worse} >= {("token", "failed"), ("token", "good a second")}
    assert {each.step for each in found.worse} == {"token", "all steps"}


@pytest.mark.parametrize(("for_s", "is_worse"), [(0.2, False), (2.0, True)], ids=["a moment, as chance", "two seconds"])
def test_a_short_outage_in_a_run_is_no_noise_where_the_other_had_none(run_of, usual, for_s, is_worse):
    def out(sample):
        hit = 20 <= sample.done_s < 20 + for_s
        return sample._replace(outcome="broken", code="http-500", expected=False) if hit else sample

    quiet = [replace(row, failed=0) for row in usual.steps]
    found = compare(replace(usual, steps=tuple(quiet)), run_of(8, change=out))
    assert ("all steps" in {each.step for each in found.worse}) is is_worse
    assert {each.figure for each in found.worse} == ({"failed"} if is_worse else set())


def test_the_headline_does_not_say_that_all_steps_failed(usual):
    worse = Difference("all steps", "all", "failed", 0.0, 0.1, 0.05, "worse")
    less = Difference("login", "spike", "good a second", 20.0, 10.0, 2.0, "worse")
    found = replace(compare(usual, usual), differences=(worse, less))
    assert (
        headline(found)
        == "B is worse than A: failures of all steps (+10.0 points) and goodput of login in spike (-50%)."
    )


def test_all_steps_together_are_the_sum_of_their_steps(usual):
    found = compare(usual, usual)
    told = {(each.stage, each.figure): each.a for each in found.differences if each.step == "all steps"}
    rows = [row for row in usual.steps if row.stage == "baseline"]
    assert told["baseline", "failed"] == sum(row.failed for row in rows) / sum(row.count for row in rows)
    assert told["baseline", "good a second"] == pytest.approx(sum(row.outcomes["good"] for row in rows) / 20)
    assert {stage for stage, _ in told} == {"all", "baseline", "spike", "recovery"}


def test_a_step_that_is_gone_is_worse_and_not_merely_missing(usual):
    gone = replace(usual, steps=tuple(row for row in usual.steps if row.step != "token"))
    assert {each.step for each in compare(usual, gone).worse} == {"token", "all steps"}


def test_a_breathless_generator_says_nothing_of_latency(run_of, usual):
    strained = replace(usual, validity=(Rule("machine-cpu", "warns", "", "The machine was 100% busy."),))
    slow = run_of(8, change=slower)
    assert compare(strained, slow).worse == ()
    assert compare(strained, slow).strains == ("In A, latencies cannot be compared. The machine was 100% busy.",)
    assert {each.step for each in compare(strained, run_of(8, change=failing)).worse} == {"token", "all steps"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"profile": "soak"}, "A ran the profile flash-sale, B ran soak"),
        ({"model": "closed"}, "A has the model open, B closed"),
    ],
)
def test_another_storm_is_not_compared(usual, change, why):
    assert hindrances(usual, replace(usual, run=replace(usual.run, **change))) == [why]


def test_the_same_storm_at_another_scale_is_not_compared(usual):
    stages = tuple(replace(stage, offered=stage.offered * 2) for stage in usual.stages)
    first = hindrances(usual, replace(usual, stages=stages))[0]
    assert first == "in warm-up, A was offered 99 arrivals and B 198"


def test_what_else_differs_is_told(usual):
    other = replace(usual, run=replace(usual.run, target_url="http://127.0.0.1:9999"), versions={"authstorm": "0.2"})
    notes = compare(usual, other).notes
    assert "target url: http://127.0.0.1:8080 in A, http://127.0.0.1:9999 in B" in notes
    assert "authstorm: 0.1.0 in A, 0.2 in B" in notes


def test_the_pages_hold_every_figure_and_say_what_noise_is(run_of, usual):
    found = compare(usual, run_of(8, change=slower))
    worst = next(each for each in found.differences if each.judgement == "worse" and each.figure == "p95")
    for text in (comparison_markdown(found), render_comparison(found)):
        assert text.count("worse") >= len(found.worse)
        assert f"{worst.b:.0f} ms" in text
        assert "four standard errors" in text
    terminal = comparison_text(found, 100)
    assert all(name in terminal for name in COLUMNS)
    assert "Content-Security-Policy" in render_comparison(found)


def test_a_name_cannot_become_markup(usual):
    found = compare(usual, replace(usual, headline="<script>alert(1)</script>|"))
    assert "<script>" not in render_comparison(found)
    assert "<script>" not in comparison_markdown(found)


@pytest.fixture
def folders(usual, tmp_path):
    """Write summaries into run folders; gives their paths."""

    def write(*summaries):
        for number, summary in enumerate(summaries):
            folder = tmp_path / f"run-{number}"
            folder.mkdir()
            (folder / "summary.json").write_text(summary_json(summary))
            yield str(folder)

    return lambda *summaries: list(write(*summaries))


def test_the_command_ends_with_7_on_a_regression_and_leaves_both_pages(folders, run_of, usual, capsys, tmp_path):
    assert main(["compare", *folders(usual, run_of(8, change=slower))]) == 7
    assert "B is worse than A" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "run-1").iterdir()} == {"summary.json", "compare.md", "compare.html"}


def test_the_command_ends_with_0_when_nothing_is_worse(folders, run_of, usual, capsys):
    assert main(["compare", *folders(usual, usual)]) == 0


def test_names_under_the_reports_are_found(folders, usual, tmp_path, capsys):
    folders(usual, usual)
    assert main(["compare", "run-0", "run-1", "--reports-dir", str(tmp_path)]) == 0


def test_a_part_of_a_run_proves_nothing(folders, usual, capsys):
    part = replace(usual, complete=False, partial_because="it was interrupted after 12 s")
    assert main(["compare", *folders(usual, part)]) == 5
    assert "B is only a part of a run: it was interrupted after 12 s." in capsys.readouterr().out


def test_folders_that_are_no_runs_are_all_named(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "summary.json").write_text('{"schema_version": "x"}')
    assert main(["compare", str(tmp_path / "empty"), str(tmp_path / "odd")]) == 2
    told = capsys.readouterr().err
    assert "it is no run folder: it has no summary.json" in told
    assert "it is no summary of a run" in told
    assert main(["compare", str(tmp_path / "nowhere"), str(tmp_path / "empty")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_another_profile_ends_with_2(folders, usual, capsys):
    other = replace(usual, run=replace(usual.run, profile="soak"))
    assert main(["compare", *folders(usual, other)]) == 2
    assert "A ran the profile flash-sale, B ran soak" in capsys.readouterr().err
