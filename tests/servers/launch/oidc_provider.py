"""oidc-provider: an npm package."""

from __future__ import annotations

from .node_server import NodeServer


class OidcProvider(NodeServer):
    """The certified OpenID provider for Node."""

    name = "oidc-provider"
    port = 9101
    secret_names = ("OIDC_PROVIDER_PASSWORD", "OIDC_PROVIDER_CLIENT_SECRET")
