"""Who may ask what: a table of requests, as a browser sends them for its user and for others."""

import pytest

from authstorm.room.doors import Asked, Doors

TOKEN = "the-token-of-the-page"
HOME = Doors(frozenset(), is_open=False)
OPEN = Doors(frozenset({"Room.example.test"}), is_open=True)
OUR_POST = {"method": "POST", "origin": "http://127.0.0.1:8089", "site": "same-origin", "mode": "cors", "token": TOKEN}


def asked(method="GET", host="127.0.0.1:8089", **headers):
    return Asked(method, "http", host, **headers)


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(asked(), id="curl"),
        pytest.param(asked(site="none", mode="navigate"), id="typed into the address bar"),
        pytest.param(asked(site="cross-site", mode="navigate"), id="a link on somebody's page"),
        pytest.param(asked(site="same-origin", mode="cors"), id="our page asks"),
        pytest.param(asked(host="localhost:9000"), id="through an SSH tunnel on another port"),
        pytest.param(asked(host="[::1]:8089"), id="IPv6"),
        pytest.param(asked(**OUR_POST), id="our page's button"),
        pytest.param(asked("POST", token=TOKEN), id="a program that was given the token"),
    ],
)
def test_our_own_are_let_in(request_):
    assert HOME.refusal(request_, TOKEN) == ""


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        pytest.param(asked(host="evil.example.test:8089"), "not ours", id="DNS rebinding"),
        pytest.param(asked(host="127.0.0.1.evil.test"), "not ours", id="a name that looks like ours"),
        pytest.param(asked(host=""), "not ours", id="no host"),
        pytest.param(asked(host="[::1"), "not ours", id="a broken host"),
        pytest.param(asked(host="10.8.0.1:8089"), "not ours", id="an address that is not served"),
        pytest.param(asked(origin="http://evil.test"), "another origin", id="CORS read"),
        pytest.param(asked(origin="null"), "another origin", id="a sandboxed frame, as our reports are"),
        pytest.param(asked(origin="http://127.0.0.1:9999"), "another origin", id="another port of this machine"),
        pytest.param(asked(origin="https://127.0.0.1:8089"), "another origin", id="another scheme"),
        pytest.param(asked(site="cross-site", mode="no-cors"), "another site", id="an image elsewhere"),
        pytest.param(asked(site="same-site", mode="cors"), "another site", id="script on another port"),
        pytest.param(
            asked("POST", site="cross-site", mode="navigate", token=TOKEN), "another site", id="form elsewhere"
        ),
        pytest.param(asked("POST"), "token", id="no token"),
        pytest.param(asked("POST", token=TOKEN[:-1]), "token", id="nearly the token"),
        pytest.param(asked("POST", token="\u00e4"), "token", id="no ASCII"),
        pytest.param(asked("PUT", token=TOKEN), "GET and POST", id="PUT"),
        pytest.param(asked("DELETE", token=TOKEN), "GET and POST", id="DELETE"),
        pytest.param(asked("OPTIONS"), "GET and POST", id="a preflight"),
    ],
)
def test_strangers_are_not(request_, why):
    assert why in HOME.refusal(request_, TOKEN)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("room.example.test:8089", True),
        ("ROOM.example.test", True),
        ("10.8.0.1:8089", True),
        ("[fd00::1]:8089", True),
        ("localhost", True),
        ("evil.example.test", False),
        ("room.example.test.evil.test", False),
    ],
)
def test_beyond_loopback_names_must_be_given_and_addresses_cannot_be_rebound(host, known):
    assert OPEN.knows(host) is known
