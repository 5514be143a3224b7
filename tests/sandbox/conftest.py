"""Sandboxes to ask: each process is started once for all tests."""

from __future__ import annotations

import pytest

from tests.sandbox.running import Sandbox, start


def ready(tmp_path_factory, *arguments):
    folder = tmp_path_factory.mktemp("sandbox")
    return Sandbox(start(folder, "--port", "0", "--with-parent", *arguments))


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    """The usual one, with 200 accounts."""
    running = ready(tmp_path_factory, "--accounts", "200", "--log-times")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="session")
def brief(tmp_path_factory):
    """One whose access tokens live for one second and refresh tokens for two, signed with RS256."""
    running = ready(tmp_path_factory, "--access-ttl", "1", "--refresh-ttl", "2", "--alg", "RS256")
    yield running
    assert running.stop() == 0


@pytest.fixture
def faults(sandbox):
    """Plant faults for one test."""

    def plant(*documents):
        answer = sandbox.control("PUT", "faults", [*documents])
        assert answer.status_code == 200, answer.text
        sandbox.control("DELETE", "counts")
        return answer.json()

    yield plant
    sandbox.control("DELETE", "faults")
