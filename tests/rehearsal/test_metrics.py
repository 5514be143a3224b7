"""The metrics of a whole distributed run, as a scraper sees them from outside."""

import time

import requests
import yaml
from prometheus_client.parser import text_string_to_metric_families as read

from .conftest import PROFILE, target_of
from .many import free_port, over_processes


def scrape(port):
    """The page by name and labels; None while nobody answers."""
    try:
        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
    except requests.ConnectionError:
        return None
    return [sample for family in read(text) for sample in family.samples]


def total(page, name, **labels):
    return sum(each.value for each in page if each.name == name and labels.items() <= each.labels.items())


ALERTS = {"rules": {"logins-happen": {"when": "latency", "steps": ["login"], "percentile": "p50", "above": "1ms"}}}


def test_the_last_scrape_has_the_numbers_of_all_workers_and_the_verdict(rehearse, sandbox, tmp_path):
    (tmp_path / "alerts.yaml").write_text(yaml.safe_dump(ALERTS))
    port, pages = free_port(), []

    def watch(child):
        while child.poll() is None:
            page = scrape(port)
            if page is not None:
                pages.append(page)
            time.sleep(0.5)
        return ""

    run = rehearse(
        target_of(sandbox),
        profile=PROFILE,
        environ=sandbox.environ,
        options=(*over_processes(2), "--metrics-port", port, "--metrics-wait", 30),
        stop=watch,
    )
    last, summary = pages[-1], run.json()
    by_step = {each.labels["step"] for each in last if each.name == "authstorm_steps_total"}
    assert {step: total(last, "authstorm_steps_total", step=step) for step in by_step} == run.counts()
    for name, key in (("planned", "offered"), ("started", "started"), ("dropped", "dropped")):
        assert total(last, f"authstorm_arrivals_{name}_total") == summary["generator"][key]
    assert total(last, "authstorm_exit_code") == run.code
    assert total(last, "authstorm_verdict", part="correct") == 1
    during = [page for page in pages if total(page, "authstorm_run_active")]
    assert {each.labels["worker"] for page in during for each in page if "worker" in each.labels} == {
        "worker-0",
        "worker-1",
    }
    assert any(total(page, "authstorm_stage_active", stage="steady") for page in during)
    assert any(total(page, "authstorm_alert_firing", rule="logins-happen") for page in during)
    assert total(last, "authstorm_alerts_fired_total") == len(summary["alerts"]) > 0
    secrets = [sandbox.environ[name] for name in sandbox.environ]
    assert not [secret for page in pages for each in page for secret in secrets if secret in str(each)]
