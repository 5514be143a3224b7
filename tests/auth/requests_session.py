"""A session over requests: slow, but it speaks to real servers, and shows that the interface can be satisfied."""

from __future__ import annotations

from time import perf_counter

import requests
from urllib3.exceptions import ReadTimeoutError

from tests.auth.fakes import FakeAnswer

FAILURES = (  # the first that fits counts: requests derives some of these from others
    (requests.exceptions.ConnectTimeout, "connect-timeout"),
    (requests.exceptions.ReadTimeout, "timeout"),
    (requests.exceptions.SSLError, "tls-failed"),
    (requests.exceptions.ChunkedEncodingError, "reset"),
    (requests.exceptions.ConnectionError, "reset"),
    (requests.exceptions.InvalidHeader, "malformed"),
)


def failure_of(error: requests.exceptions.RequestException) -> str:
    if error.args and isinstance(error.args[0], ReadTimeoutError):  # within a body requests calls it a lost connection
        return "timeout"
    return next(code for kind, code in FAILURES if isinstance(error, kind))


class RequestsSession:
    def __init__(self, timeout_s: float = 5.0, largest: int = 4_000_000) -> None:
        self.timeout_s, self.largest = timeout_s, largest
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, method, url, headers=None, body=b""):
        answer = FakeAnswer(0, began_at=perf_counter())
        try:
            with self.session.request(
                method, url, headers=headers, data=body, timeout=self.timeout_s, allow_redirects=False, stream=True
            ) as got:
                answer.status = got.status_code
                answer.headers = {name.lower(): value for name, value in got.headers.items()}
                for chunk in got.iter_content(65_536):
                    answer.body += chunk
                    if len(answer.body) > self.largest:
                        answer.failure = "too-large"
                        break
        except requests.exceptions.RequestException as error:
            answer.failure = failure_of(error)
        answer.done_at = perf_counter()
        return answer

    def forget(self) -> None:
        self.session.cookies.clear()

    def close(self) -> None:
        self.session.close()
