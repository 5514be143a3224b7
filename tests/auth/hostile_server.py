"""A server on loopback that answers each path with the bytes that a test wrote down, and then does as it was told."""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from threading import Event, Thread

STAY_SILENT = b"\0silent"
RESET = b"\0reset"


class HostileServer:
    """``answers`` maps a path to raw bytes: the whole answer, after which the connection is closed in good order.

    Bytes that end in RESET are sent without it, and the connection is reset; with STAY_SILENT it is left open.
    """

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self.answers = answers
        self.released = Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> HostileServer:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.released.set()
        self.listener.close()

    def _accept(self) -> None:
        while not self.released.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:  # closed: the test is over
                return
            Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            request = _read_request(connection)
            answer = self.answers[request.split(b" ")[1].decode()]
            connection.sendall(answer.removesuffix(RESET).removesuffix(STAY_SILENT))
            if answer.endswith(STAY_SILENT):
                self.released.wait()
            if answer.endswith(RESET):
                # lingering for no time turns close into a reset
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _read_request(connection: socket.socket) -> bytes:
    """The whole request, so that closing does not reset by itself."""
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65_536)
    head, _, body = request.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65_536)
    return head


def http(
    body: bytes, status: str = "200 OK", content_type: str = "application/json", length: int | None = None
) -> bytes:
    """A whole answer; ``length`` may lie."""
    told = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {told}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
