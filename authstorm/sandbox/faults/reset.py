"""Resetting a client's connection, which no Python web server interface offers: the socket is found by its peer."""

from __future__ import annotations

import ctypes
import os
import socket
import sys

AF_UNSPEC_ADDRESS = bytes(16)
"""A sockaddr with the family AF_UNSPEC: connecting to it dissolves a TCP connection, on Linux with an RST."""

POSSIBLE = sys.platform == "linux"


def reset_connection(peer: str) -> bool:
    """Send an RST to the peer, named ``host:port`` as granian does; False when it has no connection here any more."""
    connection = _connection_with(peer)
    if connection is None:
        return False
    with connection:
        failed: int = ctypes.CDLL(None).connect(connection.fileno(), AF_UNSPEC_ADDRESS, len(AF_UNSPEC_ADDRESS))
        return failed == 0


def _connection_with(peer: str) -> socket.socket | None:
    # the newest descriptors come first: a connection that is reset has seldom lived long
    for descriptor in sorted(map(int, os.listdir("/proc/self/fd")), reverse=True):
        try:
            own = socket.socket(fileno=os.dup(descriptor))
        except OSError:  # no socket, or closed meanwhile
            continue
        if _peer_of(own) == peer:
            return own
        own.close()
    return None


def _peer_of(connection: socket.socket) -> str:
    try:
        name = connection.getpeername()
    except OSError:  # listening, or not connected any more
        return ""
    if not isinstance(name, tuple) or len(name) < 2:
        return ""
    return f"[{name[0]}]:{name[1]}" if connection.family is socket.AF_INET6 else f"{name[0]}:{name[1]}"
