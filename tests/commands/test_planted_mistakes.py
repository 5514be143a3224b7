"""``make check`` against a target with one mistake planted: each is told with the line to change."""

import json
import socket

import pytest

from tests.commands.conftest import API, CONFIDENTIAL, line_of
from tests.sandbox.running import Sandbox, start
from tests.wire.certificates import make_certificates
from tests.wire.scripted_server import ScriptedServer, answering, ok

PUBLIC = {"id": "storm-public", "auth": "none"}
ACCOUNTS = {"pattern": "user{n:05d}@example.test", "count": 200, "password": {"env": "WRONG_SECRET"}}


def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def told(ran, path, key, section=None):
    """The finding names file, line and key of the mistake."""
    return f"{path}:{line_of(path, section or key.partition('.')[0])}: {key}" in ran.out


MISTAKES = [
    ("wrong issuer", {"issuer": "{url}/realms/nobody"}, "issuer", "no discovery document", 2),
    ("wrong client secret", {"client": CONFIDENTIAL | {"secret": {"env": "WRONG_SECRET"}}}, "client.secret",
     "put the secret that the server has for 'storm' where WRONG_SECRET is looked for", 2),
    ("missing grant", {"client": API, "scope": ""}, "client.id", "may not use this grant (password)", 2),
    ("introspection forbidden", {"introspector": PUBLIC}, "introspector.id", "introspect", 2),
    ("wrong password", {"accounts": ACCOUNTS}, "accounts.password", "does not let 'user00000@example.test' in", 2),
    ("unknown scope", {"client": CONFIDENTIAL | {"scope": "admin"}}, "client.scope", "the scope 'admin'", 2),
    ("a service's scope", {"service": API}, "service", "does not give client 'storm-api' the scope", 2),
    ("endpoint that is not there", {"endpoints": {"introspection": "/inspect"}}, "endpoints.introspection",
     "there is nothing at", 2),
    ("rotation that is not there", {"policy": {"rotation": "none"}}, "policy.rotation", "the server shows strict", 8),
    ("another reuse", {"policy": {"reuse": "refused"}}, "policy.reuse", "the server shows revokes-family", 8),
    ("opaque tokens declared", {"policy": {"access-tokens": "opaque"}}, "policy.access-tokens", "shows jwt", 8),
    ("a grace that is not granted", {"policy": {"rotation": {"grace": "5s"}}}, "policy.rotation", "no grace", 8),
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=[gloss for gloss, *_ in MISTAKES])
def test_a_mistake_is_told_with_the_line_to_change(mistake, sandbox, describe, run):
    _, planted, key, text, code = mistake
    filled = {
        name: value.format(url=sandbox.url) if isinstance(value, str) else value for name, value in planted.items()
    }
    path = describe(**filled)
    ran = run("check", "--target", path)
    assert ran.code == code, ran.out
    assert told(ran, path, key), ran.out
    assert text in " ".join(ran.out.split()), ran.out
    assert all(f"{word}:" in ran.out for word in ("Context", "Cause", "Remedy"))


def test_a_right_target_has_nothing_to_mend(describe, run):
    promised = {"rotation": "strict", "reuse": "revokes-family", "revocation-lag": "1s", "access-tokens": "jwt"}
    ran = run("check", "--target", describe(policy=promised, service=API | {"scope": ""}))
    assert ran.code == 0, ran.out
    assert "everything works as declared" in ran.out
    steps = {line.split("  ")[0] for line in ran.out.splitlines()}
    assert {"discovery", "keys", "login", "service", "introspect", "refresh", "revoke"} <= steps


def test_a_closed_port_is_named_with_its_line(describe, run):
    path = describe(url=f"http://127.0.0.1:{closed_port()}")
    ran = run("check", "--target", path)
    assert ran.code == 6, ran.out
    assert told(ran, path, "url")
    assert "nothing listens at 127.0.0.1:" in ran.out


def test_a_certificate_for_another_name_is_told_with_its_names(tmp_path, describe, run):
    certificates = make_certificates(tmp_path)
    server = ScriptedServer(answering([], lambda _: b""), context=certificates.context("elsewhere"))
    try:
        path = describe(url=server.url, tls={"ca": certificates.ca})
        ran = run("check", "--target", path)
    finally:
        server.close()
    assert ran.code == 6, ran.out
    assert told(ran, path, "url")
    assert "elsewhere.example.test, and not for 127.0.0.1" in " ".join(ran.out.split())


def test_an_authority_that_is_not_trusted_is_told_with_what_to_add(tmp_path, describe, run):
    certificates = make_certificates(tmp_path)
    server = ScriptedServer(answering([], lambda _: b""), context=certificates.context("server"))
    try:
        path = describe(url=server.url)
        ran = run("check", "--target", path)
    finally:
        server.close()
    assert ran.code == 6, ran.out
    assert "tls: {ca: path/to/ca.pem}" in ran.out


def test_a_clock_that_is_off_by_an_hour_is_told_with_its_line(tmp_path, describe, run):
    ahead = Sandbox(start(tmp_path, "--port", "0", "--with-parent", "--clock-offset", "3600"))
    try:
        path = describe(url=ahead.url)
        ran = run("check", "--target", path)
    finally:
        ahead.stop()
    assert ran.code == 2, ran.out
    assert told(ran, path, "url")
    assert "ahead of this machine's" in ran.out
    assert "checks: {clock-skew: 36" in " ".join(ran.out.split())


def test_no_secret_and_no_token_is_shown(describe, run, sandbox):
    ran = run("check", "--target", describe(client=CONFIDENTIAL | {"secret": {"env": "WRONG_SECRET"}}))
    assert "not-the-right-secret" not in ran.out + ran.err
    assert "eyJ" not in ran.out


def late_refusal(request):
    """A server that looks at the authorization request only when somebody has signed in."""
    way = request.path.partition("?")[0]
    if way == "/.well-known/openid-configuration":
        found = {"authorization_endpoint": "{url}/authorize", "token_endpoint": "{url}/token", "issuer": "{url}"}
        text = json.dumps(found).replace("{url}", f"http://{request.headers['host']}")
        return ok(text.encode(), "Content-Type: application/json")
    if way == "/authorize" and "cookie" not in request.headers:
        return ok(b"", "Location: /login?next=/authorize", status="302 Found")
    if request.method == "GET" and way == "/login":
        form = b"<form method=post><input name=user><input name=pass type=password></form>"
        return ok(form, "Content-Type: text/html")
    if request.method == "POST" and way == "/login":
        return ok(b"", "Location: /authorize?again=1", "Set-Cookie: sid=1", status="302 Found")
    page = b"<html><style>p{}</style><title>Oops</title><p>Mismatching <b>redirect URI</b>.</p>"
    return ok(page, "Content-Type: text/html", status="400 Bad Request")


def test_a_redirect_uri_that_is_refused_only_after_the_login_is_no_wrong_password(describe, run):
    server = ScriptedServer(answering([], late_refusal))
    try:
        path = describe(url=server.url, login={"by": "code", "redirect-uri": "http://127.0.0.1:9/elsewhere"})
        ran = run("check", "--target", path)
    finally:
        server.close()
    assert ran.code == 2, ran.out
    assert told(ran, path, "login.redirect-uri"), ran.out
    seen = " ".join(ran.out.split())
    assert 'led to /authorize, which answered 400 rejected, and said: "Mismatching redirect URI ."' in seen, ran.out


CODE_MISTAKES = [
    ("redirect URI not registered", {"by": "code", "redirect-uri": "http://127.0.0.1:9/elsewhere"},
     "login.redirect-uri", "redirect URI is not registered"),
    ("wrong form field", {"by": "code", "form": {"username": "mail"}}, "login.form.username",
     "no form on the page has a field 'mail'"),
    ("wrong field for the password", {"by": "code", "form": {"password": "pin"}}, "login.form.password",
     "its forms: POST /authorize: csrf_token, username, password"),
]  # fmt: skip


@pytest.mark.parametrize(("gloss", "login", "key", "text"), CODE_MISTAKES, ids=[gloss for gloss, *_ in CODE_MISTAKES])
def test_a_mistake_on_the_way_through_the_login_page_is_told(describe, run, gloss, login, key, text):  # noqa: PLR0917
    path = describe(login=login)
    ran = run("check", "--target", path)
    assert ran.code == 2, ran.out
    assert told(ran, path, key), ran.out
    assert text in " ".join(ran.out.split()), ran.out


def test_what_is_missing_for_validation_does_not_hide_the_rest(tmp_path, describe, run):
    """One visit finds the three mistakes that there are."""
    mistakes = {"validation": {"by": "userinfo"}, "service": API, "policy": {"reuse": "refused"}}
    described = {"discovery": False, "endpoints": {"token": "/token"}}
    path = describe(**described, **mistakes)
    ran = run("check", "--target", path)
    assert ran.code == 2, ran.out
    assert "3 to mend" in ran.out
    assert told(ran, path, "endpoints"), ran.out
    assert "add endpoints: {userinfo: /path}" in ran.out
    assert told(ran, path, "service"), ran.out
    assert told(ran, path, "policy.reuse"), ran.out


def test_a_wrong_address_is_no_want_of_a_client_for_services(describe, run):
    ran = run("check", "--target", describe(endpoints={"token": "/tokn"}))
    row = next(line for line in ran.out.splitlines() if line.startswith("service"))
    assert "endpoints.token" in row
    assert "a client of its own" not in row


def test_a_client_without_a_secret_is_told_where_one_would_stand(describe, run):
    ran = run("check", "--target", describe(client={"id": "storm"}))
    assert "give client its secret, as secret: {env: NAME}" in " ".join(ran.out.split())
    assert "nowhere" not in ran.out


@pytest.mark.parametrize(
    ("status", "text"),
    [
        ("503 Service Unavailable", "the server sheds load already with one visitor"),
        ("500 Internal Server Error", "the server failed by itself"),
    ],
)
def test_a_server_that_is_not_well_is_no_wrong_address(tmp_path, run, describe, status, text):
    server = ScriptedServer(answering([], lambda _: ok(b"{}", "Content-Type: application/json", status=status)))
    try:
        ran = run("check", "--target", describe(url=server.url))
    finally:
        server.close()
    assert ran.code == 3
    assert text in " ".join(ran.out.split()), ran.out
    assert "as the provider names it" not in ran.out


def test_a_server_that_answers_too_late_leads_to_the_time_that_it_is_given(run, describe):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        path = describe(url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeouts={"answer": "200ms"})
        ran = run("check", "--target", path)
    assert ran.code == 3
    assert f"{path}:{line_of(path, 'timeouts')}: timeouts.answer\n" in ran.out, ran.out


UNPREPARED = [
    ("a missing authority", {"tls": {"ca": "nope.pem"}}, "tls", "tls.ca: [Errno 2] No such file or directory"),
    ("no certificate", {"tls": {"ca": "garbage.pem"}}, "tls", "tls: [X509"),
    ("a key alone", {"tls": {"key": "garbage.pem"}}, "tls", "tls: tls: key without certificate"),
    ("a field of ours", {"extra": {"grant_type": "x"}}, "extra", "extra: extra token request fields grant_type"),
    ("a parameter of ours", {"login": {"by": "code", "parameters": {"state": "x"}}}, "login",
     "login.parameters: authorization parameters state"),
    ("no key", {"services": [{"id": "a", "auth": "private_key_jwt", "key": {"env": "WRONG_SECRET"}}]}, "services",
     "services.0.key: the key of client a is neither a private key"),
]  # fmt: skip


@pytest.mark.parametrize("word", ["check", "tokens"])
@pytest.mark.parametrize("mistake", UNPREPARED, ids=[gloss for gloss, *_ in UNPREPARED])
def test_what_no_client_can_be_made_with_is_told_with_its_line(tmp_path, describe, run, mistake, word):
    _, changes, section, text = mistake
    (tmp_path / "garbage.pem").write_text("garbage\n")
    path = describe(**changes)
    ran = run(word, "--target", path, *(["--count", "1"] if word == "tokens" else []))
    assert ran.code == 2
    assert f"{path}:{line_of(path, section)}: {text}" in ran.err, ran.err


def test_keys_that_nobody_names_are_asked_for(describe, run):
    path = describe(validation={"by": "jwks"}, discovery=False, endpoints={"token": "/token"})
    ran = run("check", "--target", path)
    assert ran.code == 2, ran.out
    assert "add endpoints: {jwks: /path}" in ran.out
    assert "1 to mend" in ran.out


def test_opaque_tokens_that_are_to_be_verified_here_lead_to_the_validation(tmp_path, describe, run):
    opaque = Sandbox(start(tmp_path, "--port", "0", "--with-parent", "--opaque"))
    try:
        path = describe(url=opaque.url, validation={"by": "jwks"})
        ran = run("check", "--target", path)
    finally:
        opaque.stop()
    assert ran.code == 8, ran.out
    assert told(ran, path, "validation.by"), ran.out
    assert "choose another validation.by" in " ".join(ran.out.split())


def test_a_login_page_that_nobody_names_is_asked_for(describe, run):
    endpoints = {"token": "/token", "introspection": "/introspect"}
    path = describe(login={"by": "code"}, discovery=False, endpoints=endpoints)
    ran = run("check", "--target", path)
    assert ran.code == 2, ran.out
    assert "add endpoints: {authorization: /path}" in ran.out
    assert "1 to mend" in ran.out


def test_each_of_several_services_is_checked(describe, run):
    services = [API | {"scope": ""}, API | {"scope": "", "secret": {"env": "WRONG_SECRET"}}]
    path = describe(services=services)
    ran = run("check", "--target", path)
    assert ran.code == 2
    assert told(ran, path, "services.1.secret", "services")
    assert "service 1  " in ran.out


def test_a_login_through_the_page_has_a_row_for_each_part(describe, run):
    ran = run("check", "--target", describe(login={"by": "code"}))
    assert ran.code == 0, ran.out
    assert all(f"login: {part}" in ran.out for part in ("page", "credentials", "code"))
