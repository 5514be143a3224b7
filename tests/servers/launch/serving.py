"""One server process: started, awaited, watched and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

from .download import say
from .errors import SetupError
from .server import Server, Settings

READY_S = 60.0
END_S = 10.0
LOOK_S = 0.1


class Serving:
    """A server process from start to end; signals ask it to end."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self.server = server
        self.url = f"http://127.0.0.1:{settings.port}"
        self._asked_to_end = False
        require_free(settings.port)
        environment = os.environ | settings.environment | server.fresh_state(settings)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end_soon)
        self._child = subprocess.Popen(
            server.command(), cwd=server.folder, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr
        )

    def run(self, *, follow_parent: bool) -> int:
        """Say when the server is ready, then wait for its end; 0 when it was asked for, 1 when it came by itself."""
        parent = os.getppid() if follow_parent else None
        try:
            self._await_ready()
            while self._wanted and (parent is None or os.getppid() == parent):
                time.sleep(LOOK_S)
            if self._child.poll() is not None and not self._asked_to_end:
                say(f"{self.server.name} ended by itself with exit code {self._child.returncode}")
                return 1
            return 0
        finally:
            self._end()

    @property
    def _wanted(self) -> bool:
        return not self._asked_to_end and self._child.poll() is None

    def _await_ready(self) -> None:
        give_up_at = time.monotonic() + READY_S
        while self._wanted and time.monotonic() < give_up_at:
            if self.server.is_ready(self.url):
                sys.stdout.write(f"{self.server.name} ready {self.url}\n")
                sys.stdout.flush()
                return
            time.sleep(LOOK_S)
        if self._wanted:
            raise SetupError(f"{self.server.name} did not answer within {READY_S:.0f} s")

    def _end_soon(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_end = True

    def _end(self) -> None:
        """Ask the process to end; make it, when it does not."""
        if self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(END_S)
        except subprocess.TimeoutExpired:
            say(f"{self.server.name} did not end within {END_S:.0f} s and was killed")
            self._child.kill()
            self._child.wait()


def require_free(port: int) -> None:
    """Raise SetupError when something listens on the port already: its answers would be taken for the server's."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SetupError(
                f"port {port} is taken ({error.strerror}): end what listens there, or use --port"
            ) from error
