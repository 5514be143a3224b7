"""One connection to a server: its socket, how to wait for it, and what was read when."""

from __future__ import annotations

import struct
from contextlib import suppress
from socket import SO_LINGER, SOL_SOCKET, socket
from typing import Any, Protocol

from gevent import get_hub

from authstorm.wire.clock import Clock
from authstorm.wire.failure import RESET, ExchangeError
from authstorm.wire.url import Origin
from authstorm.wire.waiting import READ, WRITE, is_ready, look_at, wait, wait_fd

_LINGER_NOT = struct.pack("ii", 1, 0)


class Taker(Protocol):
    """Takes what a connection reads."""

    @property
    def done(self) -> bool:
        """Whether it needs no more."""

    def feed(self, data: memoryview) -> None:
        """Take bytes that are gone afterwards; ExchangeError when they make no sense."""


class Connection:
    """A connected socket in the hands of one greenlet at a time; it keeps no buffer of its own.

    ``at`` and ``clock``: when the last bytes came, by which clock; ``first_at``: when the first ones since it was set
    to 0.0 came. ``used``: it has carried an exchange already.
    """

    __slots__ = (
        "_clock", "_fd", "_look", "_reset_on_close", "_sock", "_watcher", "at", "clock", "first_at", "origin", "used",
    )  # fmt: skip

    def __init__(self, sock: socket, origin: Origin, clock: Clock, *, reset_on_close: bool = False) -> None:
        self._sock = sock
        self._fd = sock.fileno()
        self._clock = clock
        self._watcher: Any = get_hub().loop.io(self._fd, READ)
        self._look: Any = None  # made when the connection is first looked at
        self._reset_on_close = reset_on_close
        self.origin = origin
        self.at = self.first_at = 0.0
        self.clock = "loop"
        self.used = False

    def is_quiet(self) -> bool:
        """Whether the connection stands and holds no bytes that nobody asked for: fit for another request."""
        look = self._look
        if look is None:
            look = self._look = look_at(self._fd)
        return not look.poll(0)

    def speaks_first(self) -> bool:
        """Whether there are bytes before the first request was sent."""
        return is_ready(self._fd)

    def send(self, data: bytes) -> memoryview | None:
        """Send a request without waiting; returns what is left for ``send_rest``. OSError when the connection broke."""
        return self._push(data)

    def send_rest(self, rest: memoryview) -> memoryview | None:
        """Go on with what ``send`` left; the bytes are those of the wire."""
        return self._push(rest)

    def pull(self, taker: Taker) -> bool:
        """Read once and pass it on; False at the end of the stream, ExchangeError when it was broken off."""
        size = self._receive()
        if size:
            if not self.first_at:
                self.first_at = self.at
            taker.feed(self._clock.buffer[:size])
        return size != 0

    def wait(self, deadline: float) -> None:
        """Wait for bytes, the end or an error; DeadlineError."""
        wait(self._watcher, self._fd, READ, deadline)

    def wait_writable(self, deadline: float) -> None:
        """Wait for room to send in; DeadlineError."""
        wait_fd(self._fd, WRITE, deadline)

    def wait_either(self, deadline: float) -> bool:
        """Wait for room or for bytes; returns whether there are bytes. DeadlineError."""
        wait_fd(self._fd, READ | WRITE, deadline)
        return is_ready(self._fd)

    def release(self) -> socket:
        """Give the socket away; this object is of no more use."""
        self._watcher.close()
        self._watcher = None
        return self._sock

    def time_jumped(self) -> bool:
        """Whether ``at`` and ``first_at`` are wrong because the wall clock was set."""
        return self._clock.was_set()

    def close(self) -> None:
        """Close at once; may be called again, and does nothing after ``release``."""
        if self._watcher is None:
            return
        self.release()
        if self._reset_on_close:
            with suppress(OSError):  # the peer may have closed before
                self._sock.setsockopt(SOL_SOCKET, SO_LINGER, _LINGER_NOT)
        self._sock.close()

    def _push(self, data: bytes | memoryview) -> memoryview | None:
        try:
            size = self._sock.send(data)
        except BlockingIOError:
            return memoryview(data)
        return None if size == len(data) else memoryview(data)[size:]

    def _receive(self) -> int | None:
        """Read once into the clock's buffer; None when there was nothing after all, 0 at the end."""
        try:
            size, self.at, self.clock = self._clock.receive(self._sock)
        except BlockingIOError:
            return None
        except OSError as error:
            raise ExchangeError(RESET) from error
        return size
