"""The process: how it starts, where it listens, how it ends."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import requests
from dotenv import dotenv_values

from tests.sandbox.running import PASSWORD, ROOT, Sandbox, start


@pytest.fixture
def fresh(tmp_path):
    """Start sandboxes of the test's own; those that still run afterwards are killed."""
    processes = []

    def begin(*arguments, **environment):
        process = start(tmp_path, "--port", "0", *arguments, **environment)
        processes.append(process)
        return process

    yield begin
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_within_two_seconds_even_with_requests_under_way(fresh, number):
    running = Sandbox(fresh())
    assert running.pid == running.process.pid
    running.control("PUT", "faults", [{"delay_ms": 30_000, "endpoints": ["jwks"]}, {"outage": "hang"}])
    with ThreadPoolExecutor(2) as pool:
        for path in ("jwks", "token"):
            pool.submit(requests.get, f"{running.url}/{path}", timeout=30)
        while running.counts()["in_flight"] < 2:
            time.sleep(0.01)
        began_s = time.perf_counter()
        assert running.stop(number) == 0
        assert time.perf_counter() - began_s < 2


def test_a_port_in_use_makes_it_take_another(fresh, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = fresh("--port", str(port))
        running = Sandbox(process)
        assert int(running.url.rpartition(":")[2]) != port
        assert running.http.get(running.url, timeout=10).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert f"port {port} is in use" in process.communicate(timeout=5)[1]


def test_two_sandboxes_never_share_a_port(fresh):
    first = Sandbox(fresh())
    second = Sandbox(fresh("--port", first.url.rpartition(":")[2]))
    assert first.url != second.url


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.test", "::"])
def test_it_binds_to_loopback_alone(tmp_path, host):
    process = start(tmp_path, "--host", host)
    out, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert f"--host: {host} is not loopback" in errors
    assert not out


def answers(url):
    try:
        return requests.get(url, timeout=10).ok
    except requests.ConnectionError:
        return False


def test_it_ends_with_its_parent(tmp_path):
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'authstorm.sandbox', '--port', '0', '--with-parent'],"
        " stdout=subprocess.PIPE, text=True)\n"
        "print(child.stdout.readline(), flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    words = parent.stdout.readline().split()
    url, child = words[2].decode(), int(words[4])
    try:
        assert answers(url)
        parent.kill()
        parent.wait()
        parent.stdout.close()
        until_s = time.perf_counter() + 2
        while answers(url) and time.perf_counter() < until_s:
            time.sleep(0.05)
        assert not answers(url)
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def test_it_ends_when_nobody_waits_for_its_line_any_more(tmp_path):
    process = start(tmp_path, "--port", "0")
    process.stdout.close()
    assert process.wait(10) == 1
    assert process.stderr.read().endswith("whoever waited for the sandbox is gone\n")
    process.stderr.close()


def test_secrets_that_are_not_set_are_made_once_and_shared(fresh, tmp_path):
    without = {"SANDBOX_PASSWORD": None, "SANDBOX_CLIENT_SECRET": None}
    racing = [Sandbox(process) for process in [fresh(**without) for _ in range(3)]]
    made = tmp_path / ".sandbox.env"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    secrets = dotenv_values(made)
    assert set(secrets) == {"SANDBOX_PASSWORD", "SANDBOX_CLIENT_SECRET", "SANDBOX_CLIENT_KEY"}
    for running in racing:
        answer = running.post(
            "/token", secret=secrets["SANDBOX_CLIENT_SECRET"], grant_type="password",
            username="user00000@example.test", password=secrets["SANDBOX_PASSWORD"],
        )  # fmt: skip
        assert answer.status_code == 200
    assert [path.name for path in tmp_path.iterdir()] == [".sandbox.env"]


def test_no_secret_shows_in_the_process_list_or_the_output(fresh):
    process = fresh()
    running = Sandbox(process)
    running.log_in()
    listed = subprocess.run(["ps", "-o", "args", "-p", str(process.pid)], capture_output=True, text=True, check=True)
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=5)
    assert "rehearsal partner" in errors
    assert "Traceback" not in errors
    assert PASSWORD not in listed.stdout + out + errors


def test_a_costly_hash_takes_long_and_holds_up_nobody_else(fresh):
    running = Sandbox(fresh("--hash-cost", "131072"))
    with ThreadPoolExecutor(1) as pool:
        began_s = time.perf_counter()
        login = pool.submit(running.log_in)
        answered = 0
        with requests.Session() as other:
            while not login.done():
                assert other.get(f"{running.url}/jwks", timeout=10).status_code == 200
                answered += 1
        assert login.result()["token_type"] == "Bearer"
        assert time.perf_counter() - began_s > 0.15
    assert answered > 5


def test_help_says_how_to_plant_a_fault(tmp_path):
    process = start(tmp_path, "--help")
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 0
    for word in ("/control/faults", "admission_per_s", "storm-public", "SANDBOX_PASSWORD", "--hash-cost"):
        assert word in out
