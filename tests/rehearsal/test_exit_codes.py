"""Each way in which a run can end leads to its one exit code; of several that apply the one wins that should."""

import io
import logging
import shutil

import pytest

from .conftest import ROOT, Sandbox, rehearser, target_of
from .many import over_processes

STAGES = [{"warm-up": {"for": "1s", "measured": False}}, {"calm": {"for": "2s"}}]
CALM = {"name": "calm", "seed": 5, "visit": "1s", "arrivals": {"login": "25/s", "validate": "25/s"}, "stages": STAGES}
OUT = {"outage": "500", "endpoints": ["token", "introspect"], "from_s": 0}
SLOW = {"delay_ms": 40}
FOR_LONG = [{"warm-up": {"for": "2s", "measured": False}}, {"calm": {"for": "30s"}}]
NEVER = "login p95 < 1ms"
STALL = {"delay_ms": 700}
"""With few accounts, so that arrivals find nobody free."""
TRIES = 3
log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def server():
    """One sandbox for the whole matrix; each run plants what is to be wrong with it."""
    server = Sandbox()
    yield server
    server.close()


@pytest.fixture
def end(tmp_path, server):
    """Run the calm profile with some changes against a server with some faults."""
    return ending(tmp_path, server)


def ending(folder, server):
    """What ``end`` gives, in a folder.

    On a machine whose processors are taken by others a run says rightly that it is not valid; then it is made again.
    """
    rehearse = rehearser(folder)

    def run(*faults, target=None, tamper="", stop=None, options=(), may_be_late=False, **changes):
        environ = server.environ
        if tamper:  # what is compiled cannot be tampered with
            environ = environ | {"TAMPER": tamper, "AUTHSTORM_INTERPRETED": "1"}
        locustfile = ROOT / ("tests/rehearsal/tampered_locustfile.py" if tamper else "locustfile.py")
        for _ in range(TRIES):
            server.plant(*faults)
            ended = rehearse(
                target or target_of(server), profile=CALM | changes, environ=environ, stop=stop, options=options,
                locustfile=locustfile,
            )  # fmt: skip
            if may_be_late or not was_disturbed(ended):
                break
        return ended

    return run


@pytest.fixture(scope="module")
def clean(tmp_path_factory, server):
    """A run with nothing wrong, in which every tenth login is refused as its scenario asks."""
    return ending(tmp_path_factory.mktemp("clean"), server)(tamper="expected")


def was_disturbed(run):
    if not (run.folder / "summary.json").exists():
        return False
    late = {rule["name"]: rule["reason"] for rule in run.json()["validity"] if rule["state"] == "fails"}
    log.warning("not valid: %s", late)
    return bool(late.keys() & {"start-delay", "loop-lag", "arrivals-dropped", "workers"})


def codes(run):
    return run.code, tuple(run.json()["exit_codes"])


def few_accounts(server):
    target = target_of(server)
    return target | {"accounts": target["accounts"] | {"count": 4}}


def test_a_clean_run_with_refusals_that_were_expected_passes(clean):
    assert codes(clean) == (0, (0,)), clean.output
    (login,) = [row for row in clean.json()["steps"] if (row["step"], row["stage"]) == ("login", "all")]
    assert login["expected"] == login["outcomes"]["refused"] > 3
    assert login["failed"] == 0


def test_something_that_fails_inside_is_1(end):
    run = end(tamper="internal")
    assert run.code == 1
    assert "something inside failed" in run.output


def test_a_report_that_cannot_be_written_is_1_and_the_verdict_is_told_all_the_same(end):
    run = end(SLOW, tamper="full", objectives=[NEVER])
    assert run.code == 1
    assert "[FAIL] objectives met: NO" in run.output
    assert "The report could not be written: No space left on device." in run.output
    assert "exit code 1: internal error (also applies: 3)" in run.output


@pytest.mark.parametrize("is_reachable", [True, False], ids=["reachable", "unreachable"])
def test_an_objective_that_names_nothing_is_2_before_the_target_is_asked(end, server, is_reachable):
    there = target_of(server) if is_reachable else target_of(server, url="http://127.0.0.1:9")
    run = end(target=there, objectives=["broken < 1%", "logn p95 < 1s", "shed < 5% in clam"])
    assert run.code == 2
    assert "objectives.1: no visit makes the step 'logn' (did you mean 'login'?)" in run.output
    assert "objectives.2: there is no stage 'clam' (did you mean 'calm'?)" in run.output
    assert run.output.count("calm.yaml:") == 2  # each with its line


def test_a_target_that_cannot_be_reached_is_6(end, server):
    run = end(target=target_of(server, url="http://127.0.0.1:9"), objectives=[NEVER])
    assert run.code == 6


def test_an_objective_that_is_missed_is_3_also_when_nobody_reads_the_output(end):
    def hear_one_line(child):
        line = child.stdout.readline()
        child.stdout.close()
        child.stdout = io.StringIO()
        return line

    run = end(SLOW, objectives=[NEVER], stop=hear_one_line)
    assert codes(run) == (3, (3,))


@pytest.mark.long
def test_an_objective_that_is_missed_is_3_with_workers(end):
    run = end(SLOW, objectives=[NEVER], options=over_processes(2))
    assert codes(run) == (3, (3,)), run.output
    assert run.json()["run"]["workers"] == 2


def test_an_abort_rule_ends_the_run_with_workers_early_with_4_and_its_report_whole(end):
    run = end(OUT, abort=["broken > 50% for 2s in calm"], stages=FOR_LONG, options=over_processes(2))
    assert codes(run) == (4, (4, 3)), run.output
    summary = run.json()
    assert summary["run"]["elapsed_s"] < 15
    assert summary["partial_because"].endswith("by the rule “broken > 50% for 2s in calm”")
    assert {"report.html", "junit.xml", "timeline.csv", "requests.csv", "locust.html"} <= {
        path.name for path in run.folder.iterdir()
    }
    assert sum(run.counts().values()) == sum(
        int(line.split(",")[column(run)]) for line in run.text("timeline.csv").splitlines()[1:]
    )


def column(run):
    return run.text("timeline.csv").splitlines()[0].split(",").index("count")


def test_a_run_in_which_somebody_elses_listener_broke_is_5(end):
    run = end(tamper="listener")
    assert codes(run) == (5, (5,)), run.output
    assert "A listener or greenlet raised an exception" in " ".join(run.output.split())


def test_a_run_whose_arrivals_were_dropped_is_5_before_3(end, server):
    run = end(STALL, target=few_accounts(server), patience="200ms", objectives=["shed > 1%"], may_be_late=True)
    assert codes(run) == (5, (5, 3)), run.output


@pytest.mark.long
def test_a_wrong_answer_is_8(end):
    run = end(tamper="wrong", objectives=["failed < 50%"])
    assert codes(run) == (8, (8,)), run.output


def test_a_wrong_answer_goes_before_an_abort_rule_that_goes_before_all_others(end):
    run = end(tamper="wrong", objectives=[NEVER], abort=["wrong > 1% over 2s in calm"], stages=FOR_LONG)
    assert codes(run) == (8, (8, 4, 3)), run.output
    assert run.json()["run"]["elapsed_s"] < 15


@pytest.fixture
def end_after(end, clean, tmp_path):
    """``end`` beside the clean run as the baseline ``first``."""
    shutil.copytree(clean.folder.resolve(), tmp_path / "reports/baselines/first")
    return end


def test_what_got_worse_than_a_baseline_run_is_7(end_after):
    run = end_after(SLOW, objectives=["login p95 < 110% of run:first", "introspect p50 < 1000000% of run:first"])
    assert codes(run) == (7, (7,)), run.output


@pytest.mark.long
def test_what_got_worse_than_a_baseline_run_goes_behind_an_objective(end_after):
    run = end_after(SLOW, objectives=["login p95 < 110% of run:first", NEVER])
    assert codes(run) == (3, (3, 7)), run.output


def test_a_baseline_run_that_is_not_there_is_2(end_after):
    run = end_after(objectives=["login p95 < 110% of run:frist"])
    assert run.code == 2
    assert "run:frist: there is no such run (did you mean 'first'?)" in run.output
