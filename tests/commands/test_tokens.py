"""``make tokens``: complete, private, patient, fresh, and never lost."""

import csv
import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time

import pytest

from authstorm.commands.fetching import token_file
from authstorm.commands.fetching.pace import Pace
from tests.commands.conftest import CONFIDENTIAL
from tests.sandbox.running import PASSWORD, ROOT, SECRET, Sandbox, start
from tests.wire.scripted_server import ScriptedServer, answering, ok


def rows(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture
def faults(sandbox):
    yield lambda *documents: sandbox.control("PUT", "faults", [*documents]).raise_for_status()
    sandbox.control("DELETE", "faults")


def test_each_account_gives_one_set_that_the_server_knows(describe, run, sandbox, tmp_path):
    file = tmp_path / "sets.jsonl"
    ran = run("tokens", "--target", describe(), "-n", 50, "--output", file)
    assert ran.code == 0, ran.err
    sets = rows(file)
    assert len({each["username"] for each in sets}) == 50
    assert len({each["access_token"] for each in sets}) == 50
    shown = sandbox.introspect(sets[7]["access_token"])
    assert (shown["active"], shown["username"]) == (True, sets[7]["username"])
    assert 290 <= sets[7]["expires_at"] - time.time() <= 301


def test_the_file_is_readable_by_its_owner_alone_whatever_the_umask_and_whatever_was_there(describe, run, tmp_path):
    file = tmp_path / "sets.jsonl"
    file.write_text("older", encoding="utf-8")
    file.chmod(0o644)
    before = os.umask(0)
    try:
        assert run("tokens", "--target", describe(), "-n", 3, "--output", file).code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(rows(file)) == 3


def test_as_csv_it_has_a_header_and_the_same_columns(describe, run, tmp_path):
    file = tmp_path / "sets.csv"
    assert run("tokens", "--target", describe(), "-n", 5, "--format", "csv", "--output", file).code == 0
    with file.open(encoding="utf-8", newline="") as text:
        sets = list(csv.DictReader(text))
    assert len(sets) == 5
    assert all(each["access_token"].count(".") == 2 and each["refresh_token"] for each in sets)


def test_no_token_is_printed(describe, run, tmp_path):
    file = tmp_path / "sets.jsonl"
    ran = run("tokens", "--target", describe(), "-n", 3, "--output", file)
    said = ran.out + ran.err
    assert not any(each[name] in said for each in rows(file) for name in ("access_token", "refresh_token", "username"))


def test_a_server_that_fails_now_and_then_is_asked_again(describe, run, faults, tmp_path):
    faults({"error_share": 0.3, "seed": 5, "endpoints": ["token"]})
    ran = run("tokens", "--target", describe(), "-n", 12, "--output", tmp_path / "sets.jsonl")
    assert ran.code == 0, ran.err
    assert "retries" in ran.out
    assert len(rows(tmp_path / "sets.jsonl")) == 12


def test_what_came_is_kept_when_the_rest_does_not(describe, run, tmp_path, sandbox):
    accounts = tmp_path / "accounts.csv"
    names = [f"user{n:05d}@example.test,{PASSWORD if n % 2 else 'wrong-password'}" for n in range(8)]
    accounts.write_text("\n".join(["username,password", *names]) + "\n", encoding="utf-8")
    ran = run(
        "tokens", "--target", describe(accounts={"csv": str(accounts)}), "-n", 8, "--output", tmp_path / "s.jsonl"
    )
    assert ran.code == 3, ran.err
    assert len(rows(tmp_path / "s.jsonl")) == 4
    assert "4 accounts: invalid_grant" in ran.err


def test_refusals_without_a_success_end_it_before_accounts_are_locked(describe, run, sandbox, tmp_path):
    sandbox.control("DELETE", "counts")
    accounts = {"pattern": "user{n:05d}@example.test", "count": 200, "password": {"env": "WRONG_SECRET"}}
    file = tmp_path / "sets.jsonl"
    ran = run("tokens", "--target", describe(accounts=accounts), "-n", 200, "--concurrency", 2, "--output", file)
    assert ran.code == 2
    assert "stopped early" in ran.err
    assert not file.exists()
    assert 10 <= sandbox.count("token", 400, "password") <= 12


def test_more_sets_than_accounts_are_refused_with_the_line(describe, run):
    ran = run("tokens", "--target", describe(), "-n", 201)
    assert ran.code == 2
    assert "accounts.count: there are 200 accounts" in ran.err


def test_a_copy_that_has_the_name_of_its_model_does_not_overwrite_its_tokens(describe, run, tmp_path):
    model = describe()
    copy = tmp_path / "copy.yaml"
    copy.write_text(model.read_text())
    ran = run("tokens", "--target", copy, "-n", 1)
    assert ran.code == 2
    assert f"{copy}:1: name: 'planted' is the name of another file's target" in ran.err
    assert "(name: copy)" in ran.err
    assert not (tmp_path / "tokens").exists()
    assert run("tokens", "--target", copy, "-n", 1, "--output", tmp_path / "mine.jsonl").code == 0


def test_a_time_without_its_unit_is_told_what_to_write(run, capsys):
    with pytest.raises(SystemExit):
        run("tokens", "--target", "sandbox", "--keep", "10")
    assert "'10' is not a duration: write it with its unit" in capsys.readouterr().err


def test_a_host_that_is_not_allowed_is_not_asked(describe, run):
    ran = run("tokens", "--target", describe(endpoints={"token": "https://elsewhere.example.test/token"}), "-n", 1)
    assert ran.code == 2
    assert "neither loopback nor allowed" in ran.err


def test_an_endpoint_that_nobody_names_is_asked_for(describe, run):
    ran = run("tokens", "--target", describe(discovery=False, login={"by": "code"}), "-n", 1)
    assert ran.code == 2
    assert "endpoints.token: is neither given nor named by discovery (add endpoints: {token: /path})" in ran.err
    assert "endpoints.authorization" in ran.err


def test_sets_are_renewed_before_they_end(describe, run, tmp_path):
    brief = Sandbox(start(tmp_path, "--port", "0", "--with-parent", "--access-ttl", "2", "--accounts", "200"))
    file = tmp_path / "sets.jsonl"
    try:
        ran = run("tokens", "--target", describe(url=brief.url), "-n", 5, "--output", file, "--keep", "2.5s")
        sets = rows(file)
        alive = [brief.active(each["access_token"]) for each in sets]
    finally:
        brief.stop()
    assert ran.code == 0, ran.err
    assert "renewed" in ran.out
    assert alive == [True] * 5
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("end", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_what_ends_it_keeps_whole_lines(describe, sandbox, faults, tmp_path, end, code):  # noqa: PLR0917
    faults({"delay_ms": 60, "endpoints": ["token"]})
    file = tmp_path / "sets.jsonl"
    command = [sys.executable, "-m", "authstorm", "tokens", "--target", str(describe()), "-n", "200"]
    environ = os.environ | {"PYTHONPATH": str(ROOT), "SANDBOX_PASSWORD": PASSWORD, "SANDBOX_CLIENT_SECRET": SECRET}
    process = subprocess.Popen(
        [*command, "--concurrency", "2", "--output", str(file)],
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 30
    while time.monotonic() < until and not (file.exists() and len(rows(file)) >= 4):
        time.sleep(0.05)
    process.send_signal(end)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (code, "")
    assert 4 <= len(rows(file)) < 200
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert code < 0 or f"{len(rows(file))} of 200 token sets" in out


def test_a_file_that_cannot_be_written_is_told_before_anybody_is_asked(describe, run, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    server = ScriptedServer(answering(seen := [], lambda _: ok()))
    path = describe(url=server.url, discovery=False, endpoints={"token": "/token"})
    try:
        for place, why in (("folder", "Is a directory"), ("file/sets.jsonl", "File exists")):
            ran = run("tokens", "--target", path, "-n", 3, "--output", tmp_path / place)
            assert ran.code == 2
            assert f"--output: file: {tmp_path / place} cannot be written: {why}" in ran.err
    finally:
        server.close()
    assert not seen


def test_a_disk_that_fills_ends_it_and_is_told(describe, run, monkeypatch, tmp_path):
    written = []

    def full(fd, text):
        written.append(text)
        if len(written) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(fd, text)

    write = token_file._write
    monkeypatch.setattr(token_file, "_write", full)
    file = tmp_path / "sets.jsonl"
    ran = run("tokens", "--target", describe(), "-n", 50, "--concurrency", 1, "--output", file)
    assert ran.code == 1
    assert f"{file} cannot be written any more: No space left on device" in ran.err
    assert len(rows(file)) == 3
    assert len(written) == 4


def test_what_a_killed_run_left_behind_stops_nobody(describe, run, tmp_path):
    (tmp_path / f".sets.jsonl.{os.getpid()}").write_text("half a li", encoding="utf-8")
    assert run("tokens", "--target", describe(), "-n", 3, "--output", tmp_path / "sets.jsonl").code == 0
    assert len(rows(tmp_path / "sets.jsonl")) == 3


def test_a_server_that_asks_to_wait_is_asked_again_no_sooner(describe, run, tmp_path):
    asked_s = []

    def answer(request):
        asked_s.append(time.monotonic())
        if len(asked_s) == 1:
            return ok(b"", "Retry-After: 1", status="429 Too Many Requests")
        return ok(b'{"access_token": "a-token-of-some-length"}', "Content-Type: application/json")

    server = ScriptedServer(answering([], answer))
    try:
        path = describe(url=server.url, discovery=False, endpoints={"token": "/token"}, scope="")
        ran = run("tokens", "--target", path, "-n", 1, "--output", tmp_path / "sets.jsonl")
    finally:
        server.close()
    assert ran.code == 0, ran.err
    assert "1 retries" in ran.out
    assert 1 <= asked_s[1] - asked_s[0] < 1 + 0.5 + 1  # what was asked for, jitter on top, and a busy machine


@pytest.mark.parametrize(
    ("rate", "asked_at", "waits", "gloss"),
    [
        (None, [0, 0, 0], [0, 0, 0], "no ceiling, no waiting"),
        (2, [0, 0, 0], [0, 0.5, 1.0], "all at once: one each half second"),
        (2, [0, 5, 5], [0, 0, 0.5], "a pause saves nothing up"),
    ],
)
def test_the_ceiling_spaces_what_is_asked(rate, asked_at, waits, gloss):
    moments = iter(asked_at)
    pace = Pace(rate, lambda: next(moments))
    assert [pace.wait_s() for _ in asked_at] == waits, gloss


def test_a_client_of_its_own_scope_gets_it(describe, run, tmp_path):
    file = tmp_path / "sets.jsonl"
    path = describe(client=CONFIDENTIAL | {"scope": "openid"})
    assert run("tokens", "--target", path, "-n", 1, "--output", file).code == 0
    assert rows(file)[0]["scope"] == "openid"
