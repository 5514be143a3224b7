"""Somebody who stays signed in."""

from time import monotonic

from authstorm.drive.visitor import Visitor


class Refresh(Visitor):
    """Signs in once and renews from then on, always before expiry.

    In an open profile each arrival is one renewal; in a closed one the visitor renews when its tokens are due, so that
    people who signed in together come back together.
    """

    scenario = "refresh"

    def prepare(self) -> None:
        """Be signed in before the first renewal is due."""
        self.sign_in()

    def visit(self) -> None:
        """Renew, and sign in again where the server refuses or nothing is held."""
        if not self.refresh() and self.tokens is None:
            self.sign_in()

    def pause_s(self) -> float:
        """Until the tokens are due; after a renewal or sign-in that failed, the profile's pause, and no hammering."""
        due_in_s = self.renew_at_s - monotonic()
        return due_in_s if due_in_s > 0 else super().pause_s()

    def tend(self) -> None:
        """Renew before the tokens expire, where no arrival came in time."""
        self.stay_signed_in()

    def tend_after_s(self) -> float | None:
        """Until the tokens are due; without tokens there is nothing to keep up."""
        return max(0.0, self.renew_at_s - monotonic()) if self.tokens else None
