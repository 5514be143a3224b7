"""Each sender's message, held against the rules that its provider has published, and what it makes of bad answers."""

import json
import socket
import sys
import time
from dataclasses import replace

import psutil
import pytest

from authstorm.plan.secrets import Secret
from authstorm.report.senders.failure import NotTakenError
from authstorm.report.senders.kinds import sender_of
from authstorm.report.senders.notice import told_apart
from tests.receivers import published_rules as rules
from tests.receivers.http_receiver import receiving
from tests.receivers.mail_receiver import receiving_mail
from tests.receivers.notices import ORIGIN, PAGERDUTY_KEY, alerting_of, notice, sender
from tests.wire.certificates import Certificates

LONG = "<!channel> & “quoted” " * 1000
WORST = {"rule": "r" * 60, "about": LONG, "sentence": LONG}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def http_sender(kind, url, **more):
    if kind == "pagerduty":
        return sender({"KEY": PAGERDUTY_KEY}, kind=kind, url=url, key={"env": "KEY"}, **more)
    if kind == "slack":
        return sender({"URL": url}, kind=kind, url={"env": "URL"}, **more)
    return sender(kind=kind, url=url, **more)


@pytest.mark.parametrize("kind", ["webhook", "alertmanager", "pagerduty", "slack"])
@pytest.mark.parametrize("state", ["firing", "resolved"])
@pytest.mark.parametrize("changes", [{}, WORST, {"about": ""}, {"severity": "info", "sentence": "a\nb\x00"}])
def test_a_message_keeps_to_what_its_receiver_has_published(kind, state, changes):
    with receiving(getattr(rules, kind)) as receiver:
        http_sender(kind, receiver.url).send([notice(1, state, **changes)])
        assert receiver.broken == []
        assert len(receiver.bodies) == 1


@pytest.mark.parametrize("kind", ["webhook", "alertmanager", "slack"])
def test_as_many_as_one_message_takes_keep_to_it_too(kind):
    with receiving(getattr(rules, kind)) as receiver:
        it = http_sender(kind, receiver.url)
        it.send([notice(number, **WORST | {"rule": f"rule-{number}"}) for number in range(it.most)])
        assert receiver.broken == []


def test_the_webhook_has_alertmanagers_shape_and_its_bearer_token():
    with receiving(rules.webhook) as receiver:
        it = sender({"T": "token-of-the-hook"}, kind="webhook", url=f"{receiver.url}/hook", token={"env": "T"})
        assert it.send([notice(rule="a"), notice(2, "resolved", rule="b")]) == "200 ok"
        (body,) = receiver.bodies
        assert receiver.paths == ["/hook"]
        assert receiver.heads[0]["Authorization"] == "Bearer token-of-the-hook"
        assert [(alert["labels"]["alertname"], alert["status"]) for alert in body["alerts"]] == [
            ("a", "firing"),
            ("b", "resolved"),
        ]
        assert body["commonLabels"] == {
            "team": "auth", "severity": "critical", "target": "shop", "profile": "sale", "source": "authstorm",
        }  # fmt: skip


def test_no_netrc_replaces_the_token(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with receiving() as receiver:
        sender({"T": "token-of-the-hook"}, kind="webhook", url=receiver.url, token={"env": "T"}).send([notice()])
        assert receiver.heads[0]["Authorization"] == "Bearer token-of-the-hook"


@pytest.mark.parametrize("token", ["tok€n", "two\nlines"])
def test_a_token_that_no_header_takes_is_told_as_such(token):
    with receiving() as receiver, pytest.raises(NotTakenError, match="its token has characters") as caught:
        sender({"T": token}, kind="webhook", url=receiver.url, token={"env": "T"}).send([notice()])
    assert not caught.value.again


def test_alertmanager_is_told_an_end_that_a_firing_alert_has_not_reached():
    with receiving(rules.alertmanager) as receiver:
        it = sender(kind="alertmanager", url=receiver.url, resend="10s")
        it.send([notice()])
        it.send([notice(2, "resolved")])
        (firing,), (resolved,) = receiver.bodies
        assert firing["labels"] == resolved["labels"]
        assert firing["startsAt"] == resolved["startsAt"] or firing["startsAt"] < resolved["startsAt"]
        assert firing["endsAt"] > resolved["endsAt"]


def test_pagerduty_knows_the_incident_of_the_run_before():
    with receiving(rules.pagerduty) as receiver:
        it = http_sender("pagerduty", receiver.url)
        it.send([notice()])
        it.send([notice(2, "resolved")])
        trigger, resolve = receiver.bodies
        assert trigger["dedup_key"] == resolve["dedup_key"] == "authstorm/shop/target-down"
        assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
        assert trigger["payload"]["custom_details"]["run"] == "20261123T201500Z-shop-sale"


def test_no_label_takes_the_place_of_what_pagerduty_is_told():
    with receiving(rules.pagerduty) as receiver:
        read = alerting_of({"it": {"kind": "pagerduty", "key": {"env": "K"}, "url": receiver.url}}).receivers["it"]
        origin = replace(ORIGIN, labels={"run": "mine", "team": "auth"})
        sender_of("it", read, {"K": Secret(PAGERDUTY_KEY)}, origin).send([notice()])
        details = receiver.bodies[0]["payload"]["custom_details"]
    assert (details["run"], details["team"]) == (ORIGIN.run, "auth")


def test_slack_hears_how_the_run_ended():
    with receiving(rules.slack) as receiver:
        http_sender("slack", receiver.url).send([notice(state="final", rule="", sentence="The target holds.")])
        assert "The run is over.* The target holds." in receiver.bodies[0]["blocks"][0]["text"]["text"]
        assert receiver.broken == []


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([("a", "firing"), ("b", "firing"), ("c", "resolved")], 3),
        ([("a", "firing"), ("a", "resolved"), ("b", "firing")], 1),
        ([("a", "firing"), ("", "final")], 1),
        ([("", "final"), ("a", "firing")], 1),
        ([(f"rule-{number}", "firing") for number in range(30)], 20),
    ],
)
def test_one_message_never_tells_two_states_of_an_alert(states, expected):
    notices = [notice(number, state, rule=rule) for number, (rule, state) in enumerate(states)]
    assert len(told_apart(notices, 20)) == expected


@pytest.mark.parametrize("kind", ["webhook", "alertmanager", "pagerduty", "slack"])
@pytest.mark.parametrize(
    ("answer", "code", "again", "after_s"),
    [
        ((500, {}, b"oops"), "status-500", True, None),
        ((503, {"Retry-After": "7"}, b""), "status-503", True, 7.0),
        ((429, {"Retry-After": "3600"}, b""), "status-429", True, 3600.0),
        ((429, {"Retry-After": "soon"}, b""), "status-429", True, None),
        ((400, {}, b"invalid"), "status-400", False, None),
        ((401, {}, b""), "status-401", False, None),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "status-302", False, None),
    ],
)
def test_what_an_answer_means(kind, answer, code, again, after_s):
    with receiving(answer=lambda _: answer) as receiver, pytest.raises(NotTakenError) as caught:
        http_sender(kind, receiver.url).send([notice()])
    assert (caught.value.code, caught.value.again, caught.value.after_s) == (code, again, after_s)
    assert len(receiver.bodies) == 1  # no redirect is followed


def test_of_a_giant_answer_the_beginning_is_read():
    with receiving(answer=lambda _: (200, {}, b"yes " * 12_000_000)) as receiver:
        began = time.monotonic()
        assert http_sender("webhook", receiver.url).send([notice()]) == "200" + " yes" * 500
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(("status", "taken"), [(200, True), (500, False)])
def test_a_status_counts_though_the_body_never_ends(status, taken):
    """Or else a receiver that took the alert would get it again and again."""
    with receiving(answer=lambda _: (status, {}, b""), drip_body_s=20) as receiver:
        it, began = http_sender("webhook", receiver.url, timeout="2s"), time.monotonic()
        if taken:
            assert it.send([notice()]).startswith("200 x")
        else:
            with pytest.raises(NotTakenError, match="status-500"):
                it.send([notice()])
        assert time.monotonic() - began < 5


def test_nobody_there_and_a_name_without_an_address_are_told_without_the_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for url, code in (
        (f"http://127.0.0.1:{port}/services/T0SECRET", "no-connection"),
        ("https://nowhere.invalid/services/T0SECRET", "no-name"),
    ):
        with pytest.raises(NotTakenError) as caught:
            http_sender("slack", url).send([notice()])
        assert caught.value.code == code
        assert "SECRET" not in str(caught.value)
        assert caught.value.__suppress_context__


def test_a_receiver_that_does_not_answer_is_given_up_in_time():
    with receiving(hold_s=5) as receiver, pytest.raises(NotTakenError, match="timeout"):
        http_sender("webhook", receiver.url, timeout="300ms").send([notice()])


@pytest.mark.parametrize("tls", ["starttls", "none"])
def test_mail_is_a_whole_letter(tls, certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", certificates.ca)
    proof = ("storm", "pass word of the mail") if tls == "starttls" else None
    with receiving_mail(certificates.context() if tls == "starttls" else None, proof) as receiver:
        login = {"user": "storm", "password": {"env": "P"}} if proof else {}
        it = sender(
            {"P": "pass word of the mail"}, kind="email", server="localhost", port=receiver.port, tls=tls,
            **{"from": "storm@example.test", "to": ["a@example.test", "b@example.test"]}, **login,
        )  # fmt: skip
        it.send([notice(**WORST), notice(2, "resolved", rule="login-slow")])
        (letter,) = receiver.letters
        assert receiver.broken == []
        assert letter["Subject"] == f"[shop] {'r' * 60} firing and 1 more"
        assert "login-slow resolved" in letter.get_content()
        assert "Since 20" in letter.get_content()
        assert receiver.envelopes[0][1] == ["TO:<a@example.test>", "TO:<b@example.test>"]
        assert receiver.logins == ([("storm", True)] if proof else [])


def test_a_rule_cannot_write_a_second_header(certificates):
    with receiving_mail() as receiver:
        mail = {"from": "storm@example.test", "to": ["a@example.test"]}
        it = sender(kind="email", server="localhost", port=receiver.port, tls="none", **mail)
        it.send([notice(state="final", rule="", sentence="x\r\nBcc: all@example.test\r\n.\r\nrest")])
        (letter,) = receiver.letters
        assert letter["Bcc"] is None
        assert "rest" in letter.get_content()


@pytest.mark.parametrize(
    ("changes", "server", "code", "again"),
    [
        ({"password": "wrong"}, {}, "smtp-535", False),
        ({"password": "wörd"}, {}, "login", False),
        ({"tls": "implicit"}, {}, "tls", False),
        ({}, {"answer_to_data": b"451 later"}, "smtp-451", True),
        ({}, {"answer_to_data": b"554 no"}, "smtp-554", False),
        ({"no tls": True}, {}, "tls", False),
        ({"untrusted": True}, {}, "tls", False),
    ],
)
def test_what_a_mail_servers_answer_means(changes, server, code, again, certificates, monkeypatch):  # noqa: PLR0917
    if "untrusted" not in changes:
        monkeypatch.setenv("SSL_CERT_FILE", certificates.ca)
    context = None if "no tls" in changes else certificates.context()
    with receiving_mail(context, ("storm", "right one"), **server) as receiver:
        it = sender(
            {"P": changes.get("password", "right one")}, kind="email", server="localhost", port=receiver.port,
            tls=changes.get("tls", "starttls"), user="storm", password={"env": "P"}, timeout="2s",
            **{"from": "storm@example.test", "to": ["a@example.test"]},
        )  # fmt: skip
        with pytest.raises(NotTakenError) as caught:
            it.send([notice()])
    assert (caught.value.code, caught.value.again) == (code, again)


@pytest.mark.parametrize("farewell", [b"421 too many connections", b""], ids=["refused", "none"])
def test_a_letter_that_was_taken_is_told_once_whatever_the_servers_farewell(farewell):
    with receiving_mail(farewell=farewell) as receiver:
        mail = {"from": "storm@example.test", "to": ["a@example.test"]}
        it = sender(kind="email", server="localhost", port=receiver.port, tls="none", **mail)
        began = time.monotonic()
        assert it.send([notice()]) == "taken by the server"
        assert time.monotonic() - began < 5  # a courier would leave the try behind, and make it again
        assert len(receiver.letters) == 1


def python(*lines):
    return [sys.executable, "-c", "\n".join(lines)]


def test_a_command_gets_the_webhooks_body_and_what_it_writes_comes_back(tmp_path):
    run = python("import sys", f"open({str(tmp_path / 'got')!r}, 'w').write(sys.stdin.read())", "print('heard\\n it')")
    assert sender(kind="command", run=run).send([notice()]) == "exit code 0 heard it"
    got = json.loads((tmp_path / "got").read_text())
    assert got["alerts"][0]["labels"]["alertname"] == "target-down"


def test_a_command_hears_how_the_run_ended_in_a_body_of_the_same_keys(tmp_path):
    run = python("import sys", f"open({str(tmp_path / 'got')!r}, 'w').write(sys.stdin.read())")
    it = sender(kind="command", run=run)
    it.send([notice()])
    keys = set(json.loads((tmp_path / "got").read_text()))
    it.send([notice(state="final", rule="", sentence="The target holds.")])
    got = json.loads((tmp_path / "got").read_text())
    assert set(got) == keys | {"final", "run"}
    assert (got["status"], got["alerts"], got["final"]) == ("resolved", [], "The target holds.")


@pytest.mark.parametrize(
    ("run", "code", "again"),
    [
        (["/nowhere/horn.sh"], "no-program", False),
        (python("import sys", "sys.exit('no way')"), "exit-1", True),
        (python("import time", "time.sleep(60)"), "timeout", True),
        (python("import os, time", "os.close(1)", "os.close(2)", "time.sleep(60)"), "timeout", True),
        (python("while True: print('y' * 10000)"), "timeout", True),
    ],
)
def test_what_a_commands_end_means(run, code, again):
    began = time.monotonic()
    with pytest.raises(NotTakenError) as caught:
        sender(kind="command", run=run, timeout="1s").send([notice()] * 1)
    assert (caught.value.code, caught.value.again) == (code, again)
    assert time.monotonic() - began < 10


def test_a_command_that_reads_nothing_holds_nobody():
    it = sender(kind="command", run=python("pass"))
    assert it.send([notice(number, **WORST | {"rule": f"r{number}"}) for number in range(it.most)]) == "exit code 0"


def test_a_commands_children_end_with_it(tmp_path):
    """A helper that it started in the background goes when its time is up."""
    pid = tmp_path / "pid"
    run = ["sh", "-c", f"sleep 60 & echo $! > {pid}; wait"]
    with pytest.raises(NotTakenError, match="timeout"):
        sender(kind="command", run=run, timeout="500ms").send([notice()])
    helper, ends_s = int(pid.read_text()), time.monotonic() + 5
    while psutil.pid_exists(helper) and psutil.Process(helper).status() != "zombie":
        assert time.monotonic() < ends_s, "it still runs"
