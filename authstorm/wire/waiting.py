"""Waiting for a socket on gevent's loop, with a deadline that a busy loop does not bring forward."""

from __future__ import annotations

import select
from typing import Any, Final

from gevent import get_hub, getcurrent
from gevent.monkey import get_original

from authstorm.wire.deadlines import LATE, deadlines_of
from authstorm.wire.failure import DeadlineError

READ: Final = 1
WRITE: Final = 2
_READY: Final = object()
_poll = get_original("select", "poll")  # not select(): that ends at descriptor 1023


def wait(watcher: Any, fd: int, events: int, deadline: float) -> None:
    """Wait until ``watcher``, one of gevent's for ``fd`` and ``events``, fires; DeadlineError when it does not.

    At the deadline the socket is looked at once more, since what came in time but lies unread is not late.
    """
    hub, me = get_hub(), getcurrent()
    deadlines = deadlines_of(hub)
    watcher.start(me.switch, _READY)
    deadlines.add(me, deadline)
    try:
        while (woken := hub.switch()) is not _READY:
            if woken is LATE:
                if is_ready(fd, events):
                    return
                raise DeadlineError
            # else some other event's leftover
    finally:
        watcher.stop()
        del deadlines.waiting[me]


def wait_fd(fd: int, events: int, deadline: float) -> None:
    """The same with a watcher for this one wait."""
    watcher = get_hub().loop.io(fd, events)
    try:
        wait(watcher, fd, events, deadline)
    finally:
        watcher.close()


def is_ready(fd: int, events: int = READ) -> bool:
    """Whether a socket has data, its end or an error to be read (or room, with WRITE) right now; never waits."""
    return bool(look_at(fd, events).poll(0))


def look_at(fd: int, events: int = READ) -> Any:
    """What tells that by ``poll(0)``, for who asks time and again: half the time of ``is_ready``."""
    look = _poll()
    look.register(fd, (select.POLLIN if events & READ else 0) | (select.POLLOUT if events & WRITE else 0))
    return look
