"""A server on loopback that does, connection by connection, what a test's script says."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from typing import NamedTuple

import gevent
from gevent.server import StreamServer


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Peer:
    """The server's end of one connection; ``number`` counts connections from 0."""

    def __init__(self, sock, number):
        self.sock, self.number = sock, number
        self.left = b""

    def request(self):
        """The next request whole, or None when the client has closed."""
        try:
            while b"\r\n\r\n" not in self.left:
                self._more()
            head, _, self.left = self.left.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", 0))
            while len(self.left) < length:
                self._more()
        except OSError:
            return None
        body, self.left = self.left[:length], self.left[length:]
        method, path, _ = first.split(" ")
        return Request(method, path, headers, body)

    def say(self, *pieces):
        """Send pieces as packets of their own."""
        for number, piece in enumerate(pieces):
            if number:
                gevent.sleep(0.002)
            self.sock.sendall(piece)

    def reset(self):
        """Close with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def wait_for_close(self):
        with suppress(OSError):
            while self.sock.recv(65_536):
                pass

    def _more(self):
        data = self.sock.recv(65_536)
        if not data:
            raise ConnectionResetError
        self.left += data


class ScriptedServer:
    """``script`` is called with a Peer for each connection; when it returns the connection is closed in good order.

    ``requests`` holds what ``answering`` scripts were asked; ``connections`` counts.
    """

    def __init__(self, script, *, context=None, host="127.0.0.1"):
        self._script = script
        self.connections = 0
        self.requests = []
        listener = StreamServer.get_listener((host, 0), backlog=4096, family=socket.AF_INET6 if ":" in host else 2)
        self._context = context
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted sockets inherit it
        self._server = StreamServer(listener, self._serve)
        self._server.start()
        self.port = listener.getsockname()[1]
        name = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if context else 'http'}://{name}:{self.port}"

    def _serve(self, sock, _address):
        number = self.connections
        self.connections += 1
        with suppress(OSError):  # the client may leave when it likes, also during a handshake
            if self._context:
                sock = self._context.wrap_socket(sock, server_side=True)
            self._script(Peer(sock, number))

    def close(self):
        self._server.stop(timeout=0)


def answering(requests, answer):
    """A script that keeps the connection and gives ``answer(request)`` to each request."""

    def script(peer):
        while (request := peer.request()) is not None:
            requests.append(request)
            peer.say(answer(request))

    return script


def ok(body=b"{}", *fields, status="200 OK"):
    """A plain answer as bytes; ``fields`` are header lines."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(*pieces):
    """A body in chunks."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (*pieces, b""))
