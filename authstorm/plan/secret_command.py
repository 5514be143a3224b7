"""A secret that a command writes: run once, with a limit for its time and for what it may write."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

LONGEST_COMMAND_S: Final = 60.0
"""A command that takes longer waits for somebody who does not come."""
MOST_BYTES: Final = 1_000_000
"""No secret is longer; a command that writes more is another one than was meant, and must not fill the memory."""


def said_by(command: Sequence[str], environ: Mapping[str, str], limit_s: float = LONGEST_COMMAND_S) -> str:
    """What a command writes but for the line's end; KeyError without a word of its output when it fails."""
    ends_s = time.monotonic() + limit_s
    try:
        # a group of its own: what it started ends with it, when its time is up
        process = subprocess.Popen(  # noqa: S603 - the user's own command, given as a list
            command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            process_group=0,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its arguments hold a null byte"
        raise KeyError(f"the command cannot be run: {why}") from None
    code = None
    try:
        written = _written(process, ends_s)
        if len(written) <= MOST_BYTES:
            code = process.wait(max(0.0, ends_s - time.monotonic()))
    except (TimeoutError, subprocess.TimeoutExpired):
        raise KeyError(f"the command did not end within {limit_s:g} s: does it wait for somebody to log in?") from None
    finally:
        _end(process, well=code is not None)
    if len(written) > MOST_BYTES:
        raise KeyError(f"the command wrote more than {MOST_BYTES:,} bytes: is it the right one?")
    if code:
        raise KeyError(f"the command ended with exit code {code}: run it by hand to see why")
    try:
        value = written.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise KeyError("the command wrote something that is no UTF-8 text") from None
    if not value:
        raise KeyError("the command wrote nothing to its standard output")
    return value


def _written(process: subprocess.Popen[bytes], ends_s: float) -> bytes:
    """All that comes until the end of the stream, or a little more than may; TimeoutError when that takes too long."""
    assert process.stdout is not None
    stream, written = process.stdout.fileno(), bytearray()
    ready = select.poll()
    ready.register(stream, select.POLLIN)
    while len(written) <= MOST_BYTES:
        left_s = ends_s - time.monotonic()
        if left_s <= 0 or not ready.poll(left_s * 1000):
            raise TimeoutError
        part = os.read(stream, 65_536)
        if not part:
            return bytes(written)
        written += part
    return bytes(written)


def _end(process: subprocess.Popen[bytes], *, well: bool) -> None:
    """Leave nothing behind of a command that did not end well; an agent that one started may stay."""
    if not well:
        with suppress(ProcessLookupError):  # the whole group has ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
