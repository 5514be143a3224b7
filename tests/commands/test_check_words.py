"""The pure parts of a check: clocks, exit codes, hints and the table."""

import pytest

from authstorm.auth.codes import CODES
from authstorm.auth.outcome import Outcome
from authstorm.commands.checking.clocks import clock_offset_s
from authstorm.commands.checking.hints import HINTS
from authstorm.commands.checking.row import Finding, Row, Works, exit_code
from authstorm.commands.checking.table import manual, table
from tests.auth.fakes import FakeAnswer

NOW_S = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT
TOKEN = "eyJhbGciOiJub25lIn0.eyJpYXQiOjE3MDAwMDM2MDB9."  # iat is an hour later


def answer(date="", token=""):
    body = b'{"access_token": "%s"}' % token.encode() if token else b"{}"
    return FakeAnswer(200, body, {"date": date, "content-type": "application/json"})


@pytest.mark.parametrize(
    ("seen", "offset_s", "gloss"),
    [
        (answer("Tue, 14 Nov 2023 22:13:20 GMT"), 0, "clocks agree"),
        (answer("Tue, 14 Nov 2023 21:13:20 GMT"), -3600, "the server is an hour behind"),
        (answer("", TOKEN), 3600, "no Date, but a token of the future"),
        (answer("Tue, 14 Nov 2023 22:13:20 GMT", TOKEN), 3600, "the larger difference counts"),
        (answer(), None, "nothing tells"),
        (answer("yesterday", "opaque"), None, "neither is readable"),
    ],
)
def test_the_clock_is_read_from_what_the_server_says(seen, offset_s, gloss):
    assert clock_offset_s(seen, NOW_S) == offset_s, gloss


def row(code=None):
    finding = None if code is None else Finding("url", "seen", "why", "do", code)
    return Row("step", Works.YES if code is None else Works.NO, "200 ok", 1.0, "", finding)


@pytest.mark.parametrize(
    ("codes", "whole", "gloss"),
    [
        ((), 0, "nothing found"),
        ((3,), 3, "the server is not well"),
        ((3, 8), 8, "a broken promise outranks it"),
        ((8, 6), 6, "not reached outranks that"),
        ((3, 8, 6, 2), 2, "and a file that does not fit outranks all"),
    ],
)
def test_the_first_of_2_6_8_3_is_the_exit_code(codes, whole, gloss):
    assert exit_code([row(), *(row(code) for code in codes)]) == whole, gloss


@pytest.mark.parametrize("code", sorted(code for code, outcome in CODES.items() if outcome is not Outcome.GOOD))
@pytest.mark.parametrize("step", ["login", "login: page", "service", "refresh", "introspect", "validate", "revoke"])
def test_every_code_of_every_step_has_a_hint(code, step):
    assert next(hint for hint in HINTS if hint.fits(step, code)).remedy


def test_a_hint_for_one_step_is_not_taken_for_another():
    login = next(hint for hint in HINTS if hint.fits("login", "invalid_grant"))
    refresh = next(hint for hint in HINTS if hint.fits("refresh", "invalid_grant"))
    assert "accounts.password" in login.keys
    assert "accounts.password" not in refresh.keys


def test_the_table_has_a_line_for_each_step_in_even_columns():
    lines = table([Row("login", Works.YES, "200 ok", 12.3), Row("refresh: rotation", Works.DIFFERS, "same", None, "h")])
    head, _, first, second = lines.splitlines()
    assert head.split() == ["step", "works", "answer", "time", "hint"]
    assert first.index("yes") == second.index("DIFFERS") == head.index("works")
    assert "12 ms" in first


def test_a_finding_is_told_as_a_manual_does():
    text = "\n".join(manual([Finding("client.secret", "seen", "why", "do")], lambda key: f"t.yaml:7 ({key})"))
    assert text.splitlines()[1] == "1. t.yaml:7 (client.secret): client.secret"
    assert [line.split()[0] for line in text.splitlines()[2:]] == ["Context:", "Cause:", "Remedy:"]
