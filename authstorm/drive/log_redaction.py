"""Keeps secrets out of the logs: every handler's text passes through the redactor, tracebacks included."""

from __future__ import annotations

import logging
from collections.abc import Callable


class RedactingFormatter(logging.Formatter):
    """Formats as another formatter does, and redacts the result."""

    def __init__(self, inner: logging.Formatter, redact: Callable[[str], str]) -> None:
        super().__init__()
        self._inner = inner
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The redacted text of a record."""
        return self._redact(self._inner.format(record))


def redact_logs(redact: Callable[[str], str]) -> None:
    """Put the redactor behind every handler that there is; a second call replaces the first one's redactor."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    for handler in {handler for logger in loggers for handler in logger.handlers}:
        inner = handler.formatter or logging.Formatter()
        while isinstance(inner, RedactingFormatter):
            inner = inner._inner
        handler.setFormatter(RedactingFormatter(inner, redact))
