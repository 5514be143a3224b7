"""Dashboard, rules and receivers ask for metrics that there are, in a form that the tools that read them take."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.servers.launch.unpacked import unpacked_program

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/metrics.md").read_text("utf-8")
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/authstorm.json").read_text("utf-8"))
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/rules.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
EXPRESSIONS = [
    *(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]),
    *(note["expr"] for note in DASHBOARD["annotations"]["list"]),
    *(rule["expr"] for rule in RULES),
]


def described():
    """Each metric of the page (which tests hold to what is told) with its labels."""
    rows = re.findall(r"^\| `(authstorm_\w+)` \|([^|]*)\|", PAGE, re.MULTILINE)
    return {name: set(filter(None, labels.strip().split(", "))) for name, labels in rows}


def told_as(name):
    """The metric that a series belongs to: a histogram has three."""
    metric = re.sub(r"_(bucket|sum|count)$", "", name)
    return metric if metric in described() else name


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_asks_for_metrics_and_labels_that_there_are(expression):
    names = re.findall(r"\bauthstorm_\w+", expression)
    assert names
    labels = set()
    for name in names:
        metric = told_as(name)
        assert metric in described(), name
        labels |= described()[metric] | ({"le"} if name.endswith("_bucket") else set())
    asked = re.findall(r"(\w+)\s*(?:=~|!=|!~|=)\s*\"", expression)
    asked += [each.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for each in group.split(",")]
    assert set(asked) <= labels


@pytest.mark.parametrize("expression", [each for each in EXPRESSIONS if "_total" in each])
def test_a_counter_is_only_looked_at_by_how_it_grows(expression):
    for name in re.findall(r"authstorm_\w+_total(?:\{[^}]*\})?(\[)?", expression):
        assert name == "["


def test_the_dashboard_shows_every_metric_that_tells_how_a_run_goes():
    shown = {told_as(name) for each in EXPRESSIONS for name in re.findall(r"\bauthstorm_\w+", each)}
    facts = re.compile(r"_info$|authstorm_run_|_final$|_code$|_without_account|missed|errors|alerts_fired")
    assert {name for name in described() if not facts.search(name)} <= shown


def test_every_panel_has_its_place_and_a_source(deploy):
    source = yaml.safe_load((deploy / "grafana/provisioning/datasources/prometheus.yaml").read_text("utf-8"))
    (uid,) = (each["uid"] for each in source["datasources"])
    taken = set()
    for panel in DASHBOARD["panels"]:
        assert panel["datasource"]["uid"] == uid
        assert all(target["datasource"]["uid"] == uid for target in panel["targets"])
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_grafana_finds_the_dashboard_where_compose_puts_it(deploy, compose):
    (provider,) = yaml.safe_load((deploy / "grafana/provisioning/dashboards/authstorm.yaml").read_text("utf-8"))[
        "providers"
    ]
    mounts = dict(volume.split(":")[:2][::-1] for volume in compose(TARGET="my-auth")["services"]["grafana"]["volumes"])
    assert (deploy / mounts[provider["options"]["path"]] / "authstorm.json").exists()


def test_prometheus_asks_the_master_and_tells_the_alertmanager_of_the_compose_file(deploy, compose, options_of):
    services = compose(TARGET="my-auth")["services"]
    config = yaml.safe_load((deploy / "prometheus/prometheus.yml").read_text("utf-8"))
    (scrape,) = config["scrape_configs"]
    host, port = scrape["static_configs"][0]["targets"][0].split(":")
    assert int(port) == options_of(services[host]["command"]).metrics_port
    (receiver,) = config["alerting"]["alertmanagers"]
    assert receiver["static_configs"][0]["targets"] == ["alertmanager:9093"]
    assert set(services["master"]["networks"]) & set(services["prometheus"]["networks"])


def check(program, package, *arguments, folder):
    found = unpacked_program(program, package)
    done = subprocess.run([found, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.real
def test_promtool_takes_the_configuration(deploy):
    assert "6 rules found" in check("promtool", "prometheus", "check", "config", "prometheus.yml",
                                    folder=deploy / "prometheus")  # fmt: skip


@pytest.mark.real
def test_each_rule_fires_when_it_should_and_not_else(deploy, tmp_path):
    shutil.copy(deploy / "prometheus/rules.yml", tmp_path)
    shutil.copy(Path(__file__).parent / "rules_test.yml", tmp_path)
    assert "SUCCESS" in check("promtool", "prometheus", "test", "rules", "rules_test.yml", folder=tmp_path)


@pytest.mark.real
def test_amtool_takes_the_receivers(deploy):
    assert "SUCCESS" in check("amtool", "prometheus-alertmanager", "check-config", "alertmanager.yml",
                              folder=deploy / "alertmanager")  # fmt: skip
