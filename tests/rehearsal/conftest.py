"""Whole rehearsals through Locust's command line, as users run them, against the sandbox on a port of its own."""

import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import yaml

from .many import ROOT, SERVICE, Many, Run

PROFILE = {
    "name": "short",
    "arrivals": {"login": "10/s", "service": "5/s", "refresh": "8/s", "validate": "10/s", "session": "4/s"},
    "seed": 3,
    "stages": [{"warm-up": {"for": "1s", "from": "0/s", "measured": False}}, {"steady": {"for": "5s"}}],
}


class Sandbox:
    """A sandbox of the test's own: ``url``, ``environ`` with its secrets, and what it saw."""

    def __init__(self, *options):
        self.environ = {name: secrets.token_urlsafe(24) for name in ("SANDBOX_PASSWORD", "SANDBOX_CLIENT_SECRET")}
        command = [sys.executable, "-m", "authstorm.sandbox", "--port", "0", "--with-parent", *options]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = next(line.split()[2] for line in self.process.stdout if line.startswith("sandbox ready"))

    def counts(self):
        return requests.get(f"{self.url}/control/counts", timeout=5).json()

    def plant(self, *faults):
        requests.put(f"{self.url}/control/faults", json=list(faults), timeout=5).raise_for_status()

    def faults(self):
        return self.planted()["faults"]

    def planted(self):
        return requests.get(f"{self.url}/control/faults", timeout=5).json()

    def close(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def sandbox():
    server = Sandbox()
    yield server
    server.close()


@pytest.fixture
def rehearse(tmp_path):
    """Run a profile against a target (plain dicts) and wait for the end; the target's defaults are the sandbox's."""
    return rehearser(tmp_path)


def rehearser(root):
    """What ``rehearse`` gives, with its configuration and its reports in a folder; runs at one time have one each."""

    def run(
        target,
        *,
        profile=PROFILE,
        environ=(),
        options=(),
        locustfile=ROOT / "locustfile.py",
        stop=None,
        folder="",
        within_s=90,
    ):
        place = root / folder
        for kind, content in (("targets", target), ("profiles", profile)):
            (place / kind).mkdir(parents=True, exist_ok=True)
            (place / kind / f"{content['name']}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
        command = [
            Path(sys.executable).parent / "locust", "-f", locustfile, "--headless", "--loglevel", "WARNING",
            "--config-dir", place, "--reports-dir", place / "reports",
            "--spike-profile", profile["name"], "--target", target["name"], *options,
        ]  # fmt: skip
        child = subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        output = stop(child) if stop else ""
        try:
            output += child.communicate(timeout=within_s)[0]
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            raise
        return Run(child.returncode, output, place / "reports")

    return run


def config(kind, name):
    """One of the project's own YAML files, as a plain dict."""
    return yaml.safe_load((ROOT / "config" / kind / f"{name}.yaml").read_text("utf-8"))


def target_of(sandbox, **changes):
    """The sandbox's own target file, at this sandbox's address."""
    target = config("targets", "sandbox")
    del target["sandbox"]
    return target | {"url": sandbox.url} | changes


@pytest.fixture
def many(tmp_path, sandbox):
    """Makes the processes of a distributed run against the sandbox, and ends them all after the test."""
    runs = []

    def make(profile=SERVICE, target=None):
        runs.append(Many(tmp_path, target or target_of(sandbox), profile, sandbox.environ))
        return runs[-1]

    yield make
    for run in runs:
        run.close()
