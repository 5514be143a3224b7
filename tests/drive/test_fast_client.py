"""Locust's fast client in our hands: it keeps its connections where it would lose them by itself."""

import os
import resource
import socket

import gevent
import pytest

from authstorm.drive.clients import session_maker
from authstorm.drive.idle_sockets import is_idle
from authstorm.plan.target import Target
from tests.wire.scripted_server import ScriptedServer, answering, ok

TARGET = {"name": "t", "client": {"id": "c"}, "accounts": {"pattern": "u{n}", "count": 1, "password": {"env": "P"}}}
SELECT_KNOWS = 1024


@pytest.fixture
def many_descriptors():
    """As many open descriptors as ``select`` knows, so that each further one lies beyond."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, SELECT_KNOWS + 500)), hard))
    pipe = os.pipe()
    held = [*pipe, *(os.dup(pipe[0]) for _ in range(SELECT_KNOWS))]
    yield
    for descriptor in held:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_connections_beyond_1024_descriptors_are_kept(many_descriptors):
    requests = []
    server = ScriptedServer(answering(requests, lambda _: ok()))
    session = session_maker("fast", Target.model_validate(TARGET | {"url": server.url}))("own")
    try:
        assert [session.send("GET", server.url).status for _ in range(5)] == [200] * 5
        assert max(map(int, os.listdir("/proc/self/fd"))) > SELECT_KNOWS
        assert (len(requests), server.connections) == (5, 1)
    finally:
        session.close()
        server.close()


def test_a_connection_that_ended_or_holds_what_nobody_asked_for_is_not_used_again():
    ours, theirs = socket.socketpair()
    assert is_idle(ours)
    theirs.send(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    gevent.sleep(0)
    assert not is_idle(ours)
    ours.recv(64)
    assert is_idle(ours)
    theirs.close()
    assert not is_idle(ours)
    ours.close()
    assert not is_idle(ours)
    assert not is_idle(None)
