"""The shared token: what proves it, and which are refused."""

import pytest

from authstorm.drive.handshake import check_door, proof, proves, shared_token
from authstorm.errors import ConfigError, SafetyError
from authstorm.plan.secrets import Secret

TOKEN = Secret("a-long-enough-token")


def test_only_who_has_the_token_can_make_the_proof():
    given = proof(TOKEN, "worker", "nonce", "plan")
    assert proves(given, TOKEN, "worker", "nonce", "plan")
    assert not proves(given, Secret("another-long-token!"), "worker", "nonce", "plan")
    assert not proves(given, None, "worker", "nonce", "plan")
    assert TOKEN.reveal() not in given


@pytest.mark.parametrize("facts", [("master", "nonce", "plan"), ("worker", "nonc", "eplan"), ("worker", "nonce")])
def test_a_proof_holds_for_nothing_else(facts):
    assert not proves(proof(TOKEN, "worker", "nonce", "plan"), TOKEN, *facts)


@pytest.mark.parametrize("given", [None, 7, b"bytes", "", "ä"])
def test_what_is_no_proof_proves_nothing(given):
    assert not proves(given, TOKEN, "worker")


def test_the_token_comes_from_the_environment_or_a_file(tmp_path):
    place = tmp_path / "token"
    place.write_text("a-token-out-of-a-file\n")
    assert shared_token({"AUTHSTORM_TOKEN": TOKEN.reveal()}).reveal() == TOKEN.reveal()
    assert shared_token({"AUTHSTORM_TOKEN_FILE": str(place)}).reveal() == "a-token-out-of-a-file"
    assert shared_token({}) is None


@pytest.mark.parametrize(
    ("environ", "match"),
    [({"AUTHSTORM_TOKEN": "short"}, "fewer than 16"), ({"AUTHSTORM_TOKEN_FILE": "/nowhere"}, "cannot be read")],
)
def test_a_token_that_is_of_no_use_is_refused_without_showing_it(environ, match):
    with pytest.raises(ConfigError, match=match) as refused:
        shared_token(environ)
    assert "short" not in str(refused.value).replace("fewer", "")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_on_loopback_no_token_is_needed(host):
    check_door(host, None)


@pytest.mark.parametrize("host", ["*", "0.0.0.0", "10.0.0.7", "::"])
def test_where_others_can_reach_it_a_token_is_needed(host):
    with pytest.raises(SafetyError, match="AUTHSTORM_TOKEN is not set"):
        check_door(host, None)
    check_door(host, TOKEN)
