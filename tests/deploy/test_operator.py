"""The Locust operator's resource: in its form, and the same run as the manifests'."""

import json
from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft7Validator

SCHEMA = json.loads((Path(__file__).parent / "schemas/locusttest.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def test_of(deploy):
    return yaml.safe_load((deploy / "locust-operator/locusttest.yaml").read_text("utf-8"))


def test_it_has_the_operators_form(test_of):
    assert [each.message for each in Draft7Validator(SCHEMA).iter_errors(test_of)] == []


@pytest.mark.parametrize("version", ["1.30", "1.34"])
@pytest.mark.parametrize("component", ["master", "worker"])
def test_what_it_holds_of_kubernetes_own_types_is_valid_by_their_published_schemas(test_of, component, version):
    spec = test_of["spec"]
    mounts = [mount for mount in spec["volumeMounts"] if mount["target"] in {component, "both"}]
    container = {
        "name": "locust",
        "image": spec["image"],
        "imagePullPolicy": spec["imagePullPolicy"],
        "env": spec["env"]["variables"],
        "resources": spec[component]["resources"],
        "securityContext": spec["security"]["containerSecurityContext"],
        "volumeMounts": [{key: value for key, value in mount.items() if key != "target"} for mount in mounts],
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": test_of["metadata"] | {"labels": spec[component]["labels"]},
        "spec": {
            "containers": [container],
            "volumes": spec["volumes"],
            "securityContext": spec["security"]["podSecurityContext"],
        },
    }
    kubernetes_validate.validate(pod, version, strict=True)
    assert {mount["name"] for mount in mounts} <= {volume["name"] for volume in spec["volumes"]}


def master_arguments(spec):
    """What the operator makes of it, in its order."""
    own = ["--master", "--master-port=5557", f"--expect-workers={spec['worker']['replicas']}"]
    tail = ["--enable-rebalancing", "--only-summary", *spec["master"]["extraArgs"]]
    return [*spec["master"]["command"].split(), *own, *tail]


def worker_arguments(spec):
    return [*spec["worker"]["command"].split(), "--worker", "--master-port=5557", "--master-host=authstorm-master"]


def test_locust_understands_what_the_operator_makes_of_it(test_of, options_of):
    master, worker = (options_of(make(test_of["spec"])) for make in (master_arguments, worker_arguments))
    assert (master.master, master.headless, master.expect_workers) == (True, True, 4)
    assert (master.autostart, master.autoquit) == (False, -1)
    assert (master.spike_profile, master.target) == (worker.spike_profile, worker.target)


def test_it_is_the_same_run_as_the_manifests(test_of, built):
    spec = test_of["spec"]
    for component, kind in (("master", "Job"), ("worker", "Deployment")):
        pod = built[kind, f"authstorm-{component}"]["spec"]["template"]["spec"]
        assert spec["image"] == pod["containers"][0]["image"]
        assert spec[component]["resources"] == pod["containers"][0]["resources"]
        assert spec["security"]["containerSecurityContext"] == pod["containers"][0]["securityContext"]
        assert spec["security"]["podSecurityContext"].items() <= pod["securityContext"].items()
        mounts = {mount["mountPath"] for mount in spec["volumeMounts"] if mount["target"] in {component, "both"}}
        mounts |= {mount["mountPath"] for mount in spec["env"]["secretMounts"]}
        assert mounts == {mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
