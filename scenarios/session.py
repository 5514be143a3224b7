"""A whole session, from signing in to signing out."""

from authstorm.drive.visitor import Visitor


class Session(Visitor):
    """Signs in, has the token validated several times, renews it once, and revokes it."""

    scenario = "session"

    def visit(self) -> None:
        """Login, validations, refresh, revocation; a login that fails ends the visit."""
        self.leave()
        if not self.login():
            return
        for _ in range(self.craft.rehearsal.target.session.validations):
            self.validate()
        self.refresh()
        self.revoke()
