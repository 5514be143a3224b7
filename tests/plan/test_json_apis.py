"""JSON login APIs as targets describe them: what fits together, and what is told of what does not."""

import re

import pytest
import yaml

from authstorm.errors import ConfigError, SafetyError
from authstorm.plan.answer_place import parse_place, show_place
from authstorm.plan.expectation import steps_of
from authstorm.plan.json_path import parse_path, show_path
from authstorm.plan.rehearsal import load_rehearsal
from authstorm.plan.target import read_target

LOGIN = {"path": "/login", "json": {"u": "{username}", "p": "{password}"}, "token": "token"}
GIVEN = {
    "name": "t",
    "url": "http://127.0.0.1:1",
    "api": {"login": LOGIN, "validate": {"path": "/me"}},
    "accounts": {"pattern": "user{n}", "count": 10, "password": {"env": "PASSWORD"}},
}


@pytest.fixture
def read(tmp_path):
    """Read a target from a file of the test's own; ``told`` gives its problems as text."""

    def read(**changes):
        path = tmp_path / "t.yaml"
        path.write_text(yaml.safe_dump({**GIVEN, **changes}, sort_keys=False))
        return read_target(path, "t.yaml")

    return read


def api(**changes):
    return {"api": {**GIVEN["api"], **changes}}


def test_a_target_with_an_api_needs_no_client(read):
    target = read()
    assert [key for key, _ in target.secrets()] == ["accounts.password"]
    assert "client" in target.idle_keys


def test_a_target_is_an_oauth_server_or_an_api_and_every_key_of_the_other_is_named_with_its_line(read):
    with pytest.raises(ConfigError) as caught:
        read(client={"id": "c"}, scope="openid")
    assert [(p.line, p.key, p.right) for p in caught.value.problems] == [
        (17, "client", "leave it out"),
        (19, "scope", "leave it out"),
    ]


def test_checks_of_what_only_oauth_promises_are_named_with_their_line(read):
    with pytest.raises(ConfigError) as caught:
        read(checks={"trace": "none", "clock-skew": "1s", "issuer": "https://a.test", "username": "email"})
    assert [(p.line, p.key) for p in caught.value.problems] == [(20, "checks.issuer"), (21, "checks.username")]
    assert read(checks={"trace": "none", "clock-skew": "1s"}).checks.trace == "none"


def test_a_plan_for_a_call_that_is_not_described_is_refused_with_the_line_of_the_api(read, tmp_path):
    read()
    (tmp_path / "p.yaml").write_text(
        "name: p\narrivals: 5/s\nmix: {login: 1, refresh: 1, service: 1}\nstages: [a: {for: 60s}]\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_rehearsal(str(tmp_path / "p.yaml"), str(tmp_path / "t.yaml"), tmp_path)
    assert [(p.line, p.key, p.wrong) for p in caught.value.problems] == [
        (3, "api", "the profile brings the scenario service, and a JSON login API is for people"),
        (3, "api.refresh", "is not described, and the scenario refresh needs it"),
    ]


def test_a_target_that_is_neither_is_refused(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in GIVEN.items() if key != "api"}))
    with pytest.raises(ConfigError, match=r"neither client .* nor api"):
        read_target(path)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (api(login={**LOGIN, "json": {"u": "{username}"}}), "login does not send {password}"),
        (api(login={**LOGIN, "json": {"u": "{user}", "p": "{password}"}}), "login does not send {username}"),
        (api(login={**LOGIN, "form": {"a": "b"}}), "has a json and a form body"),
        (
            api(login={**LOGIN, "json": {**LOGIN["json"], "x": "{captcha}"}}),
            "{captcha} is nothing that",
        ),
        (api(login={**LOGIN, "json": {**LOGIN["json"], "{username}": "x"}}), "a key is not filled in"),
        (api(login={**LOGIN, "json": {**LOGIN["json"], "client_secret": "hunter2"}}), "a secret never stands in YAML"),
        (api(headers={"X-Api-Key": "hunter2"}), "a secret never stands in YAML"),
        (api(headers={"Host": "elsewhere"}), "'Host' cannot be set here"),
        (api(headers={"X-A": "a\r\nb: c"}), "characters that no header has"),
        (api(cookies=False, login={**LOGIN, "token": None}), "nothing would say who a visitor is"),
        (
            api(refresh={"path": "/r", "json": {"rt": "{refresh_token}"}}),
            "{refresh_token} is held once login says where it stands in its answer: add refresh-token to login",
        ),
        (api(validate={"path": "/me", "headers": {"X": "{refresh_token}"}}), "{refresh_token} is held once"),
        (api(validate={"path": "/me/{access_token}"}), "into an address, which servers write to logs"),
        (api(login={**LOGIN, "lifetime": "a", "expires": "b"}), "has lifetime and expires"),
        (
            api(login={**LOGIN, "lifetime": "a", "lifetime-ms": "b"}),
            "has lifetime and lifetime-ms: leave all but one out",
        ),
        (api(login={**LOGIN, "token": "a..b"}), "'a..b' is no path"),
        (api(login={**LOGIN, "token": ""}), "'' is no path"),
        (api(secrets={"password": {"env": "X"}}), "'password' cannot be a word of its own"),
        (api(login={**LOGIN, "methd": "PUT"}), "did you mean 'method'?"),
        (api(login={**LOGIN, "method": "FETCH"}), "'FETCH' is not known"),
        (api(login={**LOGIN, "expect": [99]}), "99 is below 200"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_sent(read, changes, told):
    with pytest.raises(ConfigError, match=re.escape(told)) as caught:
        read(**changes)
    assert "hunter2" not in str(caught.value)


def test_a_call_to_a_host_that_is_not_allowed_is_refused(read):
    with pytest.raises(SafetyError, match=r"'elsewhere\.test' is neither loopback nor allowed"):
        read(**api(validate={"path": "https://elsewhere.test/me"}))


@pytest.mark.parametrize(
    ("changes", "keeps"),
    [({}, False), ({"cookies": True}, True), ({"login": {**LOGIN, "token": None}}, True)],
)
def test_cookies_are_kept_where_the_login_names_no_token_or_the_target_says_so(read, changes, keeps):
    assert read(**api(**changes)).api.keeps_cookies is keeps


def test_a_session_makes_the_steps_that_the_api_has(read):
    assert steps_of("session", read()) == {"login": 1, "validate": 3}
    more = api(logout={"path": "/out"}, refresh={"path": "/r"})
    assert steps_of("session", read(**more)) == {"login": 1, "validate": 3, "refresh": 1, "logout": 1}
    assert steps_of("validate", read()) == {"validate": 1}


@pytest.mark.parametrize("given", [{"header": "a b"}, {"header": ""}, {"header": 7}, {"headers": "x"}, {}, 7, ["x"]])
def test_what_is_no_place_in_an_answer_is_refused(given):
    with pytest.raises(ValueError, match=r"is no (place|path)"):
        parse_place(given)


def test_a_place_in_a_header_is_read_and_shown_again():
    assert show_place(parse_place({"header": "X-Auth-Token"})) == {"header": "X-Auth-Token"}
    assert show_place(parse_place("data.token")) == "data.token"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("token", ("token",)),
        ("$.data.token", ("data", "token")),
        ("a[0][12].b", ("a", 0, 12, "b")),
        ('a["odd.key"].b', ("a", "odd.key", "b")),
        ("[1].a", (1, "a")),
        ("$['data']['access token']", ("data", "access token")),
        ("a['say \"x\"']", ("a", 'say "x"')),
        ("$oid", ("$oid",)),
        ("a$.b", ("a$", "b")),
    ],
)
def test_a_path_is_read_and_shown_again(text, steps):
    assert parse_path(text) == steps
    assert parse_path(show_path(steps)) == steps


@pytest.mark.parametrize("text", ["", " ", "$", ".a", "a.", "a..b", "a[", "a[-1]", "a[x]", "a b", "$..a", 7, None])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(ValueError, match=r"is no path|leads to the whole answer"):
        parse_path(text)
