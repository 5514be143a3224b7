"""The compose file: valid by the published schema, closed to other machines, and started as locust understands it."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

SCHEMA = json.loads((Path(__file__).parent / "schemas/compose-spec.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def services(compose):
    return compose(TARGET="my-auth", WORKERS=5)["services"]


def test_it_is_valid_by_the_published_schema(compose):
    whole = compose(TARGET="my-auth", WORKERS=5)
    assert whole.pop("name") == "authstorm"  # came into the specification in 2022, after this copy of its schema
    problems = Draft7Validator(SCHEMA).iter_errors(whole)
    assert [f"{'.'.join(map(str, each.path))}: {each.message}" for each in problems] == []


def test_the_schema_refuses_a_word_that_compose_does_not_know(compose):
    whole = compose(TARGET="my-auth")
    del whole["name"]
    whole["services"]["worker"]["replicas"] = 3
    (problem,) = Draft7Validator(SCHEMA).iter_errors(whole)
    assert "'replicas' does not match" in problem.message


def test_without_a_target_it_is_refused(compose):
    with pytest.raises(AssertionError, match="TARGET must be given"):
        compose()


def test_ports_are_open_on_this_machine_alone(services):
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_workers_and_the_watching_services_do_not_share_a_network(services):
    assert services["worker"]["networks"] == ["storm"]
    assert [name for name, each in services.items() if "storm" in each["networks"]] == ["master", "worker"]


def test_secrets_come_as_files_and_stand_nowhere(compose, services, deploy):
    whole = compose(TARGET="my-auth")
    assert all(list(each) == ["file"] for each in whole["secrets"].values())
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            secret = name.endswith("_FILE") and "/run/secrets/" in value
            assert secret == any(word in name for word in ("TOKEN", "PASSWORD", "SECRET")), name
            assert not secret or value.removeprefix("/run/secrets/") in service["secrets"]
    assert (deploy / "secrets/.gitignore").read_text("utf-8") == "*\n!.gitignore\n"


@pytest.mark.parametrize("name", ["master", "worker", "prometheus", "alertmanager", "grafana"])
def test_nothing_runs_with_more_than_it_needs(services, name):
    assert services[name]["cap_drop"] == ["ALL"]
    assert services[name]["security_opt"] == ["no-new-privileges:true"]
    assert services[name].get("read_only") or name == "grafana"
    assert not services[name]["image"].endswith(":latest")
    assert ":" in services[name]["image"]


@pytest.mark.parametrize("name", ["master", "worker"])
def test_no_processor_is_throttled_which_would_be_measured_as_latency(services, name):
    assert "resources" not in services[name].get("deploy", {})
    assert not [word for word in services[name] if word.startswith("cpu")]


def test_everything_that_is_mounted_exists(services, deploy):
    for service in services.values():
        for volume in service.get("volumes", ()):
            if volume.startswith("."):
                assert (deploy / volume.split(":")[0]).exists(), volume


def test_locust_understands_master_and_workers_alike(services, options_of):
    master, worker = (options_of(services[name]["command"]) for name in ("master", "worker"))
    assert (master.master, master.headless, master.expect_workers) == (True, True, 5)
    assert worker.worker
    assert worker.master_host == "master"
    assert services["worker"]["deploy"]["replicas"] == master.expect_workers
    for name in ("spike_profile", "target", "spike_scale"):
        assert getattr(worker, name) == getattr(master, name)
    assert (master.metrics_host, master.metrics_port) == ("0.0.0.0", 9646)
