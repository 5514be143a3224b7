"""What every sender is: something that tells a few notices in one message, or raises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from authstorm.report.senders.notice import Notice


class Sender(Protocol):
    """One receiver's; made once a run, used by one thread at a time.

    ``most`` notices go into one message, of which there is one every ``every_s`` at most. ``resend_s`` says how
    often what fires is told again, None for never.
    """

    most: int
    every_s: float
    resend_s: float | None

    def send(self, notices: Sequence[Notice]) -> str:
        """Tell them within the receiver's time; what came back in a few words. NotTakenError when it was not taken."""

    def close(self) -> None:
        """Leave nothing behind."""
