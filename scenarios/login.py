"""Somebody arrives and signs in."""

from authstorm.drive.visitor import Visitor


class Login(Visitor):
    """Each arrival is a person on a connection of their own who signs in with name and password."""

    scenario = "login"

    def visit(self) -> None:
        """Come as somebody new, and sign in."""
        self.leave()
        self.login()
