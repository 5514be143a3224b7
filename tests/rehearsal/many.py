"""A master and workers as processes of their own, as on several machines, and what happens to each of them."""

import csv
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
LIVE_LINE = re.compile(r" *(\d+) of \d+ s ")
SERVICE = {  # light, and every arrival is exactly one request
    "name": "service-spike",
    "arrivals": {"service": "30/s"},
    "spacing": "even",
    "stages": [
        {"warm-up": {"for": "4s", "from": "0/s", "measured": False}},
        {"baseline": {"for": "4s"}},
        {"spike": {"peak": "3x", "rise": "1s", "hold": "14s", "fall": "1s"}},
        {"recovery": {"for": "4s"}},
    ],
}


class Run:
    """One finished rehearsal: exit code, what the terminal showed, and its folder."""

    def __init__(self, code, output, reports):
        self.code = code
        self.output = output
        self.reports = reports

    @property
    def folder(self):
        return self.reports / "latest"

    def json(self, name="summary.json"):
        return json.loads((self.folder / name).read_text("utf-8"))

    def text(self, name):
        return (self.folder / name).read_text("utf-8")

    def counts(self):
        """How often each step was made, warm-up included, as Locust's own CSV says."""
        rows = [line.split(",") for line in self.text("requests.csv").splitlines()[1:]]
        return {row[1]: int(row[2]) for row in rows if row[1] != "Aggregated"}


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def over_processes(workers):
    """Options of a run over so many processes of this machine, on a port of its own: no other run gets its workers."""
    if workers == 1:
        return ()
    port = free_port()
    return (
        "--processes", workers, "--expect-workers-max-wait", 30,
        "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--master-port", port,
    )  # fmt: skip


class Process:
    """One locust: what it writes is read as it comes, so that no pipe fills up."""

    def __init__(self, options, environ, prefix=()):
        locust = Path(sys.executable).parent / "locust"
        command = [*prefix, locust, "-f", ROOT / "locustfile.py", "--loglevel", "INFO", *options]
        self.child = subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.pid = self.child.pid
        self.output = ""
        self.came_at = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.child.stdout:
            self.output += line
            self.came_at.append((time.monotonic(), line))

    def wait_for(self, words, within_s=40.0):
        ends = time.monotonic() + within_s
        while words not in self.output:
            assert self.child.poll() is None or words in self.output, self.output
            assert time.monotonic() < ends, self.output
            time.sleep(0.05)

    def end(self, within_s=60.0):
        code = self.child.wait(within_s)
        self._reader.join(5)
        return code


class Many:
    """The processes of one distributed run; ``close`` leaves none behind."""

    def __init__(self, folder, target, profile=SERVICE, environ=()):
        for kind, content in (("targets", target), ("profiles", profile)):
            (folder / kind).mkdir(exist_ok=True)
            (folder / kind / f"{content['name']}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
        self.folder, self.port = folder, free_port()
        self.environ = dict(environ)
        self.plan = ("--config-dir", folder, "--spike-profile", profile["name"], "--target", target["name"])
        self.processes = []
        self.workers = []

    def start_master(self, expect, *options, environ=(), host="127.0.0.1", prefix=()):
        reports = ("--reports-dir", self.folder / "reports", "--headless", "--only-summary")
        address = ("--master", "--master-bind-host", host, "--master-bind-port", self.port)
        waits = ("--expect-workers", expect, "--expect-workers-max-wait", 40)
        self.master = self._start([*self.plan, *reports, *address, *waits, *options], environ, prefix)
        return self.master

    def start_worker(self, *options, environ=(), host="127.0.0.1", port=None, prefix=()):
        address = ("--worker", "--master-host", host, "--master-port", port or self.port)
        worker = self._start([*self.plan, *address, *options], environ, prefix)
        self.workers.append(worker)
        return worker

    def start(self, workers):
        self.start_master(workers)
        for _ in range(workers):
            self.start_worker()

    def run_until(self, second):
        """Wait until the run is so old; gives how old it is then."""
        ends = time.monotonic() + 60
        while (now := self.second()) < second:
            assert self.master.child.poll() is None, self.master.output
            assert time.monotonic() < ends, self.master.output
            time.sleep(0.05)
        return now

    def second(self):
        """How old the run is, right to half a second, by the lines that the master writes once a second."""
        for came_at, line in reversed(list(self.master.came_at)):
            if live := LIVE_LINE.match(line):
                return int(live[1]) + time.monotonic() - came_at
        return -1.0

    def finish(self, within_s=90.0):
        code = self.master.end(within_s)
        return Run(code, self.master.output, self.folder / "reports")

    def close(self):
        for process in self.processes:
            if process.child.poll() is None:
                process.child.send_signal(signal.SIGCONT)
                process.child.kill()
            process.child.wait(10)

    def _start(self, options, environ, prefix):
        self.processes.append(Process(options, self.environ | dict(environ), prefix))
        return self.processes[-1]


def made_in(run, step=None, outcome=None):
    """How many steps were made in each second of a run, or of them those of one name or with one outcome."""
    seconds = defaultdict(int)
    for row in csv.DictReader(io.StringIO(run.text("timeline.csv"))):
        if row["count"] and step in {None, row["step"]} and outcome in {None, row["outcome"]}:
            seconds[int(row["second"])] += int(row["count"])
    return seconds


def target_count(sandbox):
    return sum(row["count"] for row in sandbox.counts()["requests"] if row["endpoint"] == "token")


def finding(run, code):
    """What the report says on one rule of validity."""
    return next(found for found in run.json()["validity"] if found["name"] == code)
