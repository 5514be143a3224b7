"""A service fetches a token for itself."""

from authstorm.drive.visitor import Visitor


class Service(Visitor):
    """Each arrival is a service that gets a token by client credentials, from a pool of connections that all share.

    Its identity is the service client; its visitors are that client's replicas, so they take no account.
    """

    scenario = "service"
    needs_account = False
    is_service = True
    connections = "pool"

    def visit(self) -> None:
        """Get a token as the client itself."""
        self.get_service_token()
