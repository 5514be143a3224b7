"""Making a connection: name, TCP, proxy, TLS, all within one deadline."""

from __future__ import annotations

import errno
import os
from socket import IPPROTO_TCP, SO_ERROR, SOCK_STREAM, SOL_SOCKET, TCP_NODELAY, socket
from time import perf_counter
from typing import cast

from gevent.monkey import get_original

from authstorm.wire.clock import Clock
from authstorm.wire.connection import Connection
from authstorm.wire.failure import CONNECT_FAILED, CONNECT_TIMEOUT, PROXY_FAILED, DeadlineError, ExchangeError
from authstorm.wire.proxy import Proxy, TunnelAnswer, connect_request
from authstorm.wire.resolve import Address, Resolver
from authstorm.wire.waiting import WRITE, wait_fd

# the system's own socket, not gevent's: we wait ourselves, and a connection is then half as large
_Socket = cast("type[socket]", get_original("socket", "socket"))
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM})
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR})


def dial_tcp(addresses: tuple[Address, ...], clock: Clock, deadline: float) -> socket:
    """Connect to the first address that takes us, each given an equal part of the time that is left.

    ExchangeError "connect-failed" or "connect-timeout" with the last address's reason.
    """
    code: str = CONNECT_FAILED
    cause: Exception | None = None
    for number, address in enumerate(addresses):
        now = perf_counter()
        share_s = (deadline - now) / (len(addresses) - number)
        try:
            return _connected(address, clock, now + share_s)
        except DeadlineError as error:
            code, cause = CONNECT_TIMEOUT, error
        except OSError as error:
            code, cause = CONNECT_FAILED, error
    raise ExchangeError(code) from cause


def is_exhausted(error: BaseException | None) -> bool:
    """Whether this machine, not the server, is to blame: no descriptors, ports, buffers or memory were left."""
    return isinstance(error, OSError) and error.errno in _EXHAUSTED


def _connected(address: Address, clock: Clock, deadline: float) -> socket:
    sock = _Socket(address.family, SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        clock.attach(sock)
        error = sock.connect_ex(address.sockaddr)
        if error in _UNDER_WAY:
            wait_fd(sock.fileno(), WRITE, deadline)
            error = sock.getsockopt(SOL_SOCKET, SO_ERROR)
    except BaseException:  # a greenlet killed here must not leave its socket behind
        sock.close()
        raise
    if error:
        sock.close()
        raise OSError(error, os.strerror(error))
    return sock


def dial_proxy(proxy: Proxy, resolver: Resolver, clock: Clock, deadline: float) -> socket:
    """Connect to a proxy; what goes wrong is then the proxy's fault, but for a lack of time."""
    try:
        return dial_tcp(resolver.addresses(proxy.host, proxy.port, deadline), clock, deadline)
    except ExchangeError as failure:
        raise ExchangeError(failure.code if failure.code == CONNECT_TIMEOUT else PROXY_FAILED) from failure


def open_tunnel(connection: Connection, proxy: Proxy, deadline: float) -> None:
    """Have the proxy lead the connection on to its origin; ExchangeError "proxy-failed", DeadlineError.

    The connection gives its socket up to whoever speaks TLS through the tunnel.
    """
    answer = TunnelAnswer()
    try:
        rest = connection.send(connect_request(proxy, connection.origin))
        while rest:
            connection.wait_writable(deadline)
            rest = connection.send_rest(rest)
        while not answer.done:
            connection.wait(deadline)
            if not connection.pull(answer):
                break
    except (OSError, ExchangeError) as error:
        raise ExchangeError(PROXY_FAILED) from error
    finally:
        connection.release()
    if not answer.stands:
        raise ExchangeError(PROXY_FAILED)
