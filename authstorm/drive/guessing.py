"""What guessers try: names of accounts that exist and names that nobody has, each with a password that is wrong."""

from __future__ import annotations

from math import ceil
from random import Random
from typing import Any

from authstorm.auth.exchange import Identity
from authstorm.auth.outcome import Outcome, Reply
from authstorm.drive.identities import Identities
from authstorm.plan.stuffing import Guesses


class Guessing:
    """One process's guesses; ``people`` is how many good users a run has in all, ``random`` draws anew in each run."""

    __slots__ = ("_asked", "_people", "_random")

    def __init__(self, asked: Guesses, people: int, random: Random) -> None:
        self._asked = asked
        self._people = people
        self._random = random

    def draw(self, people: Identities, shares: int) -> Identity:
        """Somebody to sign in as, wrongly.

        Accounts are named and not lent: they are spread over those that good users hold meanwhile. Of as many as all
        processes guess at together, each of ``shares`` takes its part among its own.
        """
        draw, asked = self._random, self._asked
        wrong = f"wrong-{draw.getrandbits(64):016x}"
        name, number = people.named(draw.random(), ceil(asked.accounts / shares), max(1, ceil(self._people / shares)))
        if name and draw.random() < asked.known:
            return Identity(name, wrong, number, guessed=True)
        nobody, (at, domain) = f"nobody{draw.getrandbits(40):010x}", name.rpartition("@")[1:]
        return Identity(f"{nobody}@{domain}" if at else nobody, wrong, guessed=True)


def rightly(reply: Reply[Any], hoped: Outcome) -> Outcome:
    """The outcome that a step should have: the one hoped for, and good for the pages on the way to a refusal.

    A guess that is limited has got as little as one that is refused.
    """
    if hoped is Outcome.REFUSED and (reply.outcome is Outcome.GOOD or reply.code == "rate-limited"):
        return reply.outcome
    return hoped
