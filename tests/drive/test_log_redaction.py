"""No handler gets a secret to write, whether it formats a record or takes it apart itself."""

import io
import logging
from copy import copy

import pytest

from authstorm.drive.log_redaction import redact_logs
from authstorm.plan.secrets import Redactor, Secret

SECRET = "correct-horse-battery-staple"


class Apart(logging.Handler):
    """Takes a record apart, as OpenTelemetry's handler does: its message, its exception, and what was added to it."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(copy(record))


@pytest.fixture
def handlers():
    """A handler of each kind, on a logger of their own that is redacted."""
    made = [logging.StreamHandler(io.StringIO()), Apart()]
    logger = logging.getLogger("redaction")
    root = list(logging.getLogger().handlers)
    logging.getLogger().handlers = []
    logger.handlers = made
    redact_logs(Redactor([Secret("another-secret")]))
    redact_logs(Redactor([Secret(SECRET)]))  # the second call replaces the first
    yield made
    logger.handlers = []
    logging.getLogger().handlers = root


def spill():
    try:
        fail()
    except RuntimeError:
        logging.getLogger("redaction").exception("saw %s", SECRET, extra={"detail": SECRET})


def fail():
    raise RuntimeError(f"spilt {SECRET}")


def test_a_handler_that_formats_writes_no_secret(handlers):
    spill()
    text = handlers[0].stream.getvalue()
    assert "saw [redacted]" in text
    assert "RuntimeError: spilt [redacted]" in text
    assert SECRET not in text


def test_a_handler_that_takes_records_apart_gets_no_secret_in_any_part(handlers):
    spill()
    (record,) = handlers[1].records
    assert "RuntimeError: spilt [redacted]" in record.getMessage()
    assert SECRET not in str(vars(record))
    assert (record.exc_info, record.levelname, record.name) == (None, "ERROR", "redaction")
    assert record.funcName == "spill"
