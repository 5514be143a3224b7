"""``make check`` of real servers' targets with a mistake planted in each: the line to change is named all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from authstorm.__main__ import main
from tests.servers.real_server import ROOT, RealServer, real_server

pytestmark = pytest.mark.real
WRONG = {"env": "WRONG_SECRET"}
ELSEWHERE = "http://127.0.0.1:9/elsewhere"
OIDC, OIDC_CODE = "oidc-provider", "oidc-provider-code"
DOT, DOT_CODE = "django-oauth-toolkit", "django-oauth-toolkit-code"
API, COOKIE = "better-auth-bearer", "better-auth-cookie"
NOBODY = {"id": "storm-public", "auth": "none"}

MISTAKES = [
    (OIDC, {"issuer": "{url}/realms/nobody"}, "issuer"),
    (DOT, {"issuer": "{url}/realms/nobody"}, "issuer"),
    (OIDC, {"client.secret": WRONG}, "client.secret"),
    (DOT, {"client.secret": WRONG}, "client.secret"),
    (DOT_CODE, {"client.secret": WRONG}, "client.secret"),
    (OIDC, {"url": "http://127.0.0.1:9"}, "url"),
    (OIDC, {"client.id": "storm-api"}, "client.id"),
    (DOT, {"client.id": "storm-code"}, "client.id"),
    (OIDC_CODE, {"login.form": {"username": "mail"}}, "login.form.username"),
    (DOT_CODE, {"login.form": {"username": "mail"}}, "login.form.username"),
    (OIDC_CODE, {"login.redirect-uri": ELSEWHERE}, "login.redirect-uri"),
    (DOT_CODE, {"login.redirect-uri": ELSEWHERE}, "login.redirect-uri"),
    (OIDC_CODE, {"client.id": "nobody"}, "client.id"),
    (DOT_CODE, {"client.id": "nobody"}, "client.id"),
    (OIDC, {"introspector": NOBODY}, "introspector.id"),
    (DOT, {"introspector": {"id": "storm-password", "secret": WRONG}}, "introspector.id"),
    (OIDC, {"accounts.password": WRONG}, "accounts.password"),
    (DOT_CODE, {"accounts.password": WRONG}, "accounts.password"),
    (OIDC, {"scope": "openid nonsense"}, "scope"),
    (DOT, {"scope": "openid nonsense"}, "scope"),
    (API, {"api.login.token": "data.token"}, "api.login.token"),
    (API, {"api.login.user": "user.name"}, "api.login.user"),
    (API, {"api.validate.user": "email"}, "api.validate.user"),
    (API, {"api.login.json": {"name": "{username}", "password": "{password}"}}, "api.login.json"),
    (API, {"api.login.path": "/api/auth/enter"}, "api.login.path"),
    (API, {"accounts.password": WRONG}, "accounts.password"),
    (COOKIE, {"api.headers": {"Origin": "http://elsewhere.example.test"}}, "api.headers"),
]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, RealServer]]:
    """All three, by name."""
    names = (OIDC, DOT, "better-auth")
    with ExitStack() as stack:
        yield {name: stack.enter_context(real_server(name)) for name in names}


@pytest.fixture
def check(servers, tmp_path, monkeypatch, capsys):
    """Check a target of the project, moved to the running server, with some keys changed; gives code, path and page."""

    def run(name, changes):
        server = next(server for prefix, server in servers.items() if name.startswith(prefix))
        target = yaml.safe_load((ROOT / "config/targets" / f"{name}.yaml").read_text("utf-8"))
        moved = {"url": server.url} | ({"issuer": server.issuer} if "issuer" in target else {})
        for key, value in (moved | changes).items():
            plant(target, key.split("."), value.replace("{url}", server.url) if isinstance(value, str) else value)
        path = tmp_path / "planted.yaml"
        path.write_text(yaml.safe_dump(target, sort_keys=False, width=1000), encoding="utf-8")
        for variable, secret in (server.secrets | {"WRONG_SECRET": "not-the-right-one"}).items():
            monkeypatch.setenv(variable, secret)
        code = main(["check", "--target", str(path)])
        return code, path, capsys.readouterr().out

    monkeypatch.chdir(ROOT)
    return run


def plant(target: dict, keys: list[str], value: object) -> None:
    for key in keys[:-1]:
        target = target.setdefault(key, {})
    target[keys[-1]] = value


def line_of(path: Path, key: str) -> int:
    """The line of a dotted key in a file of two blanks a level."""
    lines, at = path.read_text("utf-8").splitlines(), 0
    for depth, name in enumerate(key.split(".")):
        at = next(n for n in range(at, len(lines)) if lines[n].startswith(f"{'  ' * depth}{name}:"))
    return at + 1


@pytest.mark.parametrize("name", [OIDC, OIDC_CODE, DOT, DOT_CODE, API, COOKIE])
def test_a_right_target_has_nothing_to_mend(check, name):
    code, _, page = check(name, {})
    assert (code, "everything works as declared" in page) == (0, True), page


def test_a_token_that_comes_in_a_header_is_as_good_as_one_in_the_body(check):
    code, path, page = check(API, {"api.login.token": {"header": "set-auth-token"}})
    assert (code, "everything works as declared" in page) == (0, True), page
    assert "header: set-auth-token" in path.read_text("utf-8")


@pytest.mark.parametrize(("name", "changes", "key"), MISTAKES, ids=[f"{name} {key}" for name, _, key in MISTAKES])
def test_a_mistake_is_told_with_the_line_to_change(check, name, changes, key):
    code, path, page = check(name, changes)
    assert code in {2, 6, 8}, page
    assert f"1. {path}:{line_of(path, key)}: {key}\n" in page, page
    assert "not-the-right-one" not in page
