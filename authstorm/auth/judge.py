"""From an answer to a reply, as far as it is the same for every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from authstorm.auth.body import read_error_object, read_object
from authstorm.auth.codes import CODES, OAUTH_ERRORS
from authstorm.auth.outcome import Outcome, Reply
from authstorm.auth.retry_after import retry_after_s
from authstorm.auth.session import Answer

T = TypeVar("T")

_BY_STATUS: Final = {401: "unauthorized", 403: "forbidden", 404: "not-found"}


def good(answer: Answer, value: T) -> Reply[T]:
    """A step that did what it was meant to."""
    return tuple.__new__(Reply, (Outcome.GOOD, "ok", answer, value, None))  # as Reply() would, without a call between


def failed(code: str, answer: Answer, wait_s: float | None = None) -> Reply[Any]:
    """A step that did not; the code decides the outcome."""
    return Reply(CODES[code], code, answer, None, wait_s)


def succeeded(answer: Answer) -> bool:
    """Whether a complete answer with a status of 2xx came."""
    return not answer.failure and 200 <= answer.status < 300


def setback(answer: Answer, wall_clock: Callable[[], float]) -> Reply[Any]:
    """Judge an answer that did not succeed: transport, redirect, refusal, shed load or a broken server."""
    if answer.failure:
        return failed(answer.failure, answer)
    status = answer.status
    if 400 <= status < 500 and status != 429:
        return failed(_refusal(answer), answer)
    if status in (429, 503):
        code = "rate-limited" if status == 429 else "unavailable"
        return failed(code, answer, retry_after_s(answer, wall_clock))
    if 500 <= status < 600:
        return failed("server-error", answer)
    return failed("redirected" if 300 <= status < 400 else "odd-status", answer)


def read_success(answer: Answer, wall_clock: Callable[[], float]) -> dict[str, Any] | Reply[Any]:
    """The JSON object of a success, or the reply that says why there is none."""
    if answer.failure or not 200 <= answer.status < 300:
        return setback(answer, wall_clock)
    body = read_object(answer)
    return failed(body, answer) if isinstance(body, str) else body


def _refusal(answer: Answer) -> str:
    """The code of a 4xx: the server's own where it is registered (body first, then RFC 6750 3), else by status."""
    error = read_error_object(answer).get("error")
    code = OAUTH_ERRORS.get(error) if isinstance(error, str) else None
    if code is None:
        code = OAUTH_ERRORS.get(_challenge_error(answer.header("www-authenticate")))
    return code or _BY_STATUS.get(answer.status, "rejected")


def _challenge_error(challenge: str) -> str:
    """The ``error`` of a WWW-Authenticate challenge, quoted or not; "" when it has none."""
    rest = challenge.partition("error=")[2].lstrip('"')
    return rest.partition('"')[0].partition(",")[0].strip()
