"""A service that has to know whether a token is good."""

from time import monotonic

from authstorm.drive.visitor import Visitor


class Validate(Visitor):
    """Each arrival validates the access token of a visitor who is signed in and stays so."""

    scenario = "validate"

    def prepare(self) -> None:
        """Be signed in before the first validation."""
        self.sign_in()

    def visit(self) -> None:
        """Validate, with a token that was renewed before its expiry."""
        if self.stay_signed_in():
            self.validate()

    def tend(self) -> None:
        """Renew before the tokens expire, where no arrival came in time."""
        self.stay_signed_in()

    def tend_after_s(self) -> float | None:
        """Until the tokens are due; without tokens there is nothing to keep up."""
        return max(0.0, self.renew_at_s - monotonic()) if self.tokens else None
