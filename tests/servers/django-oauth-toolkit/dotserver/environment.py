"""What the environment says; see docs/real-servers.md for each name."""

from __future__ import annotations

import os
from pathlib import Path

ROUNDS = {"cheap": 1_000, "real": 1_000_000}
"""Rounds of PBKDF2-SHA256 by HASH_COST; a million is Django's own number."""


def state_folder() -> Path:
    """Where database, keys and ledger of this server lie (STATE_DIR)."""
    return Path(os.environ["STATE_DIR"])


def hash_rounds() -> int:
    """Rounds that a password or a client secret is hashed with; ValueError for an unknown HASH_COST."""
    word = os.environ.get("HASH_COST", "cheap")
    if word not in ROUNDS:
        raise ValueError(f"HASH_COST is {word}: it must be cheap or real")
    return ROUNDS[word]


def seconds(name: str, default: int) -> int:
    """A lifetime in seconds; ValueError when it is not a whole number of at least 1."""
    value = int(os.environ.get(name) or default)
    if value < 1:
        raise ValueError(f"{name} must be a whole number of seconds, at least 1")
    return value
