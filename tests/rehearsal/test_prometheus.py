"""A real Prometheus, with the configuration that deploy/ has, watches a run of two workers to its end."""

import subprocess
import time
from contextlib import contextmanager

import pytest
import requests
import yaml

from tests.servers.launch.unpacked import unpacked_program

from .conftest import PROFILE, target_of
from .many import ROOT, free_port, over_processes

pytestmark = pytest.mark.real


@contextmanager
def prometheus(folder, scraped_port):
    """Prometheus on a port of its own; yields a function that asks it a question in PromQL."""
    folder.mkdir()
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(ROOT / "deploy/prometheus/rules.yml")]
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{scraped_port}"]
    del config["alerting"]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    command = [
        unpacked_program("prometheus", "prometheus"), f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
        "--web.console.libraries=", "--web.console.templates=", "--log.level=warn",
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        child = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        wait_until_ready(child, f"http://127.0.0.1:{port}/-/ready", folder / "log")
        yield lambda query: ask(f"http://127.0.0.1:{port}", query)
    finally:
        child.terminate()
        child.wait(20)


def wait_until_ready(child, url, log):
    ends = time.monotonic() + 40
    while True:
        assert child.poll() is None, log.read_text()
        assert time.monotonic() < ends, log.read_text()
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)


def ask(url, query):
    answer = requests.get(f"{url}/api/v1/query", params={"query": query}, timeout=10).json()
    assert answer["status"] == "success", answer
    return [(each["metric"], float(each["value"][1])) for each in answer["data"]["result"]]


def test_prometheus_ends_with_the_totals_of_the_summary(rehearse, sandbox, tmp_path):
    port = free_port()
    with prometheus(tmp_path / "prometheus", port) as query:
        run = rehearse(
            target_of(sandbox),
            profile=PROFILE,
            environ=sandbox.environ,
            options=(*over_processes(2), "--metrics-port", port, "--metrics-wait", 20),
        )
        # the process is gone: the newest value of each series stands in the last minute
        steps = query("sum by (step) (last_over_time(authstorm_steps_total[2m]))")
        counted = query('sum by (step) (last_over_time(authstorm_step_latency_seconds_count{outcome!=""}[2m]))')
        arrivals = {
            what: query(f"sum(last_over_time(authstorm_arrivals_{what}_total[2m]))")[0][1]
            for what in ("planned", "started", "dropped")
        }
        exit_code = query("last_over_time(authstorm_exit_code[2m])")[0][1]
        goodput = query('max_over_time(sum(authstorm:goodput:rate15s{step="login"})[2m:1s])')[0][1]
        workers = query("count(last_over_time(authstorm_worker_cpu_ratio[2m]))")[0][1]
    assert {labels["step"]: value for labels, value in steps} == run.counts()
    assert {labels["step"]: value for labels, value in counted} == run.counts()
    generator = run.json()["generator"]
    assert list(arrivals.values()) == [generator[key] for key in ("offered", "started", "dropped")]
    assert exit_code == run.code
    assert goodput > 1
    assert workers == 2
