"""The desk at which alerts are judged while a run goes on: what it writes, tells, and makes up for."""

import json

import pytest

from authstorm.plan.alerting import Alerting
from authstorm.plan.secrets import Redactor, Secret
from authstorm.report.alert_desk import AlertDesk
from authstorm.watch.alert_readings import limits_ms
from authstorm.watch.alert_signals import Signals
from authstorm.watch.health import Health
from authstorm.watch.tally import Tally


def test_a_look_that_is_broken_off_between_two_rules_is_made_up_for(tmp_path, sample):
    """As when the run ends in the middle of it: no rule is left out, and none is told twice."""
    alerting = Alerting.model_validate({"rules": {f"rule-{number}": {"when": "absence"} for number in range(5)}})
    tally, told, breaks = Tally(), [], iter([None, KeyboardInterrupt, None])

    def pause():
        if (now := next(breaks, None)) is not None:
            raise now

    desk = AlertDesk(
        alerting, Signals(limits_ms(alerting.rules), Health().at), tally, tmp_path, str, print,
        lambda change, place: told.append((change.rule, place)), pause,
    )  # fmt: skip
    for _ in range(20):
        tally.add(sample(0.5, outcome="broken"))
    tally.closed(1)
    with pytest.raises(KeyboardInterrupt):
        desk.look(1.2)
    assert len(told) == 2
    desk.look(1.4)
    assert told == [(f"rule-{number}", number) for number in range(5)]


def test_the_desk_writes_each_change_as_it_comes_and_gives_the_word_to_end(tmp_path, sample):
    alerting = Alerting.model_validate({"rules": {"down": {"when": "absence", "severity": "critical", "abort": True}}})
    tally, ended, health = Tally(), [], Health()
    desk = AlertDesk(
        alerting, Signals(limits_ms(alerting.rules), health.at), tally, tmp_path,
        lambda text: text.replace("Nothing", "***"), ended.append,
    )  # fmt: skip
    for second, outcome in enumerate(["good", "broken", "good", "good", "good", "good"]):
        for _ in range(20):
            tally.add(sample(second + 0.5, outcome=outcome))
        tally.closed(second + 1)
        desk.look(second + 1.2)
        desk.look(second + 1.3)  # nothing new
    changes = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_text("utf-8").splitlines()]
    assert [(change["state"], change["at_s"]) for change in changes] == [("firing", 2.2), ("resolved", 5.2)]
    assert changes[0]["sentence"].startswith("***")
    assert ended == ["the alert down"]
    assert [(span.rule, span.resolved_s) for span in desk.spans] == [("down", 5.2)]


@pytest.mark.parametrize(("step", "secret"), [("login", "0012"), ("login", "rule"), ("half a \ud83d", "elsewhere")])
def test_each_line_of_the_desk_is_json_whatever_is_secret_and_whatever_a_step_is_called(tmp_path, sample, step, secret):
    alerting = Alerting.model_validate({"rules": {"it": {"when": "count", "of": {"outcomes": ["broken"]}}}})
    tally, told = Tally(), []
    desk = AlertDesk(
        alerting, Signals(), tally, tmp_path, Redactor([Secret(secret)]), print, lambda change, _: told.append(change)
    )
    tally.add(sample(0.5, step=step, outcome="broken"))
    tally.closed(1)
    desk.look(1.0012345)
    (line,) = (tmp_path / "alerts.jsonl").read_text("utf-8").splitlines()
    written = json.loads(line)
    assert (written["rule"], written["at_s"]) == ("it", 1.0012345)
    assert len(told) == 1


def test_what_is_logged_of_an_alert_is_redacted_whoever_has_set_up_the_log(tmp_path, sample, caplog):
    alerting = Alerting.model_validate({"rules": {"it": {"when": "count", "of": {"outcomes": ["broken"]}}}})
    tally = Tally()
    desk = AlertDesk(alerting, Signals(), tally, tmp_path, lambda text: text.replace("token-77", "***"), print)
    tally.add(sample(0.5, step="login token-77", outcome="broken"))
    tally.closed(1)
    desk.look(1.2)
    assert "alert it (warning) firing" in caplog.text
    assert "token-77" not in caplog.text
