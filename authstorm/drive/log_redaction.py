"""Keeps secrets out of the logs: what any handler gets to see passes through the redactor, tracebacks included."""

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


class PlainRecords:
    """Hands a handler records that hold one redacted text, and neither an exception nor anything that was added."""

    def __init__(self, emit: Callable[[logging.LogRecord], None], redact: Callable[[str], str]) -> None:
        self.emit = emit
        self._formatter = RedactingFormatter(logging.Formatter(), redact)

    def __call__(self, record: logging.LogRecord) -> None:
        """What ``Handler.emit`` does."""
        text = self._formatter.format(record)
        place = (record.name, record.levelno, record.pathname, record.lineno)
        plain = logging.LogRecord(*place, text, None, None, record.funcName)
        plain.created, plain.msecs = record.created, record.msecs
        self.emit(plain)


def redact_logs(redact: Callable[[str], str]) -> None:
    """Put the redactor before every handler that there is; a second call replaces the first one's redactor.

    Those that write what their formatter makes get another formatter. Others, as OpenTelemetry's, may send off a
    record's exception beside its text: they get records without one.
    """
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in list(logging.root.manager.loggerDict))]
    for handler in {handler for logger in loggers for handler in logger.handlers}:
        inner = handler.formatter or logging.Formatter()
        while isinstance(inner, RedactingFormatter):
            inner = inner._inner
        handler.setFormatter(RedactingFormatter(inner, redact))
        if not isinstance(handler, logging.StreamHandler):
            emit = handler.emit
            handler.emit = PlainRecords(emit.emit if isinstance(emit, PlainRecords) else emit, redact)  # type: ignore[method-assign]
