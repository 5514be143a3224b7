"""A rehearsal room as a process of its own, with its files in one folder."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import requests
import yaml

from .many import ROOT

SHORT = {
    "name": "short",
    "arrivals": {"login": "8/s", "validate": "8/s"},
    "seed": 3,
    "stages": [{"warm-up": {"for": "1s", "measured": False}}, {"steady": {"for": "3s"}}],
}
LONG = SHORT | {"name": "long", "stages": [{"warm-up": {"for": "1s", "measured": False}}, {"steady": {"for": "60s"}}]}
READY_WITHIN_S = 30


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Room:
    """A started process; ``session`` asks it as a program would, ``token`` is what its page holds."""

    def __init__(
        self, folder, targets, profiles=(SHORT, LONG), *,
        options=(), environ=(), profile="short", locustfile=ROOT / "locustfile.py",
    ):  # fmt: skip
        self.folder = Path(folder)
        for kind, contents in (("targets", targets), ("profiles", profiles)):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
            for content in contents:
                (self.folder / kind / f"{content['name']}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.reports = self.folder / "reports"
        self.output = self.folder / "output"
        command = [
            Path(sys.executable).parent / "locust", "-f", locustfile, "--loglevel", "INFO",
            "--web-port", self.port, "--config-dir", self.folder, "--reports-dir", self.reports,
            "--spike-profile", profile, "--target", targets[0]["name"], *options,
        ]  # fmt: skip
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                list(map(str, command)),
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.session = requests.Session()
        self.session.trust_env = False

    def wait_until_open(self):
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.output.read_text()
            try:
                self.get("/storm/assets/storm.js").raise_for_status()
            except requests.ConnectionError:
                time.sleep(0.1)
            else:
                return self
        raise AssertionError(self.output.read_text())

    def get(self, path, **headers):
        return self.session.get(self.url + path, headers=headers, timeout=30, allow_redirects=False)

    def post(self, path, data=(), **headers):
        return self.session.post(self.url + path, data=dict(data), headers=headers, timeout=60, allow_redirects=False)

    @property
    def token(self):
        return re.search(r'name="authstorm" content="([^"]+)"', self.get("/storm").text)[1]

    def start(self, **choice):
        return self.post("/storm/start", choice, **{"X-Authstorm-Token": self.token})

    def stop(self):
        return self.post("/storm/stop", **{"X-Authstorm-Token": self.token})

    def state(self):
        """What a newcomer to the Storm page is told."""
        while True:
            with self.session.get(self.url + "/storm/events", stream=True, timeout=30) as answer:
                if answer.status_code == 200:
                    line = next(line for line in answer.iter_lines() if line.startswith(b"data: "))
                    return json.loads(line.removeprefix(b"data: "))
            time.sleep(0.5)  # who left a moment ago still has its place

    def wait_for(self, what, within_s=40):
        """The first state for which ``what`` is true."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            state = self.state()
            if what(state):
                return state
            time.sleep(0.2)
        raise AssertionError(state)

    def wait_for_verdict(self, other_than=""):
        return self.wait_for(
            lambda state: (
                state["phase"] == "idle" and (state["verdict"] or {}).get("over") and state["run"]["id"] != other_than
            )
        )

    def summaries(self):
        return {path.parent.name: json.loads(path.read_text()) for path in sorted(self.reports.glob("2*/summary.json"))}

    def listening(self):
        """The addresses that the process and its children listen on."""
        mine = psutil.Process(self.process.pid)
        return {
            connection.laddr.ip
            for process in (mine, *mine.children(recursive=True))
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }

    def close(self):
        """End it as Ctrl-C does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        return self.process.returncode
