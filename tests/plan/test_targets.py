"""Targets: what may be loaded, whose accounts, and which secrets."""

from pathlib import Path

import pytest

from authstorm.errors import ConfigError, SafetyError
from authstorm.plan.rehearsal import load_rehearsal, names_in, resolve_secrets
from authstorm.plan.target import Target, check_hosts, read_target
from authstorm.plan.web_address import is_loopback

ROOT = Path(__file__).parents[2]
GIVEN = {
    "name": "t",
    "url": "http://127.0.0.1:1",
    "client": {"id": "c", "secret": {"env": "CLIENT_SECRET"}},
    "accounts": {"pattern": "user{n}", "count": 10, "password": {"env": "PASSWORD"}},
}


def target(**changes):
    return Target.model_validate(GIVEN | changes)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True), ("127.8.9.1", True), ("localhost", True), ("::1", True), ("10.0.0.1", False),
        ("0.0.0.0", False), ("localhost.example.test", False), ("127.0.0.1.example.test", False), ("", False),
    ],
)  # fmt: skip
def test_loopback_is_judged_by_the_name_alone(host, loopback):
    assert is_loopback(host) is loopback


def test_a_host_beyond_loopback_needs_the_allow_list():
    with pytest.raises(SafetyError, match=r"'a\.test' is neither loopback nor allowed"):
        check_hosts(target(), ["https://a.test/token"])
    check_hosts(target(allow=["a.test"]), ["https://a.test/token", "/relative", ""])


def test_every_host_that_is_not_allowed_is_named():
    with pytest.raises(SafetyError) as caught:
        check_hosts(target(allow=["a.test"]), ["https://a.test", "https://b.test", "https://c.test"])
    assert [problem.wrong.split("'")[1] for problem in caught.value.problems] == ["b.test", "c.test"]


def test_a_host_that_is_not_allowed_is_told_with_the_line_of_the_list_or_of_the_address(tmp_path):
    path = tmp_path / "t.yaml"
    for list_of_hosts, line in (("", 3), ("allow: [b.test]\n", 5)):
        path.write_text(
            "# mine\nname: t\nurl: https://a.test\nclient: {id: c}\n"
            + list_of_hosts
            + "accounts: {pattern: 'u{n}', count: 9, password: {env: P}}\n"
        )
        with pytest.raises(SafetyError) as caught:
            read_target(path)
        assert [problem.line for problem in caught.value.problems] == [line]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"validation": {"by": "userinfo", "url": "/me"}}, "asked by nobody with by: userinfo"),
        ({"client": {"id": "c", "auth": "none", "secret": {"env": "S"}}}, "is never sent with auth: none"),
        (
            {"client": {"id": "c", "auth": "private_key_jwt", "key": {"env": "K"}, "secret": {"env": "S"}}},
            "is never sent with auth: private_key_jwt",
        ),
        ({"accounts": {"csv": "a.csv", "first": 3}}, "means nothing to a file"),
        ({"ceiling": "0/s"}, "greater than 0"),
    ],
)
def test_a_setting_that_would_have_no_effect_is_refused(changes, told):
    with pytest.raises(ValueError, match=told):
        target(**changes)


@pytest.mark.parametrize("pattern", ["user", "{x}", "{n", "user{n:q}"])
def test_a_pattern_that_gives_no_account_of_ones_own_is_refused(pattern):
    with pytest.raises(ValueError, match=r"\{n"):
        target(accounts=GIVEN["accounts"] | {"pattern": pattern})


def test_secrets_come_from_the_environment_before_files(tmp_path):
    (tmp_path / "secret").write_text("from file\n")
    environ = {
        "PASSWORD": "from environment",
        "PASSWORD_FILE": "nowhere",
        "CLIENT_SECRET_FILE": str(tmp_path / "secret"),
    }
    found = {name: secret.reveal() for name, secret in resolve_secrets(target(), environ).items()}
    assert found == {"PASSWORD": "from environment", "CLIENT_SECRET": "from file"}


def test_every_secret_that_is_missing_is_named():
    with pytest.raises(ConfigError) as caught:
        resolve_secrets(target(), {"CLIENT_SECRET_FILE": "/nowhere/at/all"})
    assert "set PASSWORD in the environment" in str(caught.value)
    assert "CLIENT_SECRET_FILE names a file that cannot be read" in str(caught.value)


@pytest.mark.parametrize("name", names_in(ROOT / "config/targets"))
def test_every_shipped_target_reads_and_is_named_as_its_file(name):
    assert read_target(ROOT / f"config/targets/{name}.yaml").name == name


def test_a_pool_larger_than_the_accounts_is_capped_and_the_plan_knows_how_many_it_wants():
    plan = load_rehearsal("flash-sale", "oidc-provider", ROOT / "config")
    assert sum(plan.pool.peak.values()) <= 200
    assert plan.pool.peak["validate"] == 33
    assert plan.people > 200


def test_the_plan_hash_follows_the_plan():
    def plan(**options):
        return load_rehearsal("flash-sale", "sandbox", ROOT / "config", **options).hash

    assert plan() == plan()
    assert len({plan(), plan(scale=0.5), plan(seed=9)}) == 3
