"""A server's keys as a well-behaved verifier keeps them: fetched once for all, and anew for an unknown key."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Final, NamedTuple

from authstorm.auth.fault import Evidence, Fault, fingerprint
from authstorm.auth.jwks import Keys, fetch_keys
from authstorm.auth.jwt_verification import Verification, verify
from authstorm.auth.outcome import Reply
from authstorm.auth.session import Session

COOL_DOWN_S: Final = 5.0
"""So long after a fetch no other is made, whatever keys turn up: forged key IDs must not become a load of their own."""
MOST_ASIDE: Final = 100


class Aside(NamedTuple):
    """A token that waits for its key; ``obtained_s`` is in monotonic seconds."""

    token: str
    what: str
    identity: str
    trace: str
    obtained_s: float


class KeyRing:
    """One a process. Who needs a key that is not there fetches the set; all others wait for that one fetch.

    ``keys`` is replaced, never changed. ``aside`` are tokens of the sample that wait for the next fetch.
    """

    def __init__(
        self,
        url: str,
        *,
        leeway_s: float = 0.0,
        cool_down_s: float = COOL_DOWN_S,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.url = url
        self.keys = Keys({})
        self.aside: deque[Aside] = deque(maxlen=MOST_ASIDE)
        self._leeway_s = leeway_s
        self._cool_down_s = cool_down_s
        self._clock = clock
        self._wall_clock = wall_clock
        self._asked_s = float("-inf")
        self._lock = Lock()

    def verify(self, token: str, issuer: str = "", audience: str = "") -> Verification:
        """Verify one token against the keys that are here."""
        now_s = self._wall_clock()
        return verify(token, self.keys, now_s=now_s, issuer=issuer, audience=audience, leeway_s=self._leeway_s)

    @property
    def now_s(self) -> float:
        """Now, in monotonic seconds."""
        return self._clock()

    @property
    def rested(self) -> bool:
        """Whether the last fetch is long enough ago for another."""
        return self._clock() - self._asked_s >= self._cool_down_s

    def is_newer_than(self, moment_s: float) -> bool:
        """Whether the keys were asked for after a moment: then a token of that moment must find its key."""
        return bool(self.keys) and self._asked_s > moment_s

    def renew(self, session: Session, seen: Keys) -> Reply[Keys] | None:
        """Fetch the keys, unless somebody has put others in place of ``seen`` meanwhile, or it is too soon: then None.

        Waits where somebody else is fetching.
        """
        with self._lock:
            if self.keys is not seen or not self.rested:
                return None
            self._asked_s = self._clock()
            reply = fetch_keys(session, self.url, self._wall_clock)
            if reply.value is not None:
                self.keys = reply.value
            return reply

    def put_aside(self, waiting: Aside) -> None:
        """Keep a token until the next fetch; beyond MOST_ASIDE the oldest goes unverified."""
        self.aside.append(waiting)

    def judge_aside(self) -> Evidence | None:
        """Verify what waits, after a fetch; the first that fails, and nothing waits any more."""
        found: Evidence | None = None
        while self.aside:
            waiting = self.aside.popleft()
            fault = self.verify(waiting.token).fault
            if fault == "jwt-unknown-key" and not self.is_newer_than(waiting.obtained_s):
                continue  # signed with a key that came after the fetch
            if fault and found is None:
                found = Evidence(signature_fault(fault, waiting.what, waiting.token), waiting.identity, waiting.trace)
        return found


def signature_fault(code: str, what: str, token: str) -> Fault:
    """What verifying a token found."""
    return Fault(code, what, "signed by a key of the set, and in its time", fingerprint(token))
