"""Locust's own request event, of any locustfile, as a sample: what is not told is read out of status and exception."""

from __future__ import annotations

from typing import Any

from authstorm.watch.sample import Sample

SCENARIO = "any"
_REFUSED = {401: "unauthorized", 403: "forbidden", 404: "not-found"}
_SHED = {429: "rate-limited", 503: "unavailable"}


def plain_sample(  # noqa: PLR0913, PLR0917 - the event's own arguments
    name: str, response_time_ms: float, size: int, exception: BaseException | None, response: Any, done_s: float
) -> Sample:
    """The sample of a request that was done at ``done_s``; nothing is known of when it was due."""
    outcome, code = outcome_of(exception, getattr(response, "status_code", 0) or 0)
    sent_s = done_s - max(0.0, response_time_ms) / 1000
    return Sample(str(name), SCENARIO, 0, outcome, code, exception is None, sent_s, sent_s, done_s, int(size or 0))


def outcome_of(exception: BaseException | None, status: int) -> tuple[str, str]:
    """How a request ended, and its code; ``status`` is 0 where there was no answer.

    Whoever writes a locustfile says what a failure is: a 404 without an exception is as it should be.
    """
    if exception is None:
        return "good", "ok"
    if status in _SHED:
        return "shed", _SHED[status]
    if 400 <= status < 500:
        return "refused", _REFUSED.get(status, "rejected")
    if status >= 500:
        return "broken", "server-error"
    return ("broken", "marked-failed") if status else ("broken", "no-answer")
