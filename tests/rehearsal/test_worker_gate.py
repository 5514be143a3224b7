"""Who is let into a distributed run: the same token, the same version, the same plan, and all it needs to load."""

import secrets

import psutil
import pytest

from .conftest import target_of
from .many import ROOT, SERVICE

pytestmark = pytest.mark.long

SHORT = SERVICE | {"name": "brief", "stages": [{"steady": {"for": "3s"}}]}
TOKEN = secrets.token_urlsafe(24)


def test_workers_that_differ_are_refused_and_told_why_on_both_sides_before_any_load(many, sandbox):
    crew = many(SHORT)
    crew.start_master(1, environ={"AUTHSTORM_TOKEN": TOKEN})
    differ = {
        "the same files, PROFILE, TARGET, SCALE and SEED": crew.start_worker(
            "--spike-seed", "4", environ={"AUTHSTORM_TOKEN": TOKEN}
        ),
        "does not know its token": crew.start_worker(environ={"AUTHSTORM_TOKEN": secrets.token_urlsafe(24)}),
        "the master does not know": crew.start_worker(),
        "Authstorm 99.0.0": crew.start_worker(
            "-f", ROOT / "tests/rehearsal/other_version_locustfile.py", environ={"AUTHSTORM_TOKEN": TOKEN}
        ),
    }
    for why, worker in differ.items():
        assert worker.end(40) == 2, worker.output
        assert why in worker.output
        assert "Traceback" not in worker.output
    assert {row["endpoint"] for row in sandbox.counts()["requests"]} <= {"discovery"}
    for why in ("its plan", "it is Authstorm 99.0.0, and the master is"):
        assert why in crew.master.output
    right = crew.start_worker(environ={"AUTHSTORM_TOKEN": TOKEN})
    run = crew.finish()
    assert right.end(20) == 0, right.output
    assert run.json()["run"]["workers"] == 1
    assert run.json()["generator"]["offered"] == 90


def test_a_worker_without_the_targets_secrets_is_not_let_in_and_both_sides_say_so(many, sandbox):
    crew = many(SHORT, target_of(sandbox) | {"client": {"id": "storm-client", "secret": {"env": "NOT_ON_WORKERS"}}})
    crew.start_master(1, "--expect-workers-max-wait", 12, environ={"NOT_ON_WORKERS": "only-the-master-has-it"})
    worker = crew.start_worker()
    assert worker.end(40) == 2, worker.output
    assert "NOT_ON_WORKERS" in worker.output
    assert crew.master.end(30) == 1
    assert "cannot take part" in crew.master.output
    assert "NOT_ON_WORKERS" in crew.master.output


@pytest.mark.parametrize(
    ("options", "environ", "why"),
    [
        (("--master-bind-host", "0.0.0.0"), {}, "can be reached by other machines, and AUTHSTORM_TOKEN is not set"),
        ((), {"AUTHSTORM_TOKEN": "short"}, "fewer than 16 characters"),
        ((), {"AUTHSTORM_TOKEN_FILE": "/nowhere"}, "AUTHSTORM_TOKEN"),
    ],
)
def test_a_master_with_an_open_door_does_not_start(many, options, environ, why):
    master = many(SHORT).start_master(1, *options, environ=environ)
    assert master.end(30) == 2, master.output
    assert why in master.output


def test_nothing_listens_beyond_loopback_unless_told(many):
    crew = many(SHORT)
    locust = crew._start([*crew.plan, "--reports-dir", crew.folder / "reports", "--master", "--master-bind-port",
                          crew.port, "--headless", "--expect-workers", 2], {}, ())  # fmt: skip
    crew.master = locust
    workers = [crew.start_worker() for _ in range(2)]
    crew.master.wait_for("2 workers connected")
    listening = {
        connection.laddr.ip
        for process in (locust, *workers)
        for each in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for connection in each.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}
    assert crew.finish().json()["run"]["workers"] == 2
