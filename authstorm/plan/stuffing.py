"""Whom the guessers of the scenario ``stuffing`` name."""

from __future__ import annotations

from pydantic import Field

from authstorm.plan.strict import Strict
from authstorm.plan.units import Share


class Guesses(Strict):
    """What guesses are made of; each has a password that is wrong."""

    known: Share = Field(0.5, le=1, description="the share that names accounts which exist; the rest names nobody")
    accounts: int = Field(50, ge=1, le=1_000_000, description="so many accounts of good users, over and over")
