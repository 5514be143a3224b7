"""The senders' process from the run's side: routing, what comes back, slow and dead receivers, and its own death."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from authstorm.plan.secrets import Redactor, Secret
from authstorm.report.senders import dispatch as module
from authstorm.report.senders.dispatch import Dispatch
from authstorm.report.senders.said import said_in
from tests.receivers import published_rules as rules
from tests.receivers.http_receiver import receiving
from tests.receivers.notices import ORIGIN, PAGERDUTY_KEY, alerting_of, notice

ROOT = Path(__file__).parents[2]


def until(true, within_s=10.0):
    ends_s = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < ends_s, "it did not come in time"
        time.sleep(0.01)


def pids_of(dispatch):
    return dispatch._process.pid


@pytest.fixture
def dispatched():
    made = []

    def make(receivers, secrets=(), redact=lambda text: text, origin=ORIGIN, **more):
        alerting = alerting_of(receivers, **more)
        made.append(Dispatch(alerting, {key: Secret(value) for key, value in dict(secrets).items()}, origin, redact))
        return made[-1]

    yield make
    for each in made:
        if each._process.poll() is None:
            each._process.kill()
            each._process.wait()


def fates(dispatch):
    return {(each.receiver, each.alert, each.state): each for each in dispatch.deliveries}


def test_each_receiver_hears_of_its_severities_alone_and_the_time_is_known(dispatched):
    with receiving(rules.webhook) as all_of_it, receiving(rules.webhook) as grave:
        it = dispatched({
            "all": {"kind": "webhook", "url": all_of_it.url},
            "grave": {"kind": "webhook", "url": grave.url, "only": ["critical"]},
        })  # fmt: skip
        it.tell(notice(rule="a"), 0)
        it.tell(notice(rule="b", severity="warning"), 1)
        it.finish()
        told = fates(it)
        assert set(told) == {("all", 0, "firing"), ("all", 1, "firing"), ("grave", 0, "firing")}
        assert all(0 <= each.after_s < 8 and each.tries == 1 and each.said == "200 ok" for each in told.values())
        assert [len(body["alerts"]) for body in grave.bodies] == [1]


def test_two_hundred_at_once_keep_to_every_receivers_pace(dispatched):
    """Slack gets them in ten messages, a second apart; PagerDuty two a second, as long as the last call lasts."""
    with receiving(rules.slack) as slack, receiving(rules.pagerduty) as pager, receiving(rules.alertmanager) as manager:
        it = dispatched(
            {
                "chat": {"kind": "slack", "url": {"env": "URL"}},
                "on-call": {"kind": "pagerduty", "key": {"env": "KEY"}, "url": pager.url},
                "alertmanager": {"kind": "alertmanager", "url": manager.url},
            },
            {"URL": slack.url, "KEY": PAGERDUTY_KEY},
            **{"last-call": "3s"},
        )
        began_s = time.monotonic()
        for number in range(200):
            it.tell(notice(rule=f"rule-{number}"), number)
        assert time.monotonic() - began_s < 1
        it.finish()
        assert slack.broken == pager.broken == manager.broken == []
        assert len(it.deliveries) == 600
        took = Counter(each.receiver for each in it.deliveries if each.after_s is not None)
        assert took["alertmanager"] == 200
        assert 20 <= took["chat"] <= 100
        assert 2 <= took["on-call"] <= 10
        assert sum(len(body) for body in manager.bodies) == 200


def test_a_slow_a_failing_and_a_missing_receiver_keep_no_other_waiting(dispatched):
    with receiving(hold_s=30) as slow, receiving(answer=lambda _: (500, {}, b"oops")) as failing, receiving() as well:
        it = dispatched(
            {
                "slow": {"kind": "webhook", "url": slow.url},
                "failing": {"kind": "webhook", "url": failing.url},
                "missing": {"kind": "webhook", "url": "http://127.0.0.1:1"},
                "well": {"kind": "webhook", "url": well.url},
            },
            **{"last-call": "2s"},
        )
        it.tell(notice(), 0)
        until(lambda: it.deliveries)
        assert [each.receiver for each in it.deliveries] == ["well"]
        began_s = time.monotonic()
        it.finish()
        assert 1.9 < time.monotonic() - began_s < 2 + module.GRACE_S
        told = {name: each for (name, _, _), each in fates(it).items()}
        assert told["well"].after_s < 5
        assert told["failing"].said == "status-500: it answered 500 oops"
        assert told["failing"].tries > 1
        assert told["missing"].said.startswith("no-connection")
        assert "still being sent" in told["slow"].said
        assert {name for name, each in told.items() if each.after_s is None} == {"slow", "failing", "missing"}


def test_a_receiver_that_drips_is_left_behind_and_tried_again(dispatched):
    """Each byte comes in time, the whole answer never."""
    with receiving(drip_s=20) as dripping:
        it = dispatched({"it": {"kind": "webhook", "url": dripping.url, "timeout": "300ms", "give-up": "3s"}})
        it.tell(notice(), 0)
        until(lambda: it.deliveries)
        it.finish()
        (fate,) = it.deliveries
        assert fate.after_s is None
        assert fate.said == "timeout: no whole answer within 0.3 s"
        assert len(dripping.bodies) == fate.tries > 1


def test_what_comes_back_holds_no_secret_and_neither_does_what_is_told(dispatched):
    secret, token = "https://127.0.0.1/services/T0VERYSECRET", "token-of-the-target"
    redact = Redactor([Secret(token)])
    with receiving(answer=lambda _: (400, {}, b"what is T0VERYSECRET? and token-of-the-hook?")) as receiver:
        url = receiver.url + "/services/T0VERYSECRET"
        it = dispatched(
            {"it": {"kind": "webhook", "url": {"env": "URL"}, "token": {"env": "TOKEN"}}},
            {"URL": url, "TOKEN": "token-of-the-hook"},
            redact,
        )
        it.tell(notice(sentence=f"Somebody got {token}.", about=f"as {token}"), 0)
        it.finish()
        assert token not in json.dumps(receiver.bodies)
        assert "[redacted]" in receiver.bodies[0]["alerts"][0]["annotations"]["description"]
        assert it.deliveries[0].said == "status-400: it answered 400 what is [redacted]? and [redacted]?"
    assert secret


def test_the_senders_give_way_to_the_load(dispatched):
    it = dispatched({"it": {"kind": "command", "run": ["true"]}})
    it.tell(notice(), 0)
    until(lambda: it.deliveries)
    assert os.getpriority(os.PRIO_PROCESS, pids_of(it)) >= 10
    it.finish()


def test_no_part_of_a_secret_comes_back_where_an_answer_is_cut(dispatched):
    before, token = "why so " * 27, "t0ken-0f-the-h00k-" * 4
    assert said_in(f"{'why so ' * 283}{token}".encode()).split()[-1] in {"why", "so"}
    with receiving(answer=lambda _: (400, {}, f"{before}{token} is wrong".encode())) as receiver:
        hook = {"kind": "webhook", "url": receiver.url, "token": {"env": "TOKEN"}}
        it = dispatched({"it": hook}, {"TOKEN": token})
        it.tell(notice(), 0)
        it.finish()
    assert "why so" in it.deliveries[0].said
    assert len(it.deliveries[0].said) <= 240
    assert "t0ken" not in it.deliveries[0].said


def test_half_a_character_stops_nobody(dispatched):
    with receiving(rules.webhook) as receiver:
        it = dispatched(
            {"it": {"kind": "webhook", "url": receiver.url}}, origin=replace(ORIGIN, labels={"team": "half \ud83d"})
        )
        it.tell(notice(about="half \ud83d"), 0)
        it.tell(notice(rule="next"), 1)
        it.finish()
        assert [each.after_s is not None for each in it.deliveries] == [True, True]
        assert receiver.broken == []


def test_no_process_list_shows_a_secret(dispatched):
    it = dispatched({"it": {"kind": "slack", "url": {"env": "URL"}}}, {"URL": "http://127.0.0.1:1/T0VERYSECRET"})
    with open(f"/proc/{pids_of(it)}/cmdline", "rb") as line:
        assert b"T0VERYSECRET" not in line.read()
    it.finish()


def test_how_the_run_ended_is_told_to_those_who_were_told_something(dispatched):
    with receiving(rules.slack) as told, receiving(rules.slack) as untold, receiving() as hook:
        it = dispatched(
            {
                "told": {"kind": "slack", "url": {"env": "A"}},
                "untold": {"kind": "slack", "url": {"env": "B"}, "only": ["info"]},
                "hook": {"kind": "webhook", "url": hook.url},
            },
            {"A": told.url, "B": untold.url},
        )
        it.tell(notice(), 0)
        it.finish("The target holds.")
        assert [len(each.bodies) for each in (told, untold, hook)] == [2, 0, 1]
        assert fates(it)["told", -1, "final"].after_s is not None
        assert told.broken == []


def test_when_the_process_dies_everything_counts_as_not_delivered(dispatched):
    with receiving(hold_s=30) as slow:
        it = dispatched({"it": {"kind": "webhook", "url": slow.url}})
        it.tell(notice(rule="a"), 0)
        until(lambda: slow.bodies)
        os.kill(pids_of(it), signal.SIGKILL)
        until(lambda: it.deliveries)
        it.tell(notice(rule="b"), 1)
        began_s = time.monotonic()
        it.finish("The end.")
        assert time.monotonic() - began_s < 2
        assert [(each.alert, each.after_s) for each in it.deliveries] == [(0, None), (1, None)]
        assert "exit code -9" in it.deliveries[0].said


def test_a_process_that_stands_still_holds_nobody(dispatched, monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 300)
    monkeypatch.setattr(module, "GRACE_S", 0.5)
    with receiving() as receiver:
        it = dispatched({"it": {"kind": "webhook", "url": receiver.url}}, **{"last-call": "1s"})
        os.kill(pids_of(it), signal.SIGSTOP)
        began_s = time.monotonic()
        for number in range(400):
            it.tell(notice(rule=f"rule-{number}", sentence="s" * 1000), number)
        assert time.monotonic() - began_s < 2
        assert len(it.deliveries) == 100
        assert "more than 300 notices wait" in it.deliveries[0].said
        it.finish()
        assert len(it.deliveries) == 400
        assert it._process.poll() is not None


def test_a_dead_receiver_takes_no_others_place(dispatched, monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING", 50)
    with receiving() as well, receiving(hold_s=30) as hanging:
        receivers = {"dead": {"kind": "webhook", "url": hanging.url}, "well": {"kind": "webhook", "url": well.url}}
        it = dispatched(receivers, **{"last-call": "500ms"})
        for number in range(200):
            it.tell(notice(rule=f"rule-{number}"), number)
            if number % 50 == 49:
                until(lambda told=number: sum(each.receiver == "well" for each in it.deliveries) == told + 1)
        it.finish()
        took = Counter(each.receiver for each in it.deliveries if each.after_s is not None)
        assert took == {"well": 200}
        assert len(it.deliveries) == 400


def test_what_the_receiver_asks_to_wait_is_waited(dispatched):
    with receiving(answer=lambda number: (429, {"Retry-After": "2"}, b"") if number == 1 else None) as receiver:
        it = dispatched({"it": {"kind": "webhook", "url": receiver.url}})
        it.tell(notice(), 0)
        it.finish()
        first, second = receiver.at
        assert second - first >= 2
        assert [(each.after_s is not None, each.tries) for each in it.deliveries] == [(True, 2)]


@pytest.mark.parametrize("end", ["close", "the run's death"])
def test_a_process_that_was_prepared_for_nothing_ends(end, tmp_path):
    path = tmp_path / "alerts.yaml"
    path.write_text("receivers: {it: {kind: command, run: [cat]}}")
    code = (
        "import sys, pathlib\n"
        "from authstorm.report.on_call import OnCall\n"
        "from authstorm.plan.secrets import Redactor\n"
        "it = OnCall().renewed(pathlib.Path(sys.argv[1]), Redactor()); print(it._process.pid, flush=True)\n"
    ) + ("it.close()" if end == "close" else "")
    done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, check=True)
    until(lambda: not psutil.pid_exists(pid := int(done.stdout)) or psutil.Process(pid).status() == "zombie")


ORPHAN = """
import sys, time
from authstorm.report.senders.dispatch import Dispatch
from tests.receivers.notices import ORIGIN, alerting_of, notice
it = Dispatch(alerting_of({"it": {"kind": "webhook", "url": sys.argv[1]}}), {}, ORIGIN, str)
it.tell(notice(), 0)
while True:
    time.sleep(0.1)
    print("told", flush=True)
"""


def test_what_was_told_is_delivered_when_the_runs_process_is_killed():
    """The receiver answers 503 first: the try that succeeds comes after the run's death."""
    with receiving(answer=lambda number: (503, {}, b"") if number == 1 else None) as receiver:
        run = subprocess.Popen([sys.executable, "-c", ORPHAN, receiver.url], cwd=ROOT, stdout=subprocess.PIPE)
        until(lambda: receiver.bodies)
        run.kill()
        run.wait()
        run.stdout.close()
        until(lambda: len(receiver.bodies) == 2)
