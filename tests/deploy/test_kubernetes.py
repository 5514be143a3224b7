"""The manifests: valid by Kubernetes' published schemas, as confined as can be, and in agreement with each other."""

import re
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from authstorm.plan.rehearsal import load_rehearsal

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path for path in (ROOT / "deploy/kubernetes").rglob("*.yaml") if path.name not in {"target.yaml", "profile.yaml"}
)
VERSIONS = ("1.30", "1.34")


def things():
    for path in FILES:
        for thing in yaml.safe_load_all(path.read_text("utf-8")):
            if "kustomize" not in thing["apiVersion"]:
                yield pytest.param(thing, id=f"{path.stem}-{thing['metadata']['name']}")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("thing", list(things()))
def test_each_file_is_valid_by_the_published_schema(thing, version):
    kubernetes_validate.validate(thing, version, strict=True)


def test_every_file_is_part_of_the_build():
    for folder in {path.parent for path in FILES}:
        listed = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))["resources"]
        own = {path.name for path in FILES if path.parent == folder} - {"kustomization.yaml"}
        assert own == {name for name in listed if name.endswith(".yaml")}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_kustomize_makes_is_valid_too(built, version):
    for thing in built.values():
        kubernetes_validate.validate(thing, version, strict=True)
    kinds = [kind for kind, _ in built]
    expected = {"Job": 1, "Deployment": 1, "HorizontalPodAutoscaler": 1, "ConfigMap": 1, "Secret": 1, "Namespace": 1}
    assert {kind: kinds.count(kind) for kind in expected} == expected


@pytest.fixture(params=["Job", "Deployment"])
def pod(request, built):
    name = {"Job": "authstorm-master", "Deployment": "authstorm-worker"}[request.param]
    return built[request.param, name]["spec"]["template"]


def test_a_pod_is_as_confined_as_the_restricted_standard_asks(pod):
    spec, (container,) = pod["spec"], pod["spec"]["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["runAsUser"] >= 10000
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    confined = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert container["securityContext"] == confined
    assert not spec["automountServiceAccountToken"]
    assert not [key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    assert not [volume for volume in spec["volumes"] if "hostPath" in volume]


def test_a_pod_says_what_it_takes(pod):
    resources = pod["spec"]["containers"][0]["resources"]
    assert {"cpu", "memory"} == set(resources["requests"])
    assert set(resources["limits"]) == {"memory"}  # a limit of the processor would be measured as latency


def test_images_are_pinned(pod):
    assert re.fullmatch(r"registry\.example\.test/load/authstorm:\d+\.\d+\.\d+", pod["spec"]["containers"][0]["image"])


def test_secrets_come_as_files_and_as_the_names_that_the_plan_asks_for(pod, built, example):
    (container,) = pod["spec"]["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts["secrets"] == "/run/secrets/authstorm"
    files = {f"{mounts['secrets']}/{key}" for key in built["Secret", "authstorm-secrets"]["data"]}
    asked = set(re.findall(r"/run/secrets/\S+?(?=[\s}])", (example / "target.yaml").read_text("utf-8")))
    token = {each["value"] for each in container["env"] if each["name"] == "AUTHSTORM_TOKEN_FILE"}
    assert asked | token == files
    assert not [each for each in container["env"] if "secretKeyRef" in str(each)]
    assert not container.get("envFrom")


def test_the_plan_in_the_config_map_is_one_that_can_be_run(pod, built, tmp_path, options_of):
    mounted = built["ConfigMap", "authstorm-plan"]["data"]
    options = options_of(plan_arguments(pod))
    for path in (options.spike_profile, options.target):
        assert Path(path).parent == Path("/etc/authstorm")
        (tmp_path / Path(path).name).write_text(mounted[Path(path).name])
    plan = load_rehearsal(
        str(tmp_path / Path(options.spike_profile).name), str(tmp_path / Path(options.target).name), ROOT / "config"
    )
    assert plan.target.name == "my-auth"


def plan_arguments(pod):
    """The arguments with the cluster's variables filled in."""
    (container,) = pod["spec"]["containers"]
    values = {each["name"]: each.get("value", "10.0.0.7") for each in container["env"]}
    return [re.sub(r"\$\((\w+)\)", lambda match: values[match[1]], word) for word in container["args"]]


def test_locust_understands_master_and_workers_and_they_fit_together(built, options_of):
    job, deployment = built["Job", "authstorm-master"], built["Deployment", "authstorm-worker"]
    master, worker = (options_of(plan_arguments(each["spec"]["template"])) for each in (job, deployment))
    service, scaler = built["Service", "authstorm-master"], built["HorizontalPodAutoscaler", "authstorm-worker"]
    assert (master.master, master.headless, master.master_bind_host) == (True, True, "10.0.0.7")
    assert worker.worker
    assert worker.master_host == service["metadata"]["name"]
    assert {port["port"] for port in service["spec"]["ports"]} == {master.master_bind_port, master.metrics_port}
    assert master.expect_workers == scaler["spec"]["minReplicas"] == 4
    assert scaler["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"]
    assert (master.spike_profile, master.target) == (worker.spike_profile, worker.target)


def test_the_autoscaler_never_takes_a_worker_away(built):
    scaler = built["HorizontalPodAutoscaler", "authstorm-worker"]["spec"]
    assert scaler["behavior"]["scaleDown"] == {"selectPolicy": "Disabled"}
    assert scaler["metrics"][0]["resource"]["target"]["averageUtilization"] < 75  # where validity begins to warn


def fits(selector, labels):
    return selector.get("matchLabels", {}).items() <= labels.items()


def policies(built, component, way):
    """The rules of all policies for the pods of a component; None where no policy closes that way."""
    labels = {"app.kubernetes.io/component": component, "app.kubernetes.io/name": "authstorm"}
    specs = [thing["spec"] for (kind, _), thing in built.items() if kind == "NetworkPolicy"]
    specs = [spec for spec in specs if way.capitalize() in spec["policyTypes"] and fits(spec["podSelector"], labels)]
    return [rule for spec in specs for rule in spec.get(way, ())] if specs else None


def ends(rules, key):
    """Who may be reached, or come: pods by namespace (none: their own) and label, or addresses; and on which ports."""
    return {
        (
            " ".join(each for part in ("namespaceSelector", "podSelector") for each in words(end.get(part)))
            or f"{end['ipBlock']}",
            tuple(f"{port['protocol']} {port['port']}" for port in rule["ports"]),
        )
        for rule in rules
        for end in rule[key]
    }


def words(selector):
    """A selector's labels; one that is empty selects everything."""
    if selector is None:
        return []
    return [f"{name}={value}" for name, value in sorted(selector.get("matchLabels", {}).items())] or ["everything"]


MASTER = ("app.kubernetes.io/component=master", ("TCP 5557",))
WORKER = ("app.kubernetes.io/component=worker", ("TCP 5557",))
NAMES = ("kubernetes.io/metadata.name=kube-system k8s-app=kube-dns", ("UDP 53", "TCP 53"))
TARGET = ("{'cidr': '203.0.113.10/32'}", ("TCP 443",))


def test_workers_reach_the_master_names_and_the_target_alone(built):
    assert ends(policies(built, "worker", "egress"), "to") == {MASTER, NAMES, TARGET}
    assert policies(built, "worker", "ingress") == []


def test_only_workers_and_prometheus_reach_the_master(built):
    prometheus = "kubernetes.io/metadata.name=monitoring app.kubernetes.io/name=prometheus"
    assert ends(policies(built, "master", "ingress"), "from") == {WORKER, (prometheus, ("TCP 9646",))}
    assert ends(policies(built, "master", "egress"), "to") == {NAMES, TARGET}


def test_other_pods_of_the_namespace_are_closed(built):
    assert policies(built, "anything", "ingress") == []
