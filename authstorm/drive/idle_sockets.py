"""Locust's fast client keeps its connections however many descriptors the process has.

geventhttpclient looks at an idle connection with ``select``, which knows no descriptor above 1023 and says then what is
taken for a dead connection: each request would open one of its own, and hurry through the machine's ports. ``poll`` has
no such limit.
"""

from __future__ import annotations

import socket
from select import POLLIN

from gevent.monkey import get_original
from geventhttpclient.connectionpool import ConnectionPool

_poll = get_original("select", "poll")


def use_poll() -> None:
    """Have every pool of the process look by ``poll``; a second call changes nothing."""
    setattr(ConnectionPool, "_is_socket_alive", staticmethod(is_idle))  # noqa: B010 - mypy knows only its own method


def is_idle(sock: socket.socket | None) -> bool:
    """Whether a connection is open with nothing to read on it, as it should be between two requests."""
    if sock is None or sock.fileno() < 0:
        return False
    look = _poll()
    look.register(sock, POLLIN)
    return not look.poll(0)
