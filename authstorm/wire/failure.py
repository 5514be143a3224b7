"""Why an exchange had no complete answer: the codes of ``WireAnswer.failure``, and how they travel inside."""

from __future__ import annotations

from typing import Final

DNS_FAILED: Final = "dns-failed"
CONNECT_FAILED: Final = "connect-failed"
CONNECT_TIMEOUT: Final = "connect-timeout"
TLS_FAILED: Final = "tls-failed"
PROXY_FAILED: Final = "proxy-failed"
TIMEOUT: Final = "timeout"
RESET: Final = "reset"
MALFORMED: Final = "malformed"
TOO_LARGE: Final = "too-large"

FAILURES: Final = frozenset({
    DNS_FAILED, CONNECT_FAILED, CONNECT_TIMEOUT, TLS_FAILED, PROXY_FAILED, TIMEOUT, RESET, MALFORMED, TOO_LARGE,
})  # fmt: skip
"""Every code there is; docs/outcomes.md describes them."""


class ExchangeError(Exception):
    """Ends an exchange inside ``wire``; it becomes the answer's failure code and never reaches the caller."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class DeadlineError(Exception):
    """A wait ended without the event; whoever waited knows which of the time limits that was."""


class NothingSentError(Exception):
    """The connection broke before it took a single byte: the request may go out again, whatever its method."""
