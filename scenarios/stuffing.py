"""Somebody tries passwords that are wrong."""

from authstorm.drive.visitor import Visitor


class Stuffing(Visitor):
    """Each arrival is one guess, on a connection of its own, at an account that exists or at a name that nobody has.

    It should be refused; a guess that is let in is a wrong answer. A guesser borrows no account: it only names those
    that others hold, so that good users have all of theirs, and lose them where the target locks what is guessed at.
    """

    scenario = "stuffing"
    needs_account = False

    def visit(self) -> None:
        """Come as somebody new, and try one wrong password."""
        self.leave()
        self.guess()
