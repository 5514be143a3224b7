"""The wire satisfies what auth asks of a session, though neither knows the other."""

import inspect

import pytest

from authstorm.auth.session import TRANSPORT_FAILURES, Answer, Session
from authstorm.wire.answer import WireAnswer
from authstorm.wire.failure import FAILURES
from authstorm.wire.session import WireSession
from authstorm.wire.settings import WireSettings
from authstorm.wire.shared import WireShared
from tests.wire.scripted_server import ok


def members(protocol):
    return sorted(name for name in vars(protocol) if not name.startswith("_"))


def test_an_answer_has_all_that_auth_reads(answer_all, visit):
    answer = visit().send("GET", answer_all(ok()).url)
    for name in members(Answer):
        wanted = inspect.getattr_static(Answer, name)
        if isinstance(wanted, property):
            kind = inspect.get_annotations(wanted.fget, eval_str=True)["return"]
            assert isinstance(getattr(answer, name), kind), name
        else:
            theirs, ours = (
                inspect.signature(wanted, eval_str=True),
                inspect.signature(getattr(WireAnswer, name), eval_str=True),
            )
            assert ours == theirs


def test_a_session_has_all_that_auth_calls():
    for name in members(Session):
        theirs = inspect.signature(getattr(Session, name), eval_str=True).parameters
        ours = inspect.signature(getattr(WireSession, name), eval_str=True).parameters
        assert [(p.name, p.annotation, p.kind) for p in ours.values()] == [
            (p.name, p.annotation, p.kind) for p in theirs.values()
        ]
        assert all((p.default is p.empty) == (theirs[p.name].default is p.empty) for p in ours.values())


def test_every_failure_is_one_that_auth_knows():
    assert FAILURES <= TRANSPORT_FAILURES


def test_the_status_of_a_failed_connect_is_zero(visit):
    answer = visit().send("GET", "http://127.0.0.1:1/")
    assert (answer.status, answer.failure, answer.body, answer.header("date")) == (0, "connect-failed", b"", "")


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("connect_timeout_s", 0, "above 0"),
        ("first_byte_timeout_s", -1.0, "above 0"),
        ("total_timeout_s", float("nan"), "above 0"),
        ("body_limit", 0, "above 0"),
        ("head_limit", 0, "above 0"),
        ("connections", "many", '"own" or "pool"'),
        ("clock", "wall", '"kernel" or "loop"'),
    ],
)
def test_settings_that_make_no_sense_are_refused(name, value, match):
    with pytest.raises(ValueError, match=match):
        WireSettings(**{name: value})


@pytest.mark.parametrize("setting", ["ca_file", "certificate"])
def test_a_certificate_file_that_is_not_there_is_told_of_before_the_first_visit(certificates, setting):
    settings = WireSettings(
        tls=certificates.trust() if setting == "none" else type(certificates.trust())(**{setting: "/none.pem"})
    )
    with pytest.raises(FileNotFoundError):
        WireSession(settings, WireShared(settings))
