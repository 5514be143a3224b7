"""``make check`` against a JSON login API with one mistake planted: each is told with the line to change."""

import json

import pytest

from tests.wire.scripted_server import ScriptedServer, answering, ok

JSON_API = """\
name: planted
url: {url}
api:
  login:
    path: /login
    json: {{email: "{{username}}", password: "{{password}}"}}
    token: {token}
    user: {user}
  validate:
    path: /me
    user: email
accounts: {{pattern: "user{{n:05d}}@example.test", count: 5, password: {{env: SANDBOX_PASSWORD}}}}
"""


def json_api(request):
    """A login API whose token stands at data.token, and whose user at data.user.email."""
    name = json.loads(request.body)["email"] if request.path == "/login" else "user00000@example.test"
    answer = {"data": {"token": "a-token-of-some-length", "user": {"email": name}}, "email": name}
    return ok(json.dumps(answer).encode(), "Content-Type: application/json")


@pytest.mark.parametrize(
    ("token", "user", "key", "line", "text"),
    [
        (
            "data.access_token",
            "data.user.email",
            "api.login.token",
            7,
            "with the keys data, data.token, data.user, email",
        ),
        ("data.token", "data.user.name", "api.login.user", 8, "names nobody at the path in this line"),
        ("data.token", "data.user.email", "", 0, "everything works as declared"),
    ],
)
def test_a_json_path_that_leads_nowhere_is_told_with_its_own_line(tmp_path, run, token, user, key, line, text):  # noqa: PLR0917
    server = ScriptedServer(answering([], json_api))
    path = tmp_path / "planted.yaml"
    path.write_text(JSON_API.format(url=server.url, token=token, user=user), encoding="utf-8")
    try:
        ran = run("check", "--target", path)
    finally:
        server.close()
    assert text in " ".join(ran.out.split()), ran.out
    assert ran.code == (2 if key else 0)
    assert not key or f"{path}:{line}: {key}" in ran.out
    assert key or "\nvalidate " in ran.out
    assert "a-token-of-some-length" not in ran.out


@pytest.fixture
def check_api(tmp_path, run):
    """Check a JSON API that always answers the same; what the file says of it can be changed. ``path`` is the file."""

    def check(answer, change=("", ""), **places):
        server = ScriptedServer(answering([], lambda _: answer))
        check.path = tmp_path / "planted.yaml"
        check.path.write_text(JSON_API.format(url=server.url, **places).replace(*change), encoding="utf-8")
        try:
            return run("check", "--target", check.path)
        finally:
            server.close()

    return check


@pytest.mark.parametrize(
    ("status", "said", "key", "line", "text"),
    [
        ("400 Bad Request", "email: required", "api.login.json", 6, "a field has another name or shape"),
        ("403 Forbidden", "Invalid origin", "api.login", 4, "most often it looks for a header"),
        ("401 Unauthorized", "Invalid password", "accounts.password", 12, "does not let 'user00000@example.test' in"),
        ("404 Not Found", "", "api.login.path", 5, "for the method POST at least"),
    ],
)
def test_a_refusal_of_a_json_api_leads_to_the_line_that_it_is_about(check_api, status, said, key, line, text):  # noqa: PLR0917
    refusal = ok(json.dumps({"message": said}).encode(), "Content-Type: application/json", status=status)
    ran = check_api(refusal, token="token", user="email")
    assert ran.code == 2
    assert f"{check_api.path}:{line}: {key}\n" in ran.out, ran.out
    assert text in " ".join(ran.out.split())
    assert said in ran.out


@pytest.mark.parametrize(
    ("old", "new", "key", "text"),
    [
        ("token: data.token", "token: data", "api.login.token", "write the path to the token itself"),
        ("user: data.user.email", "lifetime: data.token", "api.login.lifetime", "no number, no date"),
        ("user: data.user.email", "expires: data.age", "api.login.expires", "or one that is over already"),
    ],
)
def test_what_is_read_from_the_wrong_place_of_an_answer_is_told_with_its_own_line(check_api, old, new, key, text):
    body = {"data": {"token": "a-token-of-some-length", "user": {"email": "user00000@example.test"}, "age": 60}}
    answer = ok(json.dumps(body).encode(), "Content-Type: application/json")
    ran = check_api(answer, (old, new), token="data.token", user="data.user.email")
    line = next(number for number, line in enumerate(check_api.path.read_text().splitlines(), 1) if new in line)
    assert f"{check_api.path}:{line}: {key}\n" in ran.out, ran.out
    assert text in " ".join(ran.out.split())


def test_a_login_that_ends_with_a_redirect_may_be_how_it_says_that_it_went_well(check_api):
    moved = ok(b"", "Location: /home", "Set-Cookie: sid=1", status="302 Found")
    ran = check_api(moved, token="token", user="email")
    assert "add expect: [302] to api.login;" in " ".join(ran.out.split()), ran.out


def signing_out(validates, renews):
    """A login API whose logout ends nothing but what it is asked for; it may be that it never took its tokens."""

    def answer(request):
        name = "user00000@example.test"
        tokens = {
            "data": {"token": "a-token-of-some-length", "user": {"email": name}},
            "refresh": "another-token-of-it",
        }
        good = {"/login": True, "/me": validates, "/refresh": renews, "/logout": True}[request.path]
        body = json.dumps(tokens | {"email": name} if good else {}).encode()
        status = "200 OK" if good else "401 Unauthorized"
        return ok(body, "Content-Type: application/json", status=status)

    return answer


@pytest.mark.parametrize(
    ("validates", "renews", "rows"),
    [
        (False, False, {"access token": "-", "refresh": "-"}),
        (True, True, {"access token": "note", "refresh": "NO"}),
    ],
)
def test_only_a_token_that_was_taken_before_can_be_dead_after_the_logout(tmp_path, run, validates, renews, rows):
    server = ScriptedServer(answering([], signing_out(validates, renews)))
    path = tmp_path / "planted.yaml"
    text = JSON_API.format(url=server.url, token="data.token\n    refresh-token: refresh", user="data.user.email")
    calls = '  refresh: {path: /refresh, json: {token: "{refresh_token}"}}\n  logout: {path: /logout}\naccounts:'
    path.write_text(text.replace("accounts:", calls), encoding="utf-8")
    try:
        ran = run("check", "--target", path)
    finally:
        server.close()
    for row, works in rows.items():
        line = next(line for line in ran.out.splitlines() if line.startswith(f"revoke: {row}"))
        assert line.removeprefix(f"revoke: {row}").split()[0] == works, ran.out
    assert ("dead after" in ran.out) is False
    if renews:
        assert f"{path}:" in ran.out
        assert "api.logout\n" in ran.out
        assert "endpoints.revocation" not in ran.out
