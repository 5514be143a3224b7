"""No password, no room beyond loopback."""

import pytest

from authstorm.errors import ConfigError, SafetyError
from authstorm.room.password import MOST_TRIES, PASSWORD, PER_S, Tries, room_password

LONG = "long enough a word"


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "192.0.2.7", "room.example.test"])
def test_other_machines_need_one(host):
    with pytest.raises(SafetyError, match=f"can be reached by other machines, and {PASSWORD} is not set"):
        room_password(host, {})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_needs_none(host):
    assert room_password(host, {}) is None


def test_where_one_is_set_it_is_asked_for_on_loopback_too():
    assert room_password("127.0.0.1", {PASSWORD: LONG}).reveal() == LONG


def test_it_may_stand_in_a_file(tmp_path):
    (tmp_path / "password").write_text(f"{LONG}\n")
    assert room_password("0.0.0.0", {f"{PASSWORD}_FILE": str(tmp_path / "password")}).reveal() == LONG


def test_one_that_could_be_guessed_is_refused_and_not_shown():
    with pytest.raises(ConfigError, match="fewer than 12 characters") as caught:
        room_password("0.0.0.0", {PASSWORD: "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "password").touch()
    with pytest.raises(ConfigError, match="names an empty file"):
        room_password("127.0.0.1", {f"{PASSWORD}_FILE": str(tmp_path / "password")})


def test_after_ten_wrong_ones_nobody_is_heard_for_a_minute():
    tries = Tries()
    for number in range(MOST_TRIES):
        assert not tries.too_many(float(number))
        tries.wrong(float(number))
    assert tries.too_many(9.5)
    assert tries.too_many(PER_S - 0.1)
    assert not tries.too_many(PER_S + 0.1)
