"""The set-up's own decisions, without a server: secrets, stamps, downloads, and what is said when something lacks."""

from __future__ import annotations

import importlib.util
import re
import socket
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers.launch.command import main
from tests.servers.launch.download import PAUSES_S, download
from tests.servers.launch.errors import SetupError
from tests.servers.launch.node_server import find_node
from tests.servers.launch.program import find_program
from tests.servers.launch.secret_file import NAMES, read_secrets
from tests.servers.launch.server import SERVERS, Settings
from tests.servers.launch.serving import require_free
from tests.servers.launch.stamp import Stamp, digest


def test_the_secret_file_is_made_once_for_its_owner_alone(tmp_path: Path):
    file = tmp_path / ".servers.env"
    first = read_secrets(NAMES, {}, file)
    assert len(set(first.values())) == len(NAMES)
    assert min(len(value) for value in first.values()) >= 24
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_secrets(NAMES, {}, file) == first
    assert [path.name for path in tmp_path.iterdir()] == [".servers.env"]


def test_the_environment_goes_before_the_secret_file(tmp_path: Path):
    file = tmp_path / ".servers.env"
    file.write_text('# mine\nDOT_PASSWORD="from file"\nDOT_CLIENT_SECRET=also\n')
    names = ("DOT_PASSWORD", "DOT_CLIENT_SECRET")
    found = read_secrets(names, {"DOT_CLIENT_SECRET": "from environment"}, file)
    assert found == {"DOT_PASSWORD": "from file", "DOT_CLIENT_SECRET": "from environment"}


def test_no_secret_file_is_made_when_the_environment_says_all(tmp_path: Path):
    read_secrets(["DOT_PASSWORD"], {"DOT_PASSWORD": "x"}, tmp_path / ".servers.env")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("before", ["# mine\nDOT_PASSWORD=x\n", "# mine\nDOT_PASSWORD=x"], ids=["whole", "no line end"])
def test_a_secret_file_from_before_a_server_is_completed_and_keeps_its_values(tmp_path: Path, before: str):
    file = tmp_path / ".servers.env"
    file.write_text(before)
    file.chmod(0o600)
    found = read_secrets(["DOT_PASSWORD", "BETTER_AUTH_PASSWORD"], {}, file)
    assert found["DOT_PASSWORD"] == "x"
    assert len(found["BETTER_AUTH_PASSWORD"]) == 24
    assert file.read_text() == f"# mine\nDOT_PASSWORD=x\nBETTER_AUTH_PASSWORD={found['BETTER_AUTH_PASSWORD']}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_secrets(["DOT_PASSWORD", "BETTER_AUTH_PASSWORD"], {}, file) == found


def test_two_servers_that_start_together_agree_on_what_was_lacking(tmp_path: Path):
    file = tmp_path / ".servers.env"
    file.write_text("DOT_PASSWORD=x\n")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: read_secrets(NAMES, {}, file), range(8)))
    assert found == [found[0]] * 8


def test_a_line_without_a_value_is_told(tmp_path: Path):
    file = tmp_path / ".servers.env"
    file.write_text("DOT_PASSWORD=x\nDOT_CLIENT_SECRET=\n")
    with pytest.raises(SetupError, match=r"no value for DOT_CLIENT_SECRET: write one, or delete the line"):
        read_secrets(["DOT_PASSWORD", "DOT_CLIENT_SECRET"], {}, file)


def test_settings_show_no_secret():
    assert "hunter2" not in repr(Settings(1, "cheap", 1, 1, {"DOT_PASSWORD": "hunter2"}))


def test_a_stamp_holds_until_a_file_or_a_word_changes(tmp_path: Path):
    lock = tmp_path / "lock"
    lock.write_text("django==5")
    stamp = Stamp(tmp_path / "stamp")
    assert not stamp.holds(digest([lock], "a", "b"))
    stamp.write(digest([lock], "a", "b"))
    assert stamp.holds(digest([lock], "a", "b"))
    assert not stamp.holds(digest([lock], "ab"))
    lock.write_text("django==6")
    assert not stamp.holds(digest([lock], "a", "b"))


FAILS_UNTIL = """
import pathlib, sys
tries = pathlib.Path("tries")
number = len(tries.read_text()) + 1 if tries.exists() else 1
tries.write_text("x" * number)
print("try", number)
sys.exit(number < int(sys.argv[1]))
"""


@pytest.mark.parametrize(
    ("good_at", "pauses", "gloss"),
    [(1, [], "at once"), (2, [PAUSES_S[0]], "the second try"), (3, list(PAUSES_S), "the last try")],
)
def test_a_download_is_tried_again_after_growing_pauses(tmp_path: Path, good_at: int, pauses: list[float], gloss: str):
    slept: list[float] = []
    download([sys.executable, "-c", FAILS_UNTIL, str(good_at)], tmp_path, sleep=slept.append)
    assert slept == pauses, gloss


def test_a_download_that_fails_three_times_says_what_it_said_last(tmp_path: Path):
    with pytest.raises(SetupError, match=r"failed three times:\ntry 3"):
        download([sys.executable, "-c", FAILS_UNTIL, "9"], tmp_path, sleep=lambda _: None)


def test_a_download_that_hangs_is_given_up(tmp_path: Path):
    hang = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(SetupError, match="no end after 0 s"):
        download(hang, tmp_path, try_s=0.05, sleep=lambda _: None)


def test_a_missing_program_is_named_with_the_package_that_brings_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SetupError, match=r"npm is missing: install it \(Debian, as root: apt-get install npm\)"):
        find_program("npm")


@pytest.mark.parametrize("version", ["v20.19.2", "nonsense"])
def test_a_node_that_is_too_old_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str):
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match=f"{version}: Node 22 or newer is needed"):
        find_node(tmp_path)


def test_a_taken_port_is_refused():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SetupError, match=f"port {other.getsockname()[1]} is taken"):
            require_free(other.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["keycloak"], "invalid choice: 'keycloak'"),
        (["oidc-provider", "--hash", "free"], "HASH_COST is cheap or real, not free"),
        (["oidc-provider", "--access-ttl", "0"], "must be a whole number of seconds, at least 1"),
        (["oidc-provider", "--at-once", "0"], "must be a whole number of requests, at least 1"),
        (["django-oauth-toolkit", "--at-once", "5"], "has no such limit; oidc-provider and better-auth have"),
    ],
)
def test_wrong_arguments_end_with_2(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert said in capsys.readouterr().err


def test_a_wrong_setting_in_the_environment_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("HASH_COST", "free")
    with pytest.raises(SystemExit, match="2"):
        main(["oidc-provider"])
    assert "HASH_COST" in capsys.readouterr().err


def test_the_locked_files_name_no_registry_and_pin_everything():
    for lock in (*SERVERS.glob("*/package*.json"), *SERVERS.glob("*/requirements.*")):
        assert "://" not in lock.read_text(), lock
    packages = (SERVERS / "django-oauth-toolkit/requirements.lock").read_text().splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in packages if not line.startswith("#"))
    for lock in SERVERS.glob("*/package-lock.json"):
        assert '"resolved"' not in lock.read_text(), lock


spec = importlib.util.spec_from_file_location("dot_counts", SERVERS / "django-oauth-toolkit/dotserver/counts.py")
dot_counts = importlib.util.module_from_spec(spec)
spec.loader.exec_module(dot_counts)

LOGIN = ["granted", "password", "u1", "a1", "r1", ""]
RENEWED = ["granted", "refresh_token", "", "a2", "r2", "r1"]
OTHER_LOGIN = ["granted", "authorization_code", "u1", "b1", "q1", ""]


@pytest.mark.parametrize(
    ("entries", "reuse", "overlaps", "gloss"),
    [
        ([LOGIN, RENEWED, ["used", "a2"]], 0, 0, "one careful visitor"),
        ([LOGIN, RENEWED, ["refused", "refresh_token", "r1"]], 1, 0, "an old token, refused"),
        ([LOGIN, RENEWED, ["granted", "refresh_token", "", "a3", "r3", "r1"]], 1, 0, "an old token, honoured"),
        ([LOGIN, ["refused", "refresh_token", "r1"], RENEWED], 1, 0, "parallel, the loser answered first"),
        ([LOGIN, ["refused", "refresh_token", ""], RENEWED], 0, 0, "refused for another reason, then good"),
        ([LOGIN, ["refused", "refresh_token", "zz"]], 0, 0, "a token never seen"),
        ([LOGIN, OTHER_LOGIN, ["used", "b1"]], 0, 0, "one after the other"),
        ([LOGIN, OTHER_LOGIN, ["used", "a1"]], 0, 1, "the first is still there"),
        ([LOGIN, OTHER_LOGIN, RENEWED, ["used", "a2"]], 0, 2, "and renews, and uses what it got"),
        ([["granted", "client_credentials", "", "c1", "", ""], ["used", "c1"]], 0, 0, "a service is no visitor"),
    ],
)
def test_the_ledger_adds_up(entries: list[list[str]], reuse: int, overlaps: int, gloss: str):
    total = dot_counts.fold(entries)
    assert (total["refresh_reuse"], total["overlaps"]) == (reuse, overlaps), gloss
