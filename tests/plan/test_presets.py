"""The targets that come with the project: each loads, names its source, and says whether it was ever run."""

import re
from pathlib import Path

import pytest

from authstorm.plan.rehearsal import resolve_secrets
from authstorm.plan.target import read_target
from authstorm.plan.web_address import is_loopback

TARGETS = Path(__file__).parents[2] / "config" / "targets"
PRESETS = ("keycloak", "hydra", "zitadel", "authentik", "auth0", "okta", "cognito", "generic-oidc")
HOSTED = ("auth0", "okta", "cognito")
shipped = pytest.mark.parametrize("path", sorted(TARGETS.glob("*.yaml")), ids=lambda path: path.stem)
presets = pytest.mark.parametrize("name", PRESETS)


def words(name):
    """The comment of a preset as one line."""
    lines = (TARGETS / f"{name}.yaml").read_text("utf-8").splitlines()
    return " ".join(line.removeprefix("#").strip() for line in lines if line.startswith("#"))


@shipped
def test_every_target_loads_with_its_secrets_set(path, tmp_path, monkeypatch):
    target = read_target(path)
    monkeypatch.chdir(tmp_path)
    for file in [Path(name.file) for _, name in target.secrets() if name.file]:
        file.parent.mkdir(parents=True)
        file.write_text("a-secret-value")
        file.chmod(0o600)
    assert target.name == path.stem
    names = {name.env: "a-secret-value" for _, name in target.secrets() if name.env}
    if target.provisioning is not None:
        names |= {name.env: "a-secret-value" for _, name in target.provisioning.secrets() if name.env}
    assert len(resolve_secrets(target, names)) == len({name.key for _, name in target.secrets()})


@presets
def test_a_preset_says_that_it_was_not_run_and_has_a_ceiling(name):
    assert "Not run here" in words(name)
    assert read_target(TARGETS / f"{name}.yaml").ceiling is not None


@presets
def test_a_preset_names_the_limits_for_load_tests_and_their_source(name):
    text = words(name)
    assert "rules" in text.lower()
    assert "limits" in text.lower() or name == "generic-oidc"
    assert re.search(r"https://\S+|docs/providers\.md", text)


@presets
def test_no_preset_can_load_somebody_by_mistake(name):
    hosts = read_target(TARGETS / f"{name}.yaml").allow
    assert all(is_loopback(host) or host.endswith(".example.com") for host in hosts)


@pytest.mark.parametrize("name", HOSTED)
def test_a_hosted_provider_s_rules_come_before_its_keys(name):
    lines = (TARGETS / f"{name}.yaml").read_text("utf-8").splitlines()
    at = {
        word: next(number for number, line in enumerate(lines) if word in line) for word in ("RULES", "LIMITS", "url:")
    }
    assert at["RULES"] < at["LIMITS"] < at["url:"]


@presets
def test_every_preset_has_its_section_in_the_docs(name):
    page = (TARGETS.parents[1] / "docs" / "providers.md").read_text("utf-8")
    assert f"config/targets/{name}.yaml" in page
