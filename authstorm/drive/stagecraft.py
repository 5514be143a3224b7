"""What all visitors of a process share: the plan, the clock, the arrivals, the accounts and the way to the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, cast

from authstorm.auth.checked_client import CheckedClient
from authstorm.auth.renewal import RenewalRule
from authstorm.auth.session import Session
from authstorm.drive.clients import NewSession
from authstorm.drive.guessing import Guessing
from authstorm.drive.identities import Identities
from authstorm.drive.pacing import Pacing
from authstorm.drive.run_clock import RunClock
from authstorm.drive.told import Told
from authstorm.plan.rehearsal import Rehearsal
from authstorm.plan.secrets import Redactor, Secret

if TYPE_CHECKING:
    from locust.env import Environment

NewClient = Callable[[Session], CheckedClient]


@dataclass(slots=True)
class Stagecraft:
    """One a process; each run of that process renews ``pacing``, ``identities`` and the clients."""

    rehearsal: Rehearsal
    secrets: dict[str, Secret]
    redact: Redactor
    clock: RunClock
    new_session: NewSession
    pacing: Pacing
    identities: Identities
    search_over: Callable[[], bool] = bool
    """Whether a search has ended, and the run with it."""
    random: Random = field(default_factory=Random)
    people: NewClient | None = None
    """Makes a person's client around a session; None until the target was asked for its endpoints."""
    services: NewClient | None = None
    """The same for service clients."""
    wrongs: Told = field(init=False)
    guessing: Guessing = field(init=False)

    def __post_init__(self) -> None:
        self.wrongs = Told(self.redact)
        self.guessing = Guessing(self.rehearsal.profile.stuffing, self.rehearsal.people, self.random)

    @property
    def renewal(self) -> RenewalRule:
        """When signed-in visitors renew."""
        asked = self.rehearsal.target.renewal
        return RenewalRule(lead_s=asked.lead_s, jitter_s=asked.jitter_s, unknown_lifetime_s=asked.lifetime_s)


def stagecraft(environment: Environment) -> Stagecraft:
    """The shared things of an environment; AttributeError when nothing was set up for it."""
    return cast("Stagecraft", environment.authstorm)  # type: ignore[attr-defined]
