"""The base of every scenario: a Locust user that waits for its arrival, acts as itself, and holds its tokens."""

from __future__ import annotations

from locust import User
from locust.user.task import LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from time import monotonic
from typing import TYPE_CHECKING

import gevent

from authstorm.auth.exchange import Identity
from authstorm.auth.outcome import Outcome, Reply
from authstorm.auth.renewal import due_s
from authstorm.auth.tokens import TokenSet
from authstorm.drive.attempts import Attempts
from authstorm.drive.clients import Connections
from authstorm.drive.pacing import Arrival
from authstorm.drive.repeating import untouched
from authstorm.drive.stagecraft import stagecraft
from authstorm.drive.steps import Steps
from authstorm.drive.turns import Turns

if TYPE_CHECKING:
    from locust.env import Environment


class Visitor(User):
    """One visitor. A scenario gives ``scenario`` and ``visit()``, and ``prepare()`` where something comes before.

    The verbs (``login``, ``refresh`` ...) each make one exchange, report it as a step and say whether it was good. An
    exception in a visit is reported by Locust and ends that visit alone: the visitor waits for its next arrival.
    """

    abstract = True
    tasks = [Turns]  # noqa: RUF012 - as Locust declares it
    scenario = ""
    needs_account = True
    is_service = False
    connections: Connections = "own"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.craft = craft = stagecraft(environment)
        self.session = craft.new_session(self.connections)
        new_client = craft.services if self.is_service else craft.people
        assert new_client is not None
        self.client = new_client(self.session)
        steps = Steps(environment, craft.clock, self.scenario)
        self._attempts = Attempts(steps, craft, self.scenario, self._who, self._is_leaving)
        self.tokens: TokenSet | None = None
        self.identity: Identity | None = None
        self.draw = craft.random.random()
        self._phase = craft.random.random()  # of its first pause
        self._open = craft.rehearsal.profile.open
        self._prepared = False
        self._arrival: Arrival | None = None

    # what a scenario fills in

    def prepare(self) -> None:
        """Come before the first visit, as signing in once."""

    def visit(self) -> None:
        """Do what the scenario does at each arrival."""
        raise NotImplementedError

    def tend(self) -> None:
        """Keep up what the scenario holds between two arrivals; called at ``tend_after_s``."""

    def tend_after_s(self) -> float | None:
        """Seconds until ``tend()`` is wanted when no arrival comes before; None when it never is."""
        return None

    def pause_s(self) -> float:
        """Think between two visits of a closed profile, in seconds.

        The first time for a part of it, or all who came together would act together.
        """
        share, self._phase = self._phase, 1.0
        return self.craft.rehearsal.profile.think_s * share

    # verbs

    def login(self, step: str = "login") -> bool:
        """Sign in as the account that the visitor has, and hold the tokens."""
        self.tokens = None
        if self.identity is not None:
            self._hold(self._attempts.take_tokens(self.client.login, (self.identity, step)))
        return self.tokens is not None

    def sign_in(self) -> bool:
        """Log in outside of any arrival: counted as a step of its own, so that it does not stand among the logins."""
        return self.login("sign-in")

    def guess(self) -> None:
        """Try to sign in with a wrong password, which should be refused; who is let in holds nothing."""
        craft = self.craft
        self.identity = craft.guessing.draw(craft.identities, craft.pacing.shares)
        self._attempts.make(self.client.guess, (self.identity, "guess"), hoped=Outcome.REFUSED)

    def get_service_token(self) -> bool:
        """Get a token as a service client."""
        self.tokens = None
        self._hold(self._attempts.take_tokens(self.client.service_token))
        return self.tokens is not None

    def refresh(self) -> bool:
        """Renew the tokens, and always keep the rotated refresh token.

        A server that sheds has not touched the old tokens, so they are kept. After any other failure they are given up:
        the server may have rotated them, and an old refresh token presented again would be our offence.
        """
        if self.tokens is None:
            return False
        held, self.tokens = self.tokens, None
        reply = self._attempts.take_tokens(self.client.refresh, (held,), untouched)
        self._hold(reply)
        is_renewed = self.tokens is not None
        if not is_renewed and (reply is None or reply.outcome is Outcome.SHED):
            self.tokens = held
        return is_renewed

    def stay_signed_in(self) -> bool:
        """Renew before expiry where it is time, or sign in where that is refused; says whether tokens are held."""
        if self.tokens is not None and monotonic() >= self.renew_at_s and not self.refresh():
            self.tokens = None
        return self.tokens is not None or self.sign_in()

    def validate(self) -> bool:
        """Have the access token validated, as the target says."""
        if self.tokens is None:
            return False
        reply = self._attempts.make(self.client.validate, (self.tokens,))
        return reply is not None and reply.good

    def revoke(self) -> bool:
        """Sign out, and forget the tokens."""
        tokens, self.tokens = self.tokens, None
        if tokens is None:
            return False
        reply = self._attempts.make(self.client.revoke, (tokens,))
        return reply is not None and reply.good

    def leave(self) -> None:
        """Close the connections, so that the next step comes as from somebody new."""
        self.session.close()

    @property
    def renew_at_s(self) -> float:
        """When the held tokens are to be renewed, on the monotonic clock."""
        return due_s(self.tokens, self.craft.renewal, self.draw) if self.tokens else 0.0

    # how Locust drives it

    def on_start(self) -> None:
        """Take an account."""
        self.craft.pacing.visitors += 1
        if self.needs_account:
            self.identity = self.craft.identities.lend()
        if (share := self._spread()) > 0:
            # drawn anew: with the draw of the first pause, both together would not be even
            gevent.sleep(share * self.craft.random.random())

    def on_stop(self) -> None:
        """Give the account back and close the connections."""
        self.craft.pacing.visitors -= 1
        if self.needs_account:
            self.craft.identities.give_back(self.identity)
            self.identity = None
        self.session.close()

    def act(self) -> None:
        """One visit; before the first one, the preparation."""
        if self.needs_account and self.identity is None:
            return
        arrival, self._arrival = self._arrival, None
        if arrival is not None:
            attempts = self._attempts
            attempts.due_s, attempts.stage = arrival
            self.visit()
            return
        now_s = self.craft.clock()
        self._attempts.due_s, self._attempts.stage = now_s, self.craft.pacing.stage_at(now_s)
        if self._prepared:
            self.tend()
        else:
            self._prepared = True
            self.prepare()

    def wait_time(self) -> float:
        """Wait for the next arrival; the pause that Locust is to make then is none."""
        if self.needs_account and self.identity is None:
            gevent.sleep(3600)  # nobody to act as: it must take no arrival from the others
            return 0.0
        if self._open:
            self._arrival = self.craft.pacing.take(self.scenario, self.tend_after_s())
        else:
            self._arrival = self.craft.pacing.pause(self.pause_s(), self._is_leaving)
        return 0.0

    def stop(self, force: bool = False) -> bool:
        """As Locust says, but who waits leaves at once, and who is leaving already is left alone.

        Its pause may end before the kill reaches it, and a visit that it began then would be cut off. When a rule or a
        signal ends the run, Locust asks everybody twice: once for that, and once because its shape has ended.
        """
        if self._state == LOCUST_STATE_STOPPING and not force:
            return False
        if self._state == LOCUST_STATE_WAITING:
            self._state, force = LOCUST_STATE_STOPPING, True
        return bool(super().stop(force))

    def _spread(self) -> float:
        """Over how much of a second to spread who came together: Locust brings a whole second's visitors at one moment.

        In an open profile only those who sign in first, and the fewer the less: one alone keeps its arrivals waiting.
        """
        if not self._open:
            return 1.0
        if type(self).prepare is Visitor.prepare:
            return 0.0
        return 1 - 1 / self.craft.rehearsal.pool.at(self.craft.clock())[self.scenario]

    def _is_leaving(self) -> bool:
        return bool(self._state == LOCUST_STATE_STOPPING)

    def _who(self) -> Identity | None:
        return self.identity

    def _hold(self, reply: Reply[TokenSet] | None) -> None:
        """Hold the tokens of a reply, where it has some."""
        self.tokens = None if reply is None else reply.value
