"""A run that cannot work ends before its first request, with its own exit code and everything that is wrong."""

from .conftest import PROFILE, target_of


def test_every_problem_is_told_at_once_with_file_line_and_nearest_word(rehearse, sandbox):
    target = target_of(sandbox) | {"scop": "openid"}
    profile = PROFILE | {"spacing": "evn", "stages": [{"spike": {"peek": "10x", "hold": "2 parsecs"}}]}
    run = rehearse(target, profile=profile, environ=sandbox.environ)
    assert run.code == 2
    assert "short.yaml:13: spacing: 'evn' is not known (did you mean 'even'?)" in run.output
    assert "stages.0.spike.peek: unknown key (did you mean 'peak'?)" in run.output
    assert "'2 parsecs' is not a duration" in run.output
    assert "scop: unknown key (did you mean 'scope'?)" in run.output
    assert sandbox.counts()["requests"] == []


def test_a_host_that_is_not_allowed_is_not_loaded(rehearse, sandbox):
    run = rehearse(target_of(sandbox, url="https://login.example.test"), environ=sandbox.environ)
    assert run.code == 2
    assert "'login.example.test' is neither loopback nor allowed" in run.output
    assert "allow: [login.example.test]" in run.output


def test_the_command_line_cannot_lead_to_a_host_that_is_not_allowed(rehearse, sandbox):
    run = rehearse(target_of(sandbox), environ=sandbox.environ, options=("--host", "https://login.example.test"))
    assert run.code == 2
    assert "'login.example.test' is neither loopback nor allowed" in run.output


def test_an_endpoint_on_a_host_that_is_not_allowed_is_refused(rehearse, sandbox):
    target = target_of(sandbox, endpoints={"token": "https://login.example.test/token"})
    run = rehearse(target, environ=sandbox.environ)
    assert run.code == 2
    assert "'login.example.test' is neither loopback nor allowed" in run.output


def test_a_peak_above_the_ceiling_is_refused_with_a_scale_that_fits(rehearse, sandbox):
    run = rehearse(target_of(sandbox, ceiling="10/s"), environ=sandbox.environ)
    assert run.code == 2
    assert "the peak of 37/s is above 10/s" in run.output
    assert "SCALE=0.27" in run.output
    assert sandbox.counts()["requests"] == []


def test_a_scaled_run_stays_under_the_ceiling(rehearse, sandbox):
    run = rehearse(target_of(sandbox, ceiling="10/s"), environ=sandbox.environ, options=("--spike-scale", "0.27"))
    assert run.json()["verdicts"]["objectives"]["answer"] == "yes", run.output
    assert sum(run.counts().values()) < 200
    before, _ = run.output.split("steady  ", 1)[1].split("report.html", 1)
    assert before.count("note: few-samples-p95: p95 needs 20 good samples a step") == 1  # as on the plan's page


def test_a_plan_that_cannot_work_is_refused_as_on_its_page(rehearse, sandbox):
    profile = PROFILE | {"stages": [{"calm": {"for": "3s", "measured": False}}]}
    run = rehearse(target_of(sandbox), profile=profile, environ=sandbox.environ)
    assert run.code == 2
    assert "profile short: nothing-measured: No stage is measured" in run.output
    assert sandbox.counts()["requests"] == []


def test_a_target_that_does_not_answer_ends_the_run_with_6(rehearse, sandbox):
    run = rehearse(target_of(sandbox, url="http://127.0.0.1:9"), environ=sandbox.environ)
    assert run.code == 6
    assert "no discovery document at http://127.0.0.1:9 (broken: connect-failed)" in run.output


def test_a_secret_that_is_not_set_is_named(rehearse, sandbox):
    accounts = {"pattern": "user{n:05d}@example.test", "count": 100, "password": {"env": "NOWHERE_SET"}}
    run = rehearse(target_of(sandbox, accounts=accounts), environ=sandbox.environ)
    assert run.code == 2
    assert "set NOWHERE_SET in the environment or in .env, or NOWHERE_SET_FILE" in run.output


def test_a_secret_in_the_file_is_refused_without_being_shown(rehearse, sandbox):
    run = rehearse(target_of(sandbox, client={"id": "storm", "secret": "hunter2hunter2"}), environ=sandbox.environ)
    assert run.code == 2
    assert "a secret never stands in YAML" in run.output
    assert "hunter2hunter2" not in run.output


def test_a_profile_that_does_not_exist_is_answered_with_the_nearest(rehearse, sandbox):
    run = rehearse(target_of(sandbox), environ=sandbox.environ, options=("--spike-profile", "shord"))
    assert run.code == 2
    assert "did you mean 'short'?" in run.output
