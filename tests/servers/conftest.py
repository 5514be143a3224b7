"""One server of each kind for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.endpoints import OF
from tests.servers.real_server import RealServer, real_server


@pytest.fixture(scope="module", params=OF)
def server(request: pytest.FixtureRequest) -> Iterator[RealServer]:
    """Each of the servers in turn, on a free port."""
    with real_server(request.param) as running:
        yield running


@pytest.fixture(scope="module")
def oidc_provider() -> Iterator[RealServer]:
    """The npm package, on a free port."""
    with real_server("oidc-provider") as running:
        yield running


@pytest.fixture(scope="module")
def django_oauth_toolkit() -> Iterator[RealServer]:
    """The PyPI package, on a free port."""
    with real_server("django-oauth-toolkit") as running:
        yield running
