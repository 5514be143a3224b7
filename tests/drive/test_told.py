"""What is told of wrong answers while they come."""

import json
import logging

import pytest

from authstorm.auth.fault import Evidence, Fault
from authstorm.drive.told import MOST_OF_A_KIND, MOST_TOLD, Told
from authstorm.plan.secrets import Redactor, Secret


def evidence(code="wrong-subject", got="s-9", trace="ab12"):
    return Evidence(Fault(code, "sub of the ID token", "s-7", got), "user7", trace)


def test_one_is_told_in_the_log_and_for_its_event(caplog):
    told = Told(str).tell("login", evidence())
    assert told == {
        "identity": "user7", "what": "sub of the ID token", "expected": "s-7", "got": "s-9", "trace": "ab12",
    }  # fmt: skip
    assert caplog.messages == [
        "wrong answer: login for user7: wrong-subject: sub of the ID token should be s-7, and is s-9 (trace ab12)"
    ]


def test_a_flood_of_one_kind_is_told_a_few_times_and_leaves_room_for_others(caplog):
    told = Told(str)
    flood = [told.tell("login", evidence("wrong-audience")) for _ in range(100)]
    assert sum(each is not None for each in flood) == MOST_OF_A_KIND
    assert caplog.messages[-1].endswith("(trace ab12); further ones of this kind are counted only")
    assert told.tell("login", evidence("token-shared")) is not None
    assert told.tell("refresh", evidence("wrong-audience")) is not None


def test_all_kinds_together_are_told_so_many_times_and_no_more(caplog):
    told = Told(str)
    many = [told.tell("login", evidence(f"code-{number}")) for number in range(50)]
    assert sum(each is not None for each in many) == MOST_TOLD == len(caplog.messages)
    assert caplog.messages[-1].endswith("; further ones are counted only")


def test_secrets_go_before_it_leaves_the_process(caplog):
    told = Told(Redactor([Secret("hunter2hunter2")])).tell("login", evidence(got="hunter2hunter2, which is user3's"))
    assert told["got"] == "[redacted], which is user3's"
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("got", "shown"),
    [
        ("s-9\n2026 CRITICAL forged", "s-9\\n2026 CRITICAL forged"),
        ("\x1b[2J", "\\x1b[2J"),
        ("half \ud83d", "half \\ud83d"),
        ("s" * 5000, "s" * 120 + "..."),
        ("Zoë", "Zoë"),
    ],
)
def test_what_a_server_sends_cannot_forge_a_line_nor_break_a_report(caplog, got, shown):
    caplog.set_level(logging.WARNING)
    told = Told(str).tell("login", evidence(got=got))
    assert told["got"] == shown
    json.dumps(told, ensure_ascii=False).encode()
    assert "\n" not in caplog.messages[0]
