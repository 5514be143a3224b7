"""better-auth: an npm package with a JSON login API, and no OAuth 2.0."""

from __future__ import annotations

from .node_server import NodeServer
from .readiness import counts


class BetterAuth(NodeServer):
    """The authentication framework for TypeScript."""

    name = "better-auth"
    port = 9106
    secret_names = ("BETTER_AUTH_PASSWORD",)

    def is_ready(self, url: str) -> bool:
        """Whether it tells what it saw, for it has no discovery document."""
        return counts(url)
