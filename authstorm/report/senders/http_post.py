"""One POST of JSON to a receiver: bounded in time and size, without redirects, told in words that hold no address."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NameResolutionError

from authstorm.plan.retry_after import asked_wait_s
from authstorm.plan.web_address import is_loopback
from authstorm.report.senders.failure import NotTakenError
from authstorm.report.senders.said import MOST_BYTES, said_in

BODY_S: Final = 2.0
"""So long the words are waited for, when the status is there."""
AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


def post(url: str, body: Any, timeout_s: float, headers: Mapping[str, str] | None = None) -> str:
    """Send; gives the status and the beginning of the answer. NotTakenError for whatever else came of it."""
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    sent_headers = {"Content-Type": "application/json", "User-Agent": "authstorm", **(headers or {})}
    with requests.Session() as session:
        session.auth = _as_it_is  # or else a .netrc would replace our own Authorization
        if is_loopback(urlsplit(url).hostname or ""):
            session.trust_env = False  # no proxy leads to this machine
            session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        try:
            with session.post(
                url, data=data, headers=sent_headers, timeout=timeout_s, allow_redirects=False, stream=True
            ) as answer:
                said = _beginning(answer, time.monotonic() + min(BODY_S, timeout_s / 2))
                return _taken(answer, said)
        except requests.RequestException as error:
            raise _failed(error) from None
        except UnicodeEncodeError:
            raise NotTakenError("address", "its token has characters that cannot be sent", again=False) from None
        except ValueError:  # what urllib3 thinks of an address
            raise NotTakenError("address", "the address cannot be used", again=False) from None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _beginning(answer: requests.Response, until_s: float) -> str:
    """The first bytes of the body as one line; what is behind them is never read.

    A body that breaks off changes nothing of what the status said: the message was taken, or not.
    """
    read = bytearray()
    with suppress(HTTPError, OSError, ValueError):
        while len(read) < MOST_BYTES and time.monotonic() < until_s:
            part = answer.raw.read1(512, decode_content=True)
            if not part:
                break
            read += part
    return said_in(read)


def _taken(answer: requests.Response, said: str) -> str:
    status = answer.status_code
    if 200 <= status < 300:
        return f"{status} {said}".strip()
    if 300 <= status < 400:
        raise NotTakenError(f"status-{status}", "it leads elsewhere: write the address that it leads to", again=False)
    asked = answer.headers.get("Retry-After", "")
    after_s = asked_wait_s(asked, answer.headers.get("Date", ""), time.time()) if asked else None
    raise NotTakenError(
        f"status-{status}", f"it answered {status} {said}".strip(), again=status in AGAIN, after_s=after_s
    )


_FAILURES: Final = (
    (requests.exceptions.SSLError, "tls", "its certificate cannot be trusted, or it does not speak TLS", False),
    (requests.exceptions.ProxyError, "proxy", "the proxy did not lead to it", True),
    (requests.exceptions.Timeout, "timeout", "no answer in time", True),
    (requests.exceptions.ConnectionError, "no-connection", "nobody answers there, or the connection broke off", True),
    (requests.exceptions.InvalidURL, "address", "the address cannot be used", False),
    (requests.exceptions.InvalidHeader, "address", "its token has characters that cannot be sent", False),
    (requests.exceptions.RequestException, "http", "its answer makes no sense", True),
)
"""The first that fits; some are others' children."""


def _failed(error: requests.RequestException) -> NotTakenError:
    """In our own words: those of the library hold the path, which may be the secret."""
    if isinstance(getattr(error.args[0], "reason", None) if error.args else None, NameResolutionError):
        return NotTakenError("no-name", "its host name has no address", again=True)
    code, words, again = next(known[1:] for known in _FAILURES if isinstance(error, known[0]))
    return NotTakenError(code, words, again=again)
