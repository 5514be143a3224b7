"""Locust's own request event as a sample."""

from types import SimpleNamespace

import pytest

from authstorm.auth.codes import CODES
from authstorm.watch.plain_event import outcome_of, plain_sample

FAILED = RuntimeError("failed")


@pytest.mark.parametrize(
    ("exception", "status", "outcome", "code"),
    [
        (None, 200, "good", "ok"),
        (None, 404, "good", "ok"),  # the locustfile says that it is as it should be
        (FAILED, 429, "shed", "rate-limited"),
        (FAILED, 503, "shed", "unavailable"),
        (FAILED, 401, "refused", "unauthorized"),
        (FAILED, 403, "refused", "forbidden"),
        (FAILED, 404, "refused", "not-found"),
        (FAILED, 418, "refused", "rejected"),
        (FAILED, 500, "broken", "server-error"),
        (FAILED, 200, "broken", "marked-failed"),
        (FAILED, 0, "broken", "no-answer"),
    ],
)
def test_what_a_request_counts_as(exception, status, outcome, code):
    assert outcome_of(exception, status) == (outcome, code)
    assert code in {*CODES, "marked-failed", "no-answer"}


def test_a_sample_has_locusts_name_and_time():
    sample = plain_sample("look", 250.0, 42, None, SimpleNamespace(status_code=200), 10.0)
    assert (sample.step, sample.size, sample.expected, sample.done_s) == ("look", 42, True, 10.0)
    assert sample.latency_ms == sample.service_ms == pytest.approx(250.0)


def test_what_has_no_response_and_no_time_is_a_sample_too():
    sample = plain_sample("look", 0.0, 0, FAILED, None, 3.0)
    assert (sample.outcome, sample.code, sample.expected, sample.latency_ms) == ("broken", "no-answer", False, 0.0)
