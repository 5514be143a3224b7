"""``make accounts``: made once, resumed where it ended, and removed without touching anything else."""

import json
import stat

import pytest

from authstorm.auth.exchange import Identity
from authstorm.commands.provisioning.api import Fate
from authstorm.commands.provisioning.described import Described
from authstorm.commands.provisioning.keycloak import Keycloak
from authstorm.commands.provisioning.ledger import Ledger
from authstorm.commands.provisioning.scim import Scim
from authstorm.commands.provisioning.zitadel import Zitadel
from authstorm.plan.provisioning import AccountCall
from tests.auth.fakes import FakeAnswer
from tests.commands.conftest import API
from tests.sandbox.running import PASSWORD
from tests.wire.scripted_server import ScriptedServer, answering, ok

SOMEBODY = Identity("load00001@example.test", "a pass/word")
BY_SCIM = {"by": "scim", "client": API}


@pytest.fixture
def load(describe):
    """A target whose accounts are not there yet, under names of the test's own."""

    def write(stem, count=20, provisioning=BY_SCIM):
        pattern = f"{stem}{{n:05d}}@example.test"
        accounts = {"pattern": pattern, "count": count, "password": {"env": "SANDBOX_PASSWORD"}}
        return describe(accounts=accounts, provisioning=provisioning)

    return write


def logs_in(sandbox, name):
    return sandbox.token("password", username=name, password=PASSWORD).status_code == 200


def test_accounts_are_made_can_sign_in_and_are_removed_again(load, run, sandbox, tmp_path):
    path, ledger = load("first"), tmp_path / "ledger.jsonl"
    made = run("accounts", "--target", path, "--ledger", ledger)
    assert (made.code, made.out) == (0, "20 made\n"), made.err
    assert logs_in(sandbox, "first00000@example.test")
    assert logs_in(sandbox, "first00019@example.test")
    removed = run("accounts", "--target", path, "--ledger", ledger, "--remove")
    assert (removed.code, removed.out) == (0, "20 removed\n"), removed.err
    assert not logs_in(sandbox, "first00000@example.test")
    assert run("accounts", "--target", path, "--ledger", ledger, "--remove").out == "nothing to do\n"


def test_making_twice_makes_once_and_more_later(load, run, sandbox, tmp_path):
    path, ledger = load("second"), tmp_path / "ledger.jsonl"
    assert run("accounts", "--target", path, "--ledger", ledger, "-n", 5).out == "5 made\n"
    sandbox.control("DELETE", "counts")
    assert run("accounts", "--target", path, "--ledger", ledger, "-n", 12).out == "7 made, 5 there already\n"
    assert sandbox.count("scim", 201) == 7


def test_an_account_that_was_there_is_not_removed(load, run, sandbox, tmp_path):
    path, one, two = load("third"), tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    assert run("accounts", "--target", path, "--ledger", one, "-n", 3).out == "3 made\n"
    assert run("accounts", "--target", path, "--ledger", two, "-n", 5).out == "2 made, 3 there already\n"
    assert run("accounts", "--target", path, "--ledger", two, "--remove").out == "2 removed\n"
    assert logs_in(sandbox, "third00002@example.test")
    assert not logs_in(sandbox, "third00003@example.test")


def test_an_account_whose_answer_was_lost_is_known_again_as_ours(load, run, sandbox, tmp_path):
    path, ledger = load("fourth"), tmp_path / "ledger.jsonl"
    assert run("accounts", "--target", path, "--ledger", ledger, "-n", 2).code == 0
    lines = [json.loads(line) for line in ledger.read_text("utf-8").splitlines()]
    kept = [line for line in lines if not (line["state"] == "made" and line["username"].startswith("fourth00001"))]
    ledger.write_text("".join(json.dumps(line) + "\n" for line in kept) + '{"cut off', encoding="utf-8")
    assert run("accounts", "--target", path, "--ledger", ledger, "-n", 2).out == "1 made, 1 there already\n"
    assert run("accounts", "--target", path, "--ledger", ledger, "--remove").out == "2 removed\n"
    assert not logs_in(sandbox, "fourth00001@example.test")


def test_the_ledger_is_private_and_holds_no_password(load, run, tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    run("accounts", "--target", load("fifth"), "--ledger", ledger, "-n", 2)
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    assert PASSWORD not in ledger.read_text("utf-8")


def test_a_server_that_fails_now_and_then_is_asked_again(load, run, sandbox, tmp_path):
    sandbox.control("PUT", "faults", [{"error_share": 0.3, "seed": 3, "endpoints": ["scim"]}]).raise_for_status()
    try:
        ran = run("accounts", "--target", load("sixth"), "--ledger", tmp_path / "ledger.jsonl")
    finally:
        sandbox.control("DELETE", "faults")
    assert (ran.code, ran.out) == (0, "20 made\n"), ran.err


@pytest.mark.parametrize(
    ("pattern", "made"),
    [("load{n:05d}@example.com", False), ("load{n:05d}@example.test.evil.org", False), ("load{n}", True)],
)
def test_accounts_are_made_in_the_reserved_domain_alone(describe, run, sandbox, pattern, made):
    accounts = {"pattern": pattern, "count": 2, "password": {"env": "SANDBOX_PASSWORD"}}
    sandbox.control("DELETE", "counts")
    ran = run("accounts", "--target", describe(accounts=accounts, provisioning=BY_SCIM))
    assert ("outside of example.test" in ran.err) is not made
    assert (sandbox.count("scim", 201) + sandbox.count("scim", 400) > 0) is made


WRONG = [
    (None, "provisioning: is missing"),
    ({"by": "scim"}, "token or by client"),
    ({"by": "keycloak", "client": API}, "needs the realm"),
    ({"by": "json", "client": API}, "needs the calls create and remove"),
    (
        {"by": "json", "client": API, "create": {"path": "/users"}, "remove": {"path": "/users/{id}"}},
        "create.id does not say where create's answer holds it",
    ),
    ({"by": "scim", "client": API, "url": "https://elsewhere.example.test"}, "neither loopback nor allowed"),
    ({"by": "scim", "token": {"env": "NOT_SET_ANYWHERE"}}, "the secret NOT_SET_ANYWHERE is not set"),
    ({"by": "scmi", "client": API}, "did you mean 'scim'?"),
]


@pytest.mark.parametrize(("provisioning", "told"), WRONG, ids=[told for _, told in WRONG])
def test_what_cannot_work_is_refused_with_its_line(describe, run, provisioning, told):
    path = describe(provisioning=provisioning)
    ran = run("accounts", "--target", path)
    assert ran.code == 2
    assert told in ran.err
    assert f"{path}:" in ran.err


def test_a_client_that_may_not_is_told(load, run):
    ran = run(
        "accounts", "--target", load("no", provisioning=BY_SCIM | {"client": {"id": "storm-api", "auth": "none"}})
    )
    assert ran.code == 1
    assert "see provisioning.client" in ran.err


def body(request):
    return json.loads(request.body)


def test_keycloak_is_asked_as_its_admin_api_says():
    api = Keycloak("https://sso.example.test/", "my realm")
    request = api.create(SOMEBODY)
    assert request[:2] == ("POST", "https://sso.example.test/admin/realms/my%20realm/users")
    assert body(request) == {
        "username": "load00001@example.test",
        "email": "load00001@example.test",
        "emailVerified": True,
        "enabled": True,
        "firstName": "load00001",
        "lastName": "Authstorm",
        "requiredActions": [],
        "credentials": [{"type": "password", "value": "a pass/word", "temporary": False}],
    }
    location = {"location": "https://sso.example.test/admin/realms/my%20realm/users/8f3b-11"}
    assert api.created(FakeAnswer(201, b"", headers=location)) == (Fate.DONE, "8f3b-11")
    assert api.created(FakeAnswer(409, b'{"errorMessage":"User exists with same username"}')) == (Fate.THERE, "")
    assert api.remove("x", "8f3b-11")[:2] == (
        "DELETE",
        "https://sso.example.test/admin/realms/my%20realm/users/8f3b-11",
    )
    found = b'[{"id":"8f3b-11","username":"load00001@example.test","lastName":"Authstorm"}]'
    assert api.found(FakeAnswer(200, found), SOMEBODY.name) == "8f3b-11"
    assert api.found(FakeAnswer(200, found.replace(b"Authstorm", b"Miller")), SOMEBODY.name) == ""


def test_zitadel_is_asked_as_its_user_service_says():
    api = Zitadel("https://my.zitadel.example.test", "4711")
    request = api.create(SOMEBODY)
    assert request[:2] == ("POST", "https://my.zitadel.example.test/v2/users/human")
    assert body(request) == {
        "username": "load00001@example.test",
        "organization": {"orgId": "4711"},
        "profile": {"givenName": "load00001", "familyName": "Authstorm"},
        "email": {"email": "load00001@example.test", "isVerified": True},
        "password": {"password": "a pass/word", "changeRequired": False},
    }
    assert api.created(FakeAnswer(201, b'{"userId":"163840","details":{}}')) == (Fate.DONE, "163840")
    assert api.created(FakeAnswer(409, b'{"code":6,"message":"User already exists"}'))[0] is Fate.THERE
    assert api.remove("x", "163840")[:2] == ("DELETE", "https://my.zitadel.example.test/v2/users/163840")
    query = body(api.find(SOMEBODY.name))["queries"]
    assert query == [{"userNameQuery": {"userName": SOMEBODY.name, "method": "TEXT_QUERY_METHOD_EQUALS"}}]
    user = {"userId": "163840", "username": SOMEBODY.name, "human": {"profile": {"familyName": "Authstorm"}}}
    assert api.found(FakeAnswer(200, json.dumps({"result": [user]}).encode()), SOMEBODY.name) == "163840"


def test_scim_users_have_the_shape_of_the_rfc():
    api = Scim("https://id.example.test/scim/v2")
    request = api.create(SOMEBODY)
    assert request.headers["Content-Type"] == "application/scim+json"
    assert body(request)["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:User"]
    assert body(request)["emails"] == [{"value": SOMEBODY.name, "type": "work", "primary": True}]
    assert api.find('a"b').url.endswith("?filter=userName%20eq%20%22a%5C%22b%22")
    assert api.remove("x", "2819c223/7f76").url == "https://id.example.test/scim/v2/Users/2819c223%2F7f76"


def test_described_calls_are_filled_and_judged_as_they_say():
    create = AccountCall.model_validate({
        "path": "/admin/users",
        "json": {"login": "{username}", "pass": "{password}"},
        "headers": {"X-Api-Key": "{token}"},
        "there": [422],
        "id": "data.id",
    })  # fmt: skip
    remove = AccountCall.model_validate({"method": "DELETE", "path": "/admin/users/{id}?by={username}"})
    api = Described("https://id.example.test/v1", create, remove)
    assert body(api.create(SOMEBODY)) == {"login": SOMEBODY.name, "pass": "a pass/word"}
    assert api.create(SOMEBODY).headers["X-Api-Key"] == "{token}"  # the one who sends it fills it in
    assert api.created(FakeAnswer(200, b'{"data":{"id":7}}')) == (Fate.DONE, "7")
    assert api.created(FakeAnswer(422, b"{}"))[0] is Fate.THERE
    assert (
        api.remove(SOMEBODY.name, "7/8").url
        == "https://id.example.test/v1/admin/users/7%2F8?by=load00001%40example.test"
    )
    assert [api.removed(FakeAnswer(status, b"")) for status in (204, 404, 500)] == [Fate.DONE, Fate.GONE, Fate.FAILED]


def test_described_calls_go_over_the_wire(load, run, monkeypatch, tmp_path):
    monkeypatch.setenv("ADMIN_TOKEN", "the-admin-token")
    users, seen = {}, []

    def answer(request):
        if request.method == "POST":
            name = json.loads(request.body)["login"]
            users[name] = len(users)
            made = json.dumps({"id": users[name]}).encode()
            return (
                b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(made)
                + made
            )
        users.popitem()
        return b"HTTP/1.1 204 No Content\r\n\r\n"

    server = ScriptedServer(answering(seen, answer))
    described = {
        "by": "json",
        "url": server.url,
        "token": {"env": "ADMIN_TOKEN"},
        "create": {"path": "/users", "json": {"login": "{username}", "pass": "{password}"}, "id": "id"},
        "remove": {"method": "DELETE", "path": "/users/{id}"},
    }
    try:
        path, ledger = load("wired", 4, described), tmp_path / "ledger.jsonl"
        assert run("accounts", "--target", path, "--ledger", ledger).out == "4 made\n"
        assert len(users) == 4
        assert run("accounts", "--target", path, "--ledger", ledger, "--remove").out == "4 removed\n"
    finally:
        server.close()
    assert not users
    assert {request.headers["authorization"] for request in seen} == {"Bearer the-admin-token"}
    assert sorted(request.path for request in seen if request.method == "DELETE") == [f"/users/{n}" for n in range(4)]


APIS = [Keycloak("https://h.example.test", "r"), Zitadel("https://h.example.test"), Scim("https://h.example.test")]
ODD = [
    b"", b"null", b"7", b'"x"', b"[7]", b"[[]]", b"{}", b"\xff", b"[" * 100_000, b'{"id":null,"userId":null}',
    b'{"id":{},"userId":true}', b'{"Resources":7,"result":7}', b'{"Resources":{"a":1},"result":"x"}',
    b'{"Resources":[7,{"name":"x"},{"userName":7,"name":{"familyName":"Authstorm"}}],"result":[7,{"human":[]}]}',
    b'[{"username":null,"lastName":"Authstorm"}]',
]  # fmt: skip


@pytest.mark.parametrize("api", APIS, ids=lambda api: type(api).__name__)
def test_odd_answers_name_no_account_and_raise_nothing(api):
    for odd in ODD:
        assert api.created(FakeAnswer(201, odd, headers={"location": "http://["})) == (Fate.DONE, "")
        assert api.found(FakeAnswer(200, odd), SOMEBODY.name) == ""


@pytest.mark.parametrize("api", APIS, ids=lambda api: type(api).__name__)
def test_nothing_is_removed_without_an_id(api):
    """DELETE /users/ could mean all of them."""
    assert api.remove(SOMEBODY.name, "") is None
    assert api.remove(SOMEBODY.name, "7").url.endswith("/7")


def test_a_described_removal_without_the_id_that_it_names_is_not_sent():
    create = AccountCall.model_validate({"path": "/users", "id": "id"})
    by_id = AccountCall.model_validate({"method": "DELETE", "path": "/users/{id}"})
    by_name = AccountCall.model_validate({"method": "DELETE", "path": "/users?name={username}"})
    assert Described("https://h.example.test", create, by_id).remove(SOMEBODY.name, "") is None
    assert (
        Described("https://h.example.test", create, by_name)
        .remove(SOMEBODY.name, "")
        .url.endswith("/users?name=load00001%40example.test")
    )


def test_an_account_whose_id_was_never_told_is_left_and_said(load, run, monkeypatch, tmp_path):
    monkeypatch.setenv("ADMIN_TOKEN", "the-admin-token")
    seen = []
    server = ScriptedServer(answering(seen, lambda _: b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"))
    described = {
        "by": "json",
        "url": server.url,
        "token": {"env": "ADMIN_TOKEN"},
        "create": {"path": "/users", "id": "data.id"},
        "remove": {"method": "DELETE", "path": "/users/{id}"},
    }
    try:
        path, ledger = load("nameless", 2, described), tmp_path / "ledger.jsonl"
        assert run("accounts", "--target", path, "--ledger", ledger).out == "2 made\n"
        ran = run("accounts", "--target", path, "--ledger", ledger, "--remove")
    finally:
        server.close()
    assert ran.code == 2
    assert "2 failed: its id is not known" in ran.err
    assert {request.method for request in seen} == {"POST"}


SCIM_MANAGER = {"by": "scim", "url": "{url}/scim/v2", "token": {"env": "ADMIN_TOKEN"}}


@pytest.fixture
def managed(load, run, monkeypatch, tmp_path):
    """Make or remove three accounts at a SCIM server that answers as ``answer`` says; gives what was said."""
    monkeypatch.setenv("ADMIN_TOKEN", "the-admin-token")
    answers = []

    def answer(request):
        return answers[-1](request)

    server = ScriptedServer(answering([], answer))
    path = load("lost", 3, SCIM_MANAGER | {"url": f"{server.url}/scim/v2"})

    def manage(answered, *words):
        answers.append(answered)
        return run("accounts", "--target", path, "--ledger", tmp_path / "l.jsonl", *words)

    yield manage
    server.close()


def refusal(request):
    return ok(b'{"detail": "token the-admin-token may not"}', status="403 Forbidden")


def test_a_refusal_is_told_with_the_servers_words_and_the_line_to_change(managed):
    ran = managed(refusal)
    assert (ran.code, ran.out) == (2, "nothing was done\n")
    assert '3 failed: 403, as "token [redacted] may not"' in ran.err
    assert "planted.yaml:7: provisioning.token: whoever this is may not manage accounts" in ran.err


def test_who_cannot_be_asked_after_is_not_taken_for_somebody_elses_or_for_removed(managed, tmp_path):
    """The ledger says that an account was about to be made, and the search for it is refused."""
    ledger = tmp_path / "l.jsonl"

    def there(request):
        return ok(b"{}", status="409 Conflict") if request.method == "POST" else refusal(request)

    managed(refusal)
    assert managed(there).code == 2
    assert managed(there, "--remove").code == 2
    states = {json.loads(line)["state"] for line in ledger.read_text("utf-8").splitlines()}
    assert states == {"making"}


def test_what_follows_a_line_that_was_cut_off_is_kept(tmp_path):
    path = tmp_path / "l.jsonl"
    path.write_text('{"username": "a@example.test", "state": "mak', encoding="utf-8")
    one = Ledger(path, "here")
    one.write("b@example.test", "making")
    one.close()
    again = Ledger(path, "here")
    again.close()
    assert again.ours() == ["b@example.test"]


@pytest.mark.parametrize("words", [("-n", "0"), ("-n", "-3"), ("--concurrency", "0"), ("--tries", "1"), ("-n", "many")])
@pytest.mark.parametrize("command", ["accounts", "tokens"])
def test_amounts_that_cannot_be_are_told_in_a_line(describe, run, capsys, command, words):
    with pytest.raises(SystemExit) as ended:
        run(command, "--target", describe(), *words)
    assert ended.value.code == 2
    assert f"{words[1]}: a number from" in capsys.readouterr().err


def test_a_ledger_of_another_place_is_left_alone(tmp_path):
    one = Ledger(tmp_path / "l.jsonl", "scim https://one.example.test")
    one.write("a@example.test", "made", "1")
    one.close()
    other = Ledger(tmp_path / "l.jsonl", "scim https://two.example.test")
    assert other.ours() == []
    other.close()
