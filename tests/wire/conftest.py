"""What the wire's tests start with: scripted servers that end with the test, and sessions of every kind."""

import os

import pytest

from authstorm.wire.session import WireSession
from authstorm.wire.settings import WireSettings
from authstorm.wire.shared import WireShared
from tests.wire.certificates import make_certificates
from tests.wire.scripted_server import ScriptedServer, answering


@pytest.fixture(autouse=True)
def no_proxies_from_outside(monkeypatch):
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def serve():
    """Start a server with a script."""
    servers = []

    def start(script, **options):
        servers.append(ScriptedServer(script, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def answer_all(serve):
    """Start a server that gives ``answer(request)``, or always the same bytes, on connections that it keeps."""

    def start(answer, **options):
        requests = []
        each = answer if callable(answer) else lambda _: answer
        server = serve(answering(requests, each), **options)
        server.requests = requests
        return server

    return start


@pytest.fixture
def visit():
    """Make a session; keywords are settings, ``shared`` the common part."""
    sessions = []

    def make(shared=None, **settings):
        settings = WireSettings(**settings)
        sessions.append(WireSession(settings, shared or WireShared(settings)))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def descriptors():
    """How many file descriptors the process holds."""
    return lambda: len(os.listdir("/proc/self/fd"))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))
