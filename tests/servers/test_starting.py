"""Real servers start, take their settings and end without leaving anything behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.servers.asking import Asking
from tests.servers.endpoints import OF
from tests.servers.real_server import ROOT, free_port, real_server

pytestmark = pytest.mark.real
RUN = [sys.executable, "tests/servers/run.py"]


@pytest.mark.parametrize("name", OF)
def test_the_end_of_a_server_leaves_no_process(name: str):
    with real_server(name) as server:
        Asking(server).service()
        assert server.runs()
    assert not server.runs()


@pytest.mark.parametrize("name", OF)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_run_py_with_0_and_its_server_with_it(name: str, number: int):
    port = free_port()
    with subprocess.Popen(
        [*RUN, name, "--port", str(port)], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        assert run.stdout.readline() == f"{name} ready http://127.0.0.1:{port}\n"
        run.send_signal(number)
        assert run.wait(20) == 0
        with pytest.raises(ProcessLookupError):
            os.killpg(run.pid, 0)


@pytest.mark.parametrize("name", OF)
def test_a_server_ends_with_the_process_that_started_it(name: str):
    starter = (
        "import subprocess, sys\n"
        "run = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True, start_new_session=True)\n"
        "print(run.pid, run.stdout.readline(), flush=True)\n"
    )
    command = [sys.executable, "-c", starter, *RUN, name, "--follow-parent", "--port", str(free_port())]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True).stdout
    group = int(said.split()[0])
    assert "ready" in said
    give_up_at = time.monotonic() + 20
    while _lives(group):
        assert time.monotonic() < give_up_at, "the server outlived its starter"
        time.sleep(0.1)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_taken_port_is_said_before_anything_is_started():
    with real_server("oidc-provider") as server:
        port = server.url.rpartition(":")[2]
        with pytest.raises(RuntimeError, match=f"port {port} is taken .*use --port"):
            real_server("oidc-provider", port=int(port)).__enter__()
        assert Asking(server).service().status_code == 200


@pytest.mark.parametrize("name", OF)
def test_a_changed_secret_is_the_one_that_counts(name: str, monkeypatch: pytest.MonkeyPatch):
    with real_server(name) as server:
        before = server.password
    for word in ("OIDC_PROVIDER", "DOT"):
        monkeypatch.setenv(f"{word}_PASSWORD", "another password")
        monkeypatch.setenv(f"{word}_CLIENT_SECRET", "another-secret")
    with real_server(name) as server:
        ask = Asking(server)
        assert (server.password, server.client_secret) == ("another password", "another-secret")
        assert ask.login("user0001").status_code == 200
        assert ask.login("user0001", before).status_code == 400


@pytest.mark.parametrize("name", OF)
def test_a_new_start_forgets_the_tokens_and_counts_of_the_one_before(name: str):
    port = free_port()
    with real_server(name, port=port) as server:
        token = Asking(server).login("user0001").json()["access_token"]
    with real_server(name, port=port) as server:
        assert server.counts().logins == 0
        assert Asking(server).userinfo(token).status_code == 401


@pytest.mark.parametrize("name", OF)
def test_lifetimes_can_be_set_so_short_that_tokens_die(name: str):
    with real_server(name, "--access-ttl", "1", "--refresh-ttl", "1") as server:
        ask = Asking(server)
        tokens = ask.login("user0001").json()
        assert tokens["expires_in"] == 1
        time.sleep(3.1)  # there, a refresh token's life begins at the end of the access token's
        assert ask.userinfo(tokens["access_token"]).status_code == 401
        assert ask.refresh(tokens["refresh_token"]).status_code == 400


@pytest.mark.parametrize("name", OF)
def test_a_real_hash_costs_several_times_what_a_cheap_one_does(name: str):
    took = {}
    for cost in ("cheap", "real"):
        with real_server(name, "--hash", cost) as server:
            took[cost] = min(Asking(server).login(f"user000{number}").elapsed for number in range(5))
    assert took["real"] > 2 * took["cheap"]


@pytest.mark.parametrize("name", ["oidc-provider"])
def test_a_limit_of_requests_at_once_sheds_the_others_and_then_serves_again(name: str):
    with real_server(name, "--hash", "real", "--at-once", "1") as server, ThreadPoolExecutor(8) as pool:
        answers = [
            each.status_code for each in pool.map(lambda user: Asking(server).login(f"user{user:04d}"), range(8))
        ]
        assert set(answers) == {200, 503}
        assert Asking(server).login("user0009").status_code == 200
        assert server.counts().logins == answers.count(200) + 1
