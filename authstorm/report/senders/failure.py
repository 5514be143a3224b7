"""Why a receiver did not take a message."""

from __future__ import annotations


class NotTakenError(Exception):
    """A try that failed: a stable short code, and a sentence without any address or secret.

    ``again`` says whether another try may go better, ``after_s`` how long the receiver asks to wait before it.
    """

    def __init__(self, code: str, sentence: str, *, again: bool, after_s: float | None = None) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.again = again
        self.after_s = after_s
