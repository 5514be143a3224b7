"""When bytes arrived: by the kernel's stamp on the packet, or by this process once it got round to reading.

A generator under load reads late. The kernel notes the wall-clock time at which each packet came in (SO_TIMESTAMPNS)
and hands it over with the bytes, so the measured time does not grow with the generator's own queue.
"""

from __future__ import annotations

import struct
import sys
from socket import SOL_SOCKET, socket
from time import perf_counter, time_ns
from typing import Final, Protocol

RECEIVE_SIZE: Final = 1 << 16
_SO_TIMESTAMPNS: Final = 35  # <asm-generic/socket.h>; the module socket does not name it
_ROOM: Final = 64  # for one control message: a header of 16 bytes and a timespec of 16
_RESAMPLE_S: Final = 0.1
_STEP_S: Final = 0.0005
_TIMESPEC = struct.Struct("@ll")


class Clock(Protocol):
    """Reads from a socket into ``buffer`` and says when what it read arrived."""

    buffer: memoryview
    """What the last ``receive`` read; one for all connections, so use it before any other greenlet runs."""

    def attach(self, sock: socket) -> None:
        """Prepare a new socket."""

    def receive(self, sock: socket) -> tuple[int, float, str]:
        """Read once without waiting: bytes (0 at the end), ``perf_counter`` seconds, "kernel" or "loop"."""

    def was_set(self) -> bool:
        """Whether the time itself has jumped just now, which explains a moment that cannot be."""


class LoopClock:
    """The ordinary clock: bytes arrive when this process reads them."""

    __slots__ = ("buffer",)

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(RECEIVE_SIZE))

    def attach(self, sock: socket) -> None:
        """Nothing to prepare."""

    def receive(self, sock: socket) -> tuple[int, float, str]:
        """Read once without waiting; see ``Clock``."""
        return sock.recv_into(self.buffer), perf_counter(), "loop"

    def was_set(self) -> bool:
        """Never: nobody sets this clock."""
        return False


class KernelClock:
    """Bytes arrive when the kernel took their last packet in.

    The stamp is wall-clock time. The distance to ``perf_counter`` is taken anew ten times a second, since only a step
    of the wall clock changes it, and at once when a stamp lies in the future. A stamp that cannot be right is not used:
    the ordinary clock stands in, and the answer says so.
    """

    __slots__ = ("_base_s", "_buffers", "_offset_s", "_resample_at", "buffer")

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(RECEIVE_SIZE))
        self._buffers = [self.buffer]
        self._base_s = 0
        self._offset_s = 0.0
        self._resample_at = 0.0
        self.resample()

    def attach(self, sock: socket) -> None:
        """Ask for stamps on a new socket."""
        sock.setsockopt(SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def receive(self, sock: socket) -> tuple[int, float, str]:
        """Read once without waiting; see ``Clock``."""
        size, control, _, _ = sock.recvmsg_into(self._buffers, _ROOM)
        now = perf_counter()
        if now > self._resample_at:
            self.resample()
        if control:
            seconds, nanoseconds = _TIMESPEC.unpack(control[0][2])
            at = seconds - self._base_s + nanoseconds * 1e-9 + self._offset_s
            if at <= now:
                return size, at, "kernel"
            self.resample()
        return size, now, "loop"

    def was_set(self) -> bool:
        """Whether the wall clock has been set since it was last looked at; see ``Clock``."""
        return abs(self.resample()) > _STEP_S

    def resample(self) -> float:
        """Take the distance between the two clocks anew; returns by how many seconds it had moved."""
        width, middle, wall_ns = min(self._reading() for _ in range(3))
        base_s, rest_ns = divmod(wall_ns, 1_000_000_000)
        offset_s = middle - rest_ns * 1e-9
        moved = (offset_s - self._offset_s) - (base_s - self._base_s)
        self._base_s, self._offset_s = base_s, offset_s
        self._resample_at = middle + width + _RESAMPLE_S
        return moved

    @staticmethod
    def _reading() -> tuple[float, float, int]:
        """How wide the bracket was, its middle, and the wall clock inside it; the narrowest of some is the best."""
        before = perf_counter()
        wall_ns = time_ns()
        after = perf_counter()
        return after - before, (before + after) / 2, wall_ns


def has_kernel_clock() -> bool:
    """Whether this system stamps packets in the form that KernelClock reads."""
    return sys.platform == "linux" and _TIMESPEC.size == 16 and hasattr(socket, "recvmsg_into")


def make_clock(choice: str) -> KernelClock | LoopClock:
    """The clock asked for, "kernel" or "loop"; the ordinary one where the kernel's is not to be had."""
    return KernelClock() if choice == "kernel" and has_kernel_clock() else LoopClock()
