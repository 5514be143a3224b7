"""The process: a socket of its own, granian on it, one line when it answers, and a clean end."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import resource
import signal
import socket
import sys

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.net import SocketHolder  # type: ignore[attr-defined]  # exported for pickling, not in its types
from granian.server.embed import Server

from authstorm.errors import SandboxError
from authstorm.sandbox.application import Application
from authstorm.sandbox.options import Options
from authstorm.sandbox.secrets_file import Secrets
from authstorm.sandbox.wiring import build

BACKLOG = 4096
CONNECTIONS = 60_000
IDLE_MS = 600_000
"""Idle connections stay open for ten minutes: a visitor's pause should not turn into a reset."""
STOP_WITHIN_S = 1.0
PARENT_EVERY_S = 0.2
SWEEP_EVERY_S = 0.25
SWEEP_AT_MOST = 5000


class _Granian(Server):
    """Granian inside this process's own event loop, on a socket that is bound already.

    Granian binds with SO_REUSEPORT, by which a second sandbox would share the port with the first unnoticed.
    """

    def __init__(self, application: Application, listener: socket.socket) -> None:
        super().__init__(
            application,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,
            websockets=False,
            log_enabled=False,
            backlog=BACKLOG,
            backpressure=CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=IDLE_MS),
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        self._shd = SocketHolder(self._listener.detach(), False, BACKLOG)  # type: ignore[call-arg, assignment]


async def serve(options: Options, secrets: Secrets) -> None:
    """Serve until a signal or the parent's end; raises SandboxError when it cannot start or stops by itself."""
    parent = os.getppid()  # before anything slow: a parent that ends meanwhile must be missed
    raise_open_files()
    listener = bind(options.host, options.port)
    issuer = f"http://{_printable(options.host)}:{listener.getsockname()[1]}"
    application = build(options, secrets, issuer)
    server = _Granian(application, listener)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.create_task(server.serve())
    await _until_ready(issuer, serving)
    application.counts.forget()
    calm_collector()
    chores = [asyncio.create_task(_sweep(application))]
    if options.with_parent:
        chores.append(asyncio.create_task(_watch_parent(parent, stop)))
    _announce(f"sandbox ready {issuer} pid {os.getpid()}\n")
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not stopped.done():
        raise SandboxError("the web server ended by itself")
    application.control.plant(None)  # what hangs is let go
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait({serving}, timeout=STOP_WITHIN_S)


def bind(host: str, port: int) -> socket.socket:
    """Listen on a port, or on any free one when it is in use; raises SandboxError when not even that works."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host.strip("[]"), port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE and port:
            sys.stderr.write(f"port {port} is in use: taking a free one\n")
            return bind(host, 0)
        raise SandboxError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def raise_open_files() -> None:
    """Allow as many connections as the system lets this process have; the usual 1024 are few for a storm."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def calm_collector() -> None:
    """Keep the garbage collector away from the tokens: they are no cycles, and looking at a million takes long.

    The young generations are collected as usual; what outlives them is freed when its last reference goes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 1_000_000)


async def _until_ready(issuer: str, serving: asyncio.Task[None]) -> None:
    host, _, port = issuer.removeprefix("http://").rpartition(":")
    for _ in range(100):
        if serving.done():
            break
        try:
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.write(b"GET /.well-known/openid-configuration HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        status = await asyncio.wait_for(reader.readline(), 2)
        writer.close()
        if b" 200 " in status:
            return
    raise SandboxError("the web server does not answer") from (serving.exception() if serving.done() else None)


def _announce(line: str) -> None:
    try:
        sys.stdout.write(line)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise SandboxError("whoever waited for the sandbox is gone") from error


async def _watch_parent(parent: int, stop: asyncio.Event) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_EVERY_S)
    stop.set()


async def _sweep(application: Application) -> None:
    while True:
        await asyncio.sleep(SWEEP_EVERY_S)
        application.control.store.sweep(SWEEP_AT_MOST)


def _printable(host: str) -> str:
    return f"[{host.strip('[]')}]" if ":" in host else host
