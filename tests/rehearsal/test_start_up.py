"""What can go wrong between the command and the first visit: nothing is loaded that was not meant to be."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from .conftest import PROFILE, ROOT, config, target_of
from .test_orderly_end import LONG, read_until


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_the_load_ends_the_process_without_any(rehearse, number):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        target = config("targets", "sandbox") | {"url": url}
        del target["sandbox"]
        asked = []

        def stop(child):
            with silent.accept()[0]:
                time.sleep(0.2)
                child.send_signal(number)
                asked.append(time.monotonic())
                return child.communicate(timeout=20)[0]

        secrets = {"SANDBOX_PASSWORD": "not-used-here", "SANDBOX_CLIENT_SECRET": "nor-used-here"}
        run = rehearse(target, environ=secrets, stop=lambda child: stop(child) and "")
    assert run.code == 130
    assert time.monotonic() - asked[0] < 5
    assert not run.folder.exists()


@pytest.mark.parametrize("host", ["127.0.0.1:9380", "evil.example.test", "ftp://127.0.0.1", "http://127.0.0.1:99999"])
def test_a_host_that_is_no_address_is_told_so(rehearse, sandbox, host):
    run = rehearse(target_of(sandbox), environ=sandbox.environ, options=("--host", host))
    assert run.code == 2
    assert "--host: host:" in run.output
    assert "Traceback" not in run.output
    assert sandbox.counts()["requests"] == []


def test_no_load_without_a_place_for_the_report(rehearse, sandbox, tmp_path):
    (tmp_path / "taken").write_text("a file")
    options = ("--reports-dir", str(tmp_path / "taken"))
    run = rehearse(target_of(sandbox), environ=sandbox.environ, options=options)
    assert run.code == 2
    assert "cannot be written" in run.output
    assert {row["endpoint"] for row in sandbox.counts()["requests"]} <= {"discovery"}


def test_user_classes_are_chosen_by_the_profile_alone(rehearse, sandbox):
    run = rehearse(target_of(sandbox), environ=sandbox.environ, options=("Login",))
    assert run.code == 2
    assert "the profile also brings refresh, service, session, validate" in run.output


def test_a_certificate_that_is_not_there_is_told(rehearse, sandbox):
    run = rehearse(target_of(sandbox, tls={"ca": "/nowhere.pem"}), environ=sandbox.environ)
    assert run.code == 2
    assert "/nowhere.pem" in run.output
    assert "Traceback" not in run.output


def test_a_run_goes_on_when_nobody_reads_its_terminal(rehearse, sandbox):
    def stop(child):
        child.stdout.readline()
        child.stdout.close()
        child.wait(60)
        child.stdout = open(os.devnull)  # noqa: SIM115 - for communicate
        return ""

    run = rehearse(target_of(sandbox), environ=sandbox.environ, stop=stop)
    assert run.code == run.json()["exit_code"]
    assert run.json()["complete"] is True


class Elsewhere:
    """Runs in a folder of their own, each with a sandbox that it starts itself."""

    def __init__(self, folder: Path):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        target = config("targets", "sandbox") | {"url": f"http://127.0.0.1:{port}"}
        for kind, content in (("targets", target), ("profiles", PROFILE), ("profiles", LONG)):
            (folder / kind).mkdir(exist_ok=True)
            (folder / kind / f"{content['name']}.yaml").write_text(yaml.safe_dump(content))
        self.folder = folder

    def start(self, profile, *options):
        locust = Path(sys.executable).parent / "locust"
        command = [locust, "-f", ROOT / "locustfile.py", "--headless", "--loglevel", "WARNING", "--config-dir", ".",
                   "--spike-profile", profile, *options]  # fmt: skip
        environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return subprocess.Popen(
            list(map(str, command)),
            cwd=self.folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def test_two_runs_at_once_do_not_take_each_others_sandbox(tmp_path):
    elsewhere = Elsewhere(tmp_path)
    first = elsewhere.start("long")
    one = read_until(first, " of 60 s")
    second = elsewhere.start("short")
    two = read_until(second, "Authstorm: ")
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=30)
    two += second.communicate(timeout=60)[0]
    assert "port " in two.split("Authstorm: ")[0], two  # it found the other's port taken
    assert "failed 0" in two
    assert one.count("sandbox ready") == 0
    assert second.returncode in {0, 5}, two  # 5 where this machine was too busy


def test_workers_end_with_a_master_that_was_killed(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("--processes", "2", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port)
    master = Elsewhere(tmp_path).start("long", *options)
    read_until(master, " of 60 s")
    master.kill()
    began = time.monotonic()
    master.communicate(timeout=20)  # the pipe closes when the last of them is gone
    assert time.monotonic() - began < 12
