"""The five lines of the page in a locustfile that is not ours: an outage fires, resolves, and reaches a receiver."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from tests.receivers import published_rules
from tests.receivers.http_receiver import receiving

from .conftest import ROOT

USERS = """
from locust import HttpUser, constant, task

class Somebody(HttpUser):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.client.get("/", name="look")
"""
RULES = {
    "down": {"when": "absence", "severity": "critical", "keep": "1s"},
    "slow": {"when": "latency", "steps": ["look"], "above": "5s", "over": "2s"},
}
OUT_FROM_S, OUT_TO_S = 3.0, 6.0


def five_lines():
    page = (ROOT / "docs/alert-receivers.md").read_text("utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    return block


def test_it_is_five_lines():
    assert len([line for line in five_lines().splitlines() if line.strip()]) == 5


@contextmanager
def target():
    """Answers 500 while its outage lasts, which begins and ends so long after the first request."""
    began = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            began.append(time.monotonic())
            since_s = began[-1] - began[0]
            self.send_response(500 if OUT_FROM_S <= since_s < OUT_TO_S else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def locust(tmp_path):
    """Runs Locust in a folder of somebody else's, and gives its exit code, what it said and the changes of alerts."""

    def run(alerts, *options):
        (tmp_path / "alerts.yaml").write_text(yaml.safe_dump(alerts))
        (tmp_path / "locustfile.py").write_text(five_lines() + USERS)
        command = [Path(sys.executable).parent / "locust", "--headless", "-u", "4", "-r", "4", *options]
        done = subprocess.run(
            [*command, "--exit-code-on-error", "0"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        path = tmp_path / "alerts.jsonl"
        changes = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        return done.returncode, done.stdout + done.stderr, changes

    return run


@pytest.mark.parametrize(
    "options", [(), pytest.param(("--processes", "2"), marks=pytest.mark.long)], ids=["one process", "two workers"]
)
def test_an_outage_fires_and_resolves_and_a_receiver_hears_of_both(locust, options):
    with target() as url, receiving(published_rules.webhook) as hook:
        alerts = {"rules": RULES, "receivers": {"hook": {"kind": "webhook", "url": hook.url}}}
        with_credentials = url.replace("//", "//somebody:T0VERYSECRET@")
        code, said, changes = locust(alerts, "--host", with_credentials, "-t", "10s", *options)
        assert code == 0, said
        assert [(change["rule"], change["state"]) for change in changes] == [
            ("down", "firing"),
            ("down", "resolved"),
        ], said
        fired, resolved = changes
        assert fired["at_s"] - fired["bad_since_s"] <= 4
        assert resolved["at_s"] - fired["bad_since_s"] <= OUT_TO_S - OUT_FROM_S + 10
        assert [body["status"] for body in hook.bodies] == ["firing", "resolved"]
        assert hook.bodies[0]["commonLabels"]["target"] == url
        assert "T0VERYSECRET" not in json.dumps(hook.bodies)
        assert hook.broken == []
        assert "alert down (critical) firing" in said


def test_a_critical_alert_ends_the_run_and_a_bad_file_keeps_it_from_starting(locust):
    with target() as url:
        down = RULES["down"] | {"abort": True}
        code, said, changes = locust({"rules": {"down": down}}, "--host", url, "-t", "30s")
        assert (code, changes[-1]["state"]) == (4, "firing"), said
        code, said, _ = locust({"rules": {"down": {"when": "absnce"}}}, "--host", url, "-t", "1s")
        assert code == 2
        assert "alerts.yaml:" in said
        assert "did you mean 'absence'" in said
