"""Many logins at once, each repeated while that can help, and what was fetched kept from running out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Final, TypeVar

import gevent
from gevent.pool import Pool

from authstorm.auth.exchange import AuthClient, Exchange, Identity
from authstorm.auth.outcome import Outcome
from authstorm.auth.renewal import RenewalRule, due_s
from authstorm.auth.tokens import TokenSet
from authstorm.commands.checking.promise import last_of
from authstorm.commands.fetching.pace import Pace
from authstorm.commands.fetching.token_file import TokenFile, record
from authstorm.drive.clients import NewSession
from authstorm.drive.stagecraft import NewClient
from authstorm.plan.retries import Retries

T = TypeVar("T")

MOST_REFUSED: Final = 10
"""So many refusals in a row without one login end it: more would lock accounts."""
LOOK_EVERY_S: Final = 0.5
LAST_WORDS_S: Final = 2.0
"""So long an interruption waits for what is under way."""


@dataclass(frozen=True, slots=True)
class Means:
    """What fetching needs: clients, retries, pace and the rule of renewal."""

    people: NewClient
    new_session: NewSession
    retries: Retries
    pace: Pace
    rule: RenewalRule
    saw: Callable[[str], None]
    """Told every token, so that none is ever shown."""


class Fetch:
    """The token sets by account; ``failed`` counts accounts by their last code, ``retried`` the repetitions.

    ``is_refused``: it ended by itself, since all were refused.
    """

    def __init__(self, means: Means, file: TokenFile, concurrency: int) -> None:
        self.held: dict[str, TokenSet] = {}
        self.failed: Counter[str] = Counter()
        self.retried = 0
        self.renewed = 0
        self.is_stopped = False
        self.is_refused = False
        self._means = means
        self._file = file
        self._pool = Pool(concurrency)
        self._people: dict[str, Identity] = {}
        self._renewing: set[str] = set()
        self._in_a_row = 0
        self._random = Random()  # noqa: S311 - spreads waits, guards nothing
        self._epoch_offset_s = time.time() - time.monotonic()
        self._changed = False
        self._error: Exception | None = None

    def run(self, identities: Iterable[Identity], keep_s: float, tell: Callable[[], None]) -> None:
        """Fetch a token set for each, and keep all fresh for ``keep_s`` after that; ``tell`` is called as it goes.

        OSError when the file cannot be written any more; what it has by then is kept.
        """
        keeper = gevent.spawn(self._guarded, self._keep_fresh, tell)
        try:
            for identity in identities:
                if self.is_stopped:
                    break
                self._pool.spawn(self._guarded, self._fetch, identity)
            self._pool.join()
            keeper.join(keep_s if self.held and self._error is None else 0)
            self._renew_due()
            self._pool.join()
        except BaseException:
            self.is_stopped = True
            self._pool.join(LAST_WORDS_S)  # a renewal whose answer is not waited for would lose its session
            self._pool.kill()
            raise
        finally:
            keeper.kill()
            if self._error is None:
                self._write()
            tell()
        if self._error is not None:
            raise self._error

    def _guarded(self, act: Callable[[T], None], item: T) -> None:
        """What cannot go on ends all of it, and is raised where it is waited for."""
        try:
            act(item)
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            self._error = self._error or error
            self.is_stopped = True

    def _fetch(self, identity: Identity) -> None:
        exchange = self._ask(lambda client: last_of(client.login(identity, "login")))
        tokens = exchange.reply.value if exchange is not None else None
        if isinstance(tokens, TokenSet):
            self._people[identity.name] = identity
            self._hold(identity.name, tokens)
            self._file.append(record(identity.name, tokens, self._epoch_offset_s))
            self._in_a_row = 0
        else:
            self._fail(exchange)

    def _ask(self, ask: Callable[[AuthClient], Exchange | None]) -> Exchange | None:
        """One verb of a client of its own, again after a failure that may pass; None when nothing was asked."""
        means, tried = self._means, 0
        session = means.new_session("own")
        client = means.people(session)
        try:
            while not self.is_stopped:
                tried += 1
                means.pace.keep()
                exchange = ask(client)
                if exchange is None or exchange.reply.outcome not in {Outcome.SHED, Outcome.BROKEN}:
                    return exchange
                wait_s = means.retries.wait_s(tried, exchange.reply.retry_after_s, self._random.random())
                if wait_s is None:
                    return exchange
                self.retried += 1
                session.close()
                gevent.sleep(wait_s)
        finally:
            session.close()
        return None

    def _hold(self, name: str, tokens: TokenSet) -> None:
        self.held[name] = tokens
        for token in (tokens.access, tokens.refresh, tokens.id_token):
            if token:
                self._means.saw(token)

    def _fail(self, exchange: Exchange | None) -> None:
        if exchange is None:
            return
        self.failed[exchange.reply.code] += 1
        self._in_a_row += exchange.reply.outcome is Outcome.REFUSED
        if self._in_a_row >= MOST_REFUSED and not self.held:
            self.is_stopped = self.is_refused = True

    def _keep_fresh(self, tell: Callable[[], None]) -> None:
        """Renew what is due, and write it, until killed."""
        while True:
            gevent.sleep(LOOK_EVERY_S)
            self._renew_due()
            self._write()
            tell()

    def _renew_due(self) -> None:
        if self._error is not None:
            return
        now_s = time.monotonic()
        due = [name for name, tokens in self.held.items() if due_s(tokens, self._means.rule) <= now_s]
        for name in due:
            if name not in self._renewing:
                self._renewing.add(name)
                self._pool.spawn(self._guarded, self._renew, name)

    def _renew(self, name: str) -> None:
        """Refresh one set, or sign in again where that is refused; what cannot be renewed is left out of the file."""
        old = self.held[name]
        try:
            exchange = self._ask(lambda client: last_of(client.refresh(old)))
            if exchange is None or not isinstance(exchange.reply.value, TokenSet):
                exchange = self._ask(lambda client: last_of(client.login(self._people[name], "login")))
            if exchange is not None and isinstance(exchange.reply.value, TokenSet):
                self._hold(name, exchange.reply.value)
                self.renewed += 1
            elif exchange is not None:
                del self.held[name]
                self.failed[exchange.reply.code] += 1
            self._changed = True
        finally:
            self._renewing.discard(name)

    def _write(self) -> None:
        """All sets anew, where one was renewed since the last time."""
        if self._changed:
            self._changed = False
            self._file.replace(record(name, tokens, self._epoch_offset_s) for name, tokens in self.held.items())
