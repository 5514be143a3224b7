"""Debian's own Alertmanager: it takes alerts, shows and resolves them, and passes them on in the shape we write."""

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests
import yaml

from authstorm.plan.secrets import Redactor
from authstorm.report.on_call import OnCall
from authstorm.report.senders.dispatch import Dispatch
from authstorm.report.trial_alert import told
from tests.receivers import published_rules
from tests.receivers.http_receiver import receiving
from tests.receivers.notices import ORIGIN, alerting_of, notice
from tests.servers.launch.unpacked import UNPACKED, unpacked_program

pytestmark = pytest.mark.real


def until(found, within_s=15.0):
    ends_s = time.monotonic() + within_s
    while not (result := found()):
        assert time.monotonic() < ends_s, "it did not come in time"
        time.sleep(0.05)
    return result


@pytest.fixture
def hook():
    with receiving(published_rules.webhook) as receiver:
        yield receiver


@pytest.fixture
def alertmanager(hook, tmp_path):
    """Its address; it passes on to the hook without delay."""
    route = {
        "receiver": "hook",
        "group_by": ["..."],
        "group_wait": "0s",
        "group_interval": "1s",
        "repeat_interval": "1h",
    }
    config = {"route": route, "receivers": [{"name": "hook", "webhook_configs": [{"url": f"{hook.url}/hook"}]}]}
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(config))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        [
            *program(),
            f"--config.file={tmp_path / 'alertmanager.yml'}", f"--storage.path={tmp_path / 'data'}",
            f"--web.listen-address={address}", "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"NO_PROXY": "127.0.0.1"},
    )  # fmt: skip
    try:
        until(lambda: is_ready(f"http://{address}"))
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(10)


def program():
    """The program; one that was unpacked finds its templates under /usr/share in a mount namespace of its own."""
    path = unpacked_program("prometheus-alertmanager", "prometheus-alertmanager")
    if not Path(path).is_relative_to(UNPACKED) or Path("/usr/share/prometheus/alertmanager").exists():
        return [path]
    inside = f'mount --bind {UNPACKED / "usr/share"} /usr/share && exec "$0" "$@"'
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", inside, path]


def asked(url):
    session = requests.Session()
    session.trust_env = False
    return session.get(url, timeout=5)


def is_ready(url):
    try:
        return asked(f"{url}/-/ready").ok
    except requests.ConnectionError:
        return False


def active(url):
    return {alert["labels"]["alertname"]: alert for alert in asked(f"{url}/api/v2/alerts").json()}


def test_it_receives_shows_and_resolves_an_alert_and_passes_it_on(alertmanager, hook):
    it = Dispatch(alerting_of({"it": {"kind": "alertmanager", "url": alertmanager, "resend": "1s"}}), {}, ORIGIN, str)
    it.tell(notice(), 0)
    shown = until(lambda: active(alertmanager))["target-down"]
    assert shown["status"]["state"] == "active"
    assert shown["labels"]["team"] == "auth"
    assert shown["annotations"]["description"] == "Nothing was served for 2 s."
    until(lambda: len(hook.bodies) == 1)
    first_end = shown["endsAt"]
    until(lambda: active(alertmanager)["target-down"]["endsAt"] > first_end)  # it is sent again
    it.tell(notice(2, "resolved"), 0)
    until(lambda: len(hook.bodies) == 2)
    until(lambda: not active(alertmanager))
    it.finish()
    assert [(body["status"], body["alerts"][0]["labels"]["alertname"]) for body in hook.bodies] == [
        ("firing", "target-down"),
        ("resolved", "target-down"),
    ]
    assert hook.broken == []  # the rules that our own webhook is held against are those that it keeps
    assert all(each.after_s is not None for each in it.deliveries)


def test_an_alert_ends_by_itself_when_the_generator_is_gone(alertmanager, hook):
    """Four times the time after which it would have been sent again."""
    it = Dispatch(alerting_of({"it": {"kind": "alertmanager", "url": alertmanager, "resend": "1s"}}), {}, ORIGIN, str)
    it.tell(notice(), 0)
    until(lambda: active(alertmanager))
    it._process.kill()
    until(lambda: not active(alertmanager))
    until(lambda: [body["status"] for body in hook.bodies] == ["firing", "resolved"])
    it.finish()


def test_two_hundred_alerts_at_once_are_all_shown(alertmanager):
    it = Dispatch(alerting_of({"it": {"kind": "alertmanager", "url": alertmanager}}), {}, ORIGIN, str)
    for number in range(200):
        it.tell(notice(rule=f"rule-{number}"), number)
    it.finish()
    assert len(active(alertmanager)) == 200
    assert {each.tries for each in it.deliveries} == {1}


def test_the_test_alert_reaches_it(alertmanager, hook, tmp_path):
    path = tmp_path / "alerts.yaml"
    path.write_text(yaml.safe_dump({"receivers": {"it": {"kind": "alertmanager", "url": alertmanager}}}))
    fates = told(OnCall.read(path, Redactor()), Redactor())
    assert [(each.state, each.after_s is not None) for each in fates] == [("firing", True), ("resolved", True)]
    assert hook.broken == []
