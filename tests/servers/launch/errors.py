"""The one error of the set-up."""

from __future__ import annotations


class SetupError(Exception):
    """A server cannot be set up or started; the text says what to do about it."""
