"""Makes and removes many accounts at once; each again while that can help, none twice, none that is not ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Final, TypeVar

import gevent
from gevent.pool import Pool

from authstorm.auth.exchange import Identity
from authstorm.auth.retry_after import retry_after_s
from authstorm.auth.session import Answer, Session
from authstorm.commands.fetching.pace import Pace
from authstorm.commands.provisioning.api import AccountApi, Fate, Request, is_success
from authstorm.commands.provisioning.bearer import Bearer
from authstorm.commands.provisioning.ledger import Ledger
from authstorm.commands.said import said
from authstorm.plan.retries import Retries

T = TypeVar("T")

MOST_FAILED: Final = 10
"""So many failures in a row without a success end it."""
LOOK_EVERY_S: Final = 0.2
LAST_WORDS_S: Final = 5.0
"""So long an interruption waits for what is under way."""
_PASSING: Final = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Tools:
    """What making needs; ``wall_clock`` is for a Retry-After that is a date."""

    api: AccountApi
    bearer: Bearer
    new_session: Callable[[], Session]
    retries: Retries
    pace: Pace
    wall_clock: Callable[[], float]


class Making:
    """Counts what became of the accounts: made, there already, removed; ``failed`` by status or failure code.

    ``said`` is what the server said with the first failure of each.
    """

    def __init__(self, tools: Tools, ledger: Ledger, concurrency: int) -> None:
        self.made = self.there = self.removed = 0
        self.failed: Counter[str] = Counter()
        self.said: dict[str, str] = {}
        self.is_stopped = False
        self._tools = tools
        self._ledger = ledger
        self._pool = Pool(concurrency)
        self._in_a_row = 0
        self._error: Exception | None = None
        self._random = Random()  # noqa: S311 - spreads waits, guards nothing

    @property
    def done(self) -> int:
        """Accounts that need nothing more."""
        return self.made + self.there + self.removed

    def make(self, accounts: Iterable[Identity], tell: Callable[[], None]) -> None:
        """Make each account that the ledger does not know as made."""
        self._each(accounts, self._make, tell)

    def remove(self, usernames: Iterable[str], tell: Callable[[], None]) -> None:
        """Remove accounts of the ledger."""
        self._each(usernames, self._remove, tell)

    def _each(self, items: Iterable[T], act: Callable[[T], None], tell: Callable[[], None]) -> None:
        """Act on all, several at once; an interruption lets what is under way come to its end."""
        try:
            for item in items:
                if self.is_stopped:
                    break
                self._pool.spawn(self._act, act, item)
                tell()
            while not self._pool.join(LOOK_EVERY_S):
                tell()
        except BaseException:
            self.is_stopped = True
            self._pool.join(LAST_WORDS_S)
            self._pool.kill()
            raise
        tell()
        if self._error is not None:
            raise self._error

    def _act(self, act: Callable[[T], None], item: T) -> None:
        """What cannot go on ends all of it, and is raised where it is waited for."""
        try:
            act(item)
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            self._error = self._error or error
            self.is_stopped = True

    def _send(self, request: Request) -> tuple[Answer, int]:
        """One request, again after a failure that may pass; gives the last answer and how often it was sent."""
        tools, session, tried = self._tools, self._tools.new_session(), 0
        while True:
            tried += 1
            tools.pace.keep()
            answer = self._sent(session, request)
            if answer.status and not answer.failure and answer.status not in _PASSING:
                return answer, tried
            wait_s = tools.retries.wait_s(tried, retry_after_s(answer, tools.wall_clock), self._random.random())
            if wait_s is None or self.is_stopped:
                return answer, tried
            gevent.sleep(wait_s)

    def _sent(self, session: Session, request: Request) -> Answer:
        token = self._tools.bearer.token()
        headers = {name: value.replace("{token}", token) for name, value in request.headers.items()}
        headers.setdefault("Authorization", f"Bearer {token}")
        return session.send(request.method, request.url, headers, request.body)

    def _found(self, name: str) -> str | None:
        """The id of an account that we made; "" when there is none such, or no way to ask; None where it failed."""
        request = self._tools.api.find(name)
        if request is None:
            return ""
        answer, _ = self._send(request)
        if is_success(answer):
            return self._tools.api.found(answer, name)
        self._fail(answer)
        return None

    def _fail(self, answer: Answer) -> None:
        code = answer.failure or str(answer.status)
        self.failed[code] += 1
        self.said.setdefault(code, said(answer))
        self._in_a_row += 1
        if self._in_a_row >= MOST_FAILED:
            self.is_stopped = True

    def _make(self, account: Identity) -> None:
        name, api, ledger = account.name, self._tools.api, self._ledger
        if self.is_stopped:
            return
        before = ledger.state_of(name)
        if before == "made":
            self.there += 1
            return
        ledger.write(name, "making")
        answer, tried = self._send(api.create(account))
        fate, identifier = api.created(answer)
        if fate is Fate.THERE and (tried > 1 or before == "making"):
            ours = self._found(name)  # an answer was lost: is it the one that we made?
            if ours is None:
                return
            identifier, fate = ours, Fate.DONE if ours else fate
        if fate is Fate.FAILED:
            self._fail(answer)
            return
        self._in_a_row = 0
        if fate is Fate.DONE:
            ledger.write(name, "made", identifier)
            self.made += 1
        else:
            ledger.write(name, "theirs")  # not ours to remove
            self.there += 1

    def _remove(self, name: str) -> None:
        if self.is_stopped:
            return
        entry, api = self._ledger.entries[name], self._tools.api
        identifier = entry.id or self._found(name)
        if identifier is None:
            return
        if entry.state == "making" and not identifier:
            self._ledger.write(name, "removed")  # it was never made, or is not ours
            self.removed += 1
            return
        request = api.remove(name, identifier)
        if request is None:
            self.failed["its id is not known, and without one nothing is removed"] += 1
            return
        answer, _ = self._send(request)
        if api.removed(answer) is Fate.FAILED:
            self._fail(answer)
            return
        self._in_a_row = 0
        self._ledger.write(name, "removed", identifier)
        self.removed += 1
