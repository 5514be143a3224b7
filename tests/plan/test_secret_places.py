"""Where secrets come from: a variable, a file, a command; each asked once, none of them ever shown."""

import os
import sys
import time

import pytest

from authstorm.errors import ConfigError
from authstorm.plan.rehearsal import resolve_secrets
from authstorm.plan.secrets import SecretName
from tests.plan.test_targets import GIVEN, target

SAID = "what-the-command-said"


def command(script, *arguments):
    return {"exec": [sys.executable, "-c", script, *arguments]}


def resolved(place, **options):
    return SecretName.model_validate(place).resolve(dict(os.environ), **options).reveal()


def test_a_command_is_run_without_a_shell_and_its_line_taken():
    echo = "import sys; print(sys.argv[1])"
    assert resolved(command(echo, "$HOME; echo `id` 'x' ")) == "$HOME; echo `id` 'x' "


def test_a_command_sees_the_environment_and_no_terminal():
    script = "import os, sys; print(os.environ['PATH'] != '', repr(sys.stdin.read()))"
    assert resolved(command(script)) == "True ''"


def test_a_file_is_read_but_for_its_last_line_end(tmp_path):
    (tmp_path / "secret").write_text("two\nlines \r\n")
    assert resolved({"file": str(tmp_path / "secret")}) == "two\nlines "


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (f"import sys; print({SAID!r}); sys.exit({SAID!r})", "the command ended with exit code 1"),
        (f"import sys; print({SAID!r}, file=sys.stderr); sys.exit(3)", "the command ended with exit code 3"),
        ("pass", "the command wrote nothing"),
        ("import sys; sys.stdout.buffer.write(bytes([255]))", "no UTF-8 text"),
        (f"import time; print({SAID!r}, flush=True); time.sleep(60)", "did not end within 0.2 s"),
    ],
)
def test_a_command_that_fails_is_told_without_a_word_of_what_it_said(script, told):
    with pytest.raises(KeyError, match=told) as caught:
        resolved(command(script), limit_s=0.2 if "sleep" in script else 30.0)
    assert SAID not in str(caught.value)


def test_what_a_command_left_running_is_not_waited_for():
    began = time.monotonic()
    with pytest.raises(KeyError, match=r"did not end within 0.5 s"):
        resolved({"exec": ["sh", "-c", "sleep 30 & echo started"]}, limit_s=0.5)
    assert time.monotonic() - began < 20


def test_a_command_that_writes_without_end_is_stopped_before_it_fills_the_memory():
    with pytest.raises(KeyError, match="wrote more than 1,000,000 bytes"):
        resolved({"exec": ["yes"]}, limit_s=30)


def test_a_command_may_write_much_beside():
    script = "import sys; sys.stderr.write('x' * 3_000_000); print('pw' * 30_000)"
    assert len(resolved(command(script), limit_s=30)) == 60_000


def test_a_failure_names_the_key_and_the_first_word_alone():
    given = {**GIVEN, "client": {"id": "c", "secret": {"exec": ["no-such-command", "--token", SAID]}}}
    with pytest.raises(ConfigError) as caught:
        resolve_secrets(target(**given), {"PASSWORD": "x"})
    told = str(caught.value)
    assert "client.secret: the secret of the command 'no-such-command' is not there" in told
    assert "the command cannot be run: No such file or directory" in told
    assert SAID not in told


def test_one_command_that_two_keys_name_is_run_once(tmp_path):
    count = f"open({str(tmp_path / 'runs')!r}, 'a').write('x'); print('pw')"
    given = {"client": {"id": "c", "secret": command(count)}, "service": {"id": "s", "secret": command(count)}}
    found = resolve_secrets(target(**given), {**os.environ, "PASSWORD": "x"})
    assert sorted(secret.reveal() for secret in found.values()) == ["pw", "x"]
    assert (tmp_path / "runs").read_text() == "x"


@pytest.mark.parametrize(
    "place",
    [
        "hunter2", {"value": "hunter2"}, {"exec": "echo hunter2"}, {"exec": []}, {"exec": ["echo", 5]}, {"exec": [""]},
        {"env": "hunter 2"}, {"env": "A", "file": "hunter2"}, {}, {"file": ""}, {"file": 5}, ["hunter2"], None,
    ],
)  # fmt: skip
def test_what_names_no_place_is_refused_and_not_shown(place):
    with pytest.raises(ValueError, match=r"a secret|exec is a list|unknown|Extra") as caught:
        SecretName.model_validate(place)
    assert "hunter2" not in str(caught.value).split("input_value")[0]


def test_a_place_is_shown_as_it_stands_in_the_file():
    assert SecretName(env="A").model_dump(by_alias=True, exclude_none=True) == {"env": "A"}
    vault = SecretName.model_validate({"exec": ["vault", "read"]})
    assert vault.model_dump(mode="json", by_alias=True, exclude_none=True) == {"exec": ["vault", "read"]}
