"""Faults in the password check: accounts that lock, and a door that lets guessers in."""

from __future__ import annotations

import time

import pytest

from tests.sandbox.running import PASSWORD, PKCE, Browser, Sandbox, returned, start, user


def attempt(sandbox, number, password=PASSWORD):
    return sandbox.token("password", username=user(number), password=password).status_code


def hits(sandbox):
    return sandbox.control("GET", "faults").json()["faults"][0]["hits"]


def test_wrong_passwords_in_a_row_lock_the_account_for_its_owner_too(sandbox, faults):
    faults({"lockout_after": 3})
    assert [attempt(sandbox, 40, "wrong") for _ in range(3)] == [400] * 3
    assert attempt(sandbox, 40) == 400
    assert attempt(sandbox, 41) == 200
    assert hits(sandbox) == 1


def test_what_a_lock_answers_is_what_a_wrong_password_is_answered(sandbox, faults):
    faults({"lockout_after": 1})
    wrong = sandbox.token("password", username=user(42), password="wrong")
    locked = sandbox.token("password", username=user(42), password=PASSWORD)
    assert (locked.status_code, locked.json()) == (wrong.status_code, wrong.json())


def test_a_right_password_in_time_begins_the_count_anew(sandbox, faults):
    faults({"lockout_after": 2})
    assert [attempt(sandbox, 43, word) for word in ("wrong", PASSWORD, "wrong", PASSWORD)] == [400, 200, 400, 200]


def test_a_lock_ends_by_itself(sandbox, faults):
    faults({"lockout_after": 1, "lock_s": 0.4})
    assert attempt(sandbox, 44, "wrong") == 400
    began_s = time.monotonic()
    while attempt(sandbox, 44) == 400:
        assert time.monotonic() < began_s + 5
    assert time.monotonic() - began_s > 0.2


def test_the_login_form_knows_the_same_locks(sandbox, faults):
    faults({"lockout_after": 1})
    browser = Browser(sandbox, **PKCE)
    again = browser.submit(browser.open(), 45, password="wrong")
    locked = browser.submit(again, 45)
    assert (locked.status_code, "password is wrong" in locked.text) == (200, True)
    assert "code" in returned(browser.submit(locked, 46))


def test_nobody_is_locked_who_does_not_exist(sandbox, faults):
    faults({"lockout_after": 1})
    answers = [sandbox.token("password", username="ghost@example.test", password=PASSWORD) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {400}
    assert hits(sandbox) == 0


@pytest.mark.parametrize("number", [50, 51])
def test_an_open_door_lets_every_so_many_th_wrong_password_in(sandbox, faults, number):
    faults({"open_one_in": 3})
    assert [attempt(sandbox, number, "wrong") for _ in range(6)] == [400, 400, 200, 400, 400, 200]
    assert attempt(sandbox, number) == 200
    assert hits(sandbox) == 2


def test_a_sandbox_can_begin_with_locks(tmp_path):
    running = Sandbox(start(tmp_path, "--port", "0", "--with-parent", "--lockout-after", "2"))
    try:
        assert [attempt(running, 1, "wrong") for _ in range(2)] == [400, 400]
        assert attempt(running, 1) == 400
    finally:
        running.stop()
