"""make alert-test: what it prints and ends with; nothing is loaded."""

import re
import socket
from pathlib import Path

import pytest
import yaml

from authstorm.__main__ import main
from authstorm.plan import alert_receivers
from authstorm.plan.alerting import Alerting, hidden_parts, read_alerting
from authstorm.plan.secrets import Secret
from tests.receivers import published_rules
from tests.receivers.http_receiver import receiving
from tests.receivers.notices import PAGERDUTY_KEY

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/alert-receivers.md").read_text("utf-8")


@pytest.fixture
def tell(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(receivers, **environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "alerts.yaml").write_text(yaml.safe_dump({"receivers": receivers}, sort_keys=False))
        code = main(["alert-test", "--config-dir", str(tmp_path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def rows(out):
    return [line.split(None, 4) for line in out.splitlines()[1:] if line]


def test_every_receiver_gets_one_alert_that_fires_and_resolves(tell):
    with receiving(published_rules.slack) as slack, receiving(published_rules.pagerduty) as pager:
        code, out, _ = tell(
            {
                "chat": {"kind": "slack", "url": {"env": "CHAT_URL"}},
                "on-call": {"kind": "pagerduty", "key": {"env": "PAGER_KEY"}, "url": pager.url, "only": ["critical"]},
                "horn": {"kind": "command", "run": ["cat"]},
            },
            CHAT_URL=slack.url,
            PAGER_KEY=PAGERDUTY_KEY,
        )
        assert code == 0, out
        assert slack.broken == pager.broken == []
        assert [body["event_action"] for body in pager.bodies] == ["trigger", "resolve"]
        assert pager.bodies[0]["payload"]["severity"] == "critical"  # only does not keep it away
        assert [row[:3] for row in rows(out)[:-1]] == [
            ["chat", "slack", "firing"], ["chat", "slack", "resolved"],
            ["on-call", "pagerduty", "firing"], ["on-call", "pagerduty", "resolved"],
            ["horn", "command", "firing"], ["horn", "command", "resolved"],
        ]  # fmt: skip
        assert out.splitlines()[1].endswith("200 ok")
        assert out.splitlines()[-1] == "every receiver was told"


def test_who_was_not_told_is_named_with_what_came_back_and_without_its_secret(tell):
    with socket.socket() as free, receiving(answer=lambda _: (403, {}, b"no_service T0VERYSECRET")) as refusing:
        free.bind(("127.0.0.1", 0))
        code, out, _ = tell(
            {
                "dead": {"kind": "webhook", "url": f"http://127.0.0.1:{free.getsockname()[1]}"},
                "chat": {"kind": "slack", "url": {"env": "CHAT_URL"}},
            },
            CHAT_URL=f"{refusing.url}/services/T0VERYSECRET",
        )
    assert code == 6
    assert "dead      webhook  firing    NOT   no-connection" in out
    assert "status-403: it answered 403 no_service [redacted]" in out
    assert out.splitlines()[-1] == "not told: chat, dead"
    assert "T0VERYSECRET" not in out


def test_no_receiver_is_no_pass(tell):
    assert tell({})[0] == 2


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("", "is not set"),
        ("hooks.slack.com/services/T0VERYSECRET", "no web address"),
        ("http://hooks.slack.com/services/T0VERYSECRET", "in the clear"),
        ("https://me:T0VERYSECRET@hooks.slack.com/", "no web address without credentials"),
        ("https://hooks.slack.com:port/T0VERYSECRET", "no web address"),
    ],
)
def test_a_secret_that_cannot_be_used_is_told_without_it(tell, value, wrong):
    code, out, err = tell({"chat": {"kind": "slack", "url": {"env": "CHAT_URL"}}}, CHAT_URL=value)
    assert code == 2
    assert "alerts.yaml: receivers.chat.url: the secret CHAT_URL " in err
    assert wrong in err
    assert "T0VERYSECRET" not in out + err


@pytest.mark.parametrize(
    ("receiver", "wrong"),
    [
        ({"kind": "slak"}, "did you mean 'slack'?"),
        ({"kind": "slack", "url": "https://hooks.slack.com/services/T0VERYSECRET"}, "a secret never stands in YAML"),
        ({"kind": "webhook", "url": "https://a.example/x?key=T0VERYSECRET"}, "name its variable"),
        ({"kind": "webhook", "url": "https://u:T0VERYSECRET@a.example/x"}, "name its variable"),
        ({"kind": "webhook", "url": "a.example"}, "no web address"),
        ({"kind": "webhook", "url": "a.example/T0VERYSECRET"}, "no web address"),
        ({"kind": "webhook", "url": "https://a.example:T0VERYSECRET/"}, "no web address"),
        ({"kind": "webhook", "url": "http://a.example", "token": {"env": "A"}}, "in the clear"),
        ({"kind": "alertmanager", "url": "http://a.example", "token": {"env": "A"}}, "in the clear"),
        ({"kind": "alertmanager", "url": "http://a.example", "user": "u", "password": {"env": "A"}}, "in the clear"),
        ({"kind": "pagerduty", "url": "http://a.example", "key": {"env": "A"}}, "in the clear"),
        ({"kind": "webhook", "url": "https://a.example/x", "tokn": {"env": "A"}}, "did you mean 'token'?"),
        ({"kind": "pagerduty", "key": {"env": "A"}, "only": ["critcal"]}, "did you mean 'critical'?"),
        ({"kind": "pagerduty", "key": "T0VERYSECRET"}, "a secret never stands in YAML"),
        ({"kind": "email", "server": "h", "from": "me", "to": ["a@b.c"]}, "from"),
        ({"kind": "email", "server": "h", "from": "a@b.c", "to": []}, "to"),
        ({"kind": "email", "server": "h", "from": "a@b.c", "to": ["a@b.c"], "user": "u"}, "user and password"),
        (
            {"kind": "email", "server": "h", "from": "a@b.c", "to": ["a@b.c"], "user": "u", "password": {"env": "P"},
             "tls": "none"},
            "in the clear",
        ),
        ({"kind": "alertmanager", "url": "http://a.example", "user": "u"}, "user and password"),
        ({"kind": "command", "run": "ls"}, "list"),
        ({"kind": "command", "run": []}, "run"),
        ({"kind": "webhook", "url": "https://a.example", "timeout": "5"}, "with its unit"),
        ({"kind": "webhook", "url": "https://a.example", "give-up": "0s"}, "is not above 0"),
    ],
)  # fmt: skip
def test_a_receiver_that_cannot_work_is_told_with_file_line_and_what_would_be_right(tell, receiver, wrong):
    code, out, err = tell({"a-one": {"kind": "command", "run": ["cat"]}, "it": receiver})
    assert code == 2
    assert wrong in err
    assert all("alerts.yaml:" in line and "receivers.it" in line for line in err.splitlines())
    assert "T0VERYSECRET" not in out + err


def test_all_that_is_wrong_is_told_at_once(tell):
    _, _, err = tell(
        {"a": {"kind": "slak"}, "b": {"kind": "pagerduty"}, "c": {"kind": "command", "run": ["x"], "r": 1}}
    )
    assert len(err.splitlines()) == 3


def test_the_parts_of_a_secret_address_are_hidden_too():
    secret = Secret("https://hooks.example.com/services/T00000000/B11111111?token=abcdefgh")
    hidden = {part.reveal() for part in hidden_parts([secret])}
    assert {"/services/T00000000/B11111111", "T00000000", "B11111111", "abcdefgh"} <= hidden
    assert not {"https", "services", "hooks.example.com", "token"} & hidden


def test_the_examples_can_be_freed_of_their_marks_and_those_on_the_page_are_right(tmp_path):
    shipped = (ROOT / "config/alerts.yaml").read_text("utf-8")
    freed = re.sub(r"^# (?=receivers:|labels:|  )", "", shipped, flags=re.MULTILINE)
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "alerts.yaml"
    path.write_text(freed)
    assert {receiver.kind for receiver in read_alerting(path).receivers.values()} == set(alert_receivers.KINDS)
    path.write_text(block)
    assert set(read_alerting(path).receivers) == {"chat", "on-call", "alertmanager"}


def test_every_kind_and_key_is_on_the_page():
    assert [kind for kind in alert_receivers.KINDS if f"| `{kind}` |" not in PAGE] == []
    models = [*alert_receivers.KINDS.values()]
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
    keys |= {field.alias or name for name, field in Alerting.model_fields.items()} - {"rules"}
    assert [key for key in sorted(keys) if f"`{key}`" not in PAGE] == []
