"""The command line and the secrets, without a process."""

from __future__ import annotations

import pytest

from authstorm.errors import ConfigError, SandboxError
from authstorm.sandbox.options import Options, read_options
from authstorm.sandbox.secrets_file import Secrets, load_secrets

BOTH = {"SANDBOX_PASSWORD": "p", "SANDBOX_CLIENT_SECRET": "s"}


def test_every_option_arrives(tmp_path):
    given = read_options(
        "--host ::1 --port 1 --accounts 2 --hash-cost 4 --access-ttl 5.0 --refresh-ttl 1e+06 --alg RS256 --opaque "
        f"--redirect-uri http://a.test --redirect-uri http://b.test --log-times --with-parent --lockout-after 7 "
        f"--secrets-file {tmp_path}/x".split()
    )
    assert given == Options(
        host="::1",
        port=1,
        accounts=2,
        hash_cost=4,
        access_ttl_s=5,
        refresh_ttl_s=1_000_000,
        alg="RS256",
        opaque=True,
        redirect_uris=("http://a.test", "http://b.test"),
        log_times=True,
        lockout_after=7,
        with_parent=True,
        secrets_file=tmp_path / "x",
    )
    assert read_options([]) == Options()


def test_all_bad_options_are_named_at_once():
    bad = {"--host": "10.0.0.1", "--port": "70000", "--accounts": "0", "--hash-cost": "10", "--lockout-after": "0"}
    bad |= {"--access-ttl": "0"}
    with pytest.raises(ConfigError) as caught:
        read_options([word for pair in bad.items() for word in pair])
    assert [problem.key for problem in caught.value.problems] == [*bad]


@pytest.mark.parametrize("arguments", [["--access-ttl", "1.5"], ["--alg", "none"], ["--prot", "1"]])
def test_what_cannot_be_read_ends_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        read_options(arguments)
    assert caught.value.code == 2


def test_the_environment_wins_and_makes_no_file(tmp_path):
    assert load_secrets(tmp_path / "env", BOTH) == Secrets("p", "s")
    assert not [*tmp_path.iterdir()]


def test_what_the_environment_lacks_comes_from_the_file(tmp_path):
    first = load_secrets(tmp_path / "env", {"SANDBOX_PASSWORD": ""})
    again = load_secrets(tmp_path / "env", {"SANDBOX_PASSWORD": "mine"})
    assert again == Secrets("mine", first.client_secret, first.client_key)
    assert len(first.password) >= 32


def test_who_comes_second_takes_the_secrets_of_the_first(tmp_path, monkeypatch):
    first = load_secrets(tmp_path / "env", {})
    monkeypatch.setattr(type(tmp_path), "exists", lambda _: False)  # as it looked just before the first made it
    assert load_secrets(tmp_path / "env", {}) == first
    assert [path.name for path in tmp_path.iterdir()] == ["env"]


def test_the_secrets_hide_from_their_own_repr():
    assert "hush" not in repr(Secrets("hush-1", "hush-2", "hush-3"))


def test_a_file_that_lacks_a_secret_is_named(tmp_path):
    (tmp_path / "env").write_text("SANDBOX_PASSWORD=x\n")
    with pytest.raises(SandboxError, match="no SANDBOX_CLIENT_SECRET"):
        load_secrets(tmp_path / "env", {})


def test_a_file_that_cannot_be_made_is_named(tmp_path):
    with pytest.raises(SandboxError, match="No such file"):
        load_secrets(tmp_path / "nowhere" / "env", {})


def test_a_file_that_others_can_read_is_warned_of(tmp_path, capsys):
    load_secrets(tmp_path / "env", {})
    assert not capsys.readouterr().err
    (tmp_path / "env").chmod(0o644)
    load_secrets(tmp_path / "env", {})
    assert "can be read by others" in capsys.readouterr().err
