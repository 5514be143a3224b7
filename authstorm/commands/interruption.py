"""An interruption of a command that does many things at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import gevent


@contextmanager
def heard() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM raise KeyboardInterrupt where the command waits, and nowhere else.

    Python raises it in whatever runs just then, which may be somebody's callback: an HTTP parser calls it a bad answer,
    and the command goes on as if nobody had asked. The event loop raises it in the main greenlet alone.
    """
    hub = gevent.get_hub()
    if KeyboardInterrupt not in hub.NOT_ERROR:  # which gevent would print as one
        hub.NOT_ERROR = (*hub.NOT_ERROR, KeyboardInterrupt)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    watchers = [gevent.signal_handler(number, _interrupt) for number in before]
    try:
        yield
    finally:
        for watcher in watchers:
            watcher.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt() -> None:
    raise KeyboardInterrupt
