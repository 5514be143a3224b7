"""Does a visitor's verbs: each exchange is reported as a step, and a verb is done again where the profile says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import gevent

from authstorm.auth.exchange import Exchange, Identity
from authstorm.auth.outcome import Outcome, Reply
from authstorm.auth.tokens import TokenSet
from authstorm.drive.guessing import rightly
from authstorm.drive.repeating import MayRepeat, Verb, failed
from authstorm.drive.steps import Steps

if TYPE_CHECKING:
    from authstorm.drive.stagecraft import Stagecraft


class Attempts:
    """One visitor's; ``due_s`` and ``stage`` are those of its next step.

    ``who`` gives the account that it acts as, ``is_leaving`` whether it is to do nothing again.
    """

    __slots__ = ("_craft", "_is_leaving", "_retries", "_steps", "_who", "due_s", "stage")

    def __init__(
        self,
        steps: Steps,
        craft: Stagecraft,
        scenario: str,
        who: Callable[[], Identity | None],
        is_leaving: Callable[[], bool],
    ) -> None:
        self._steps = steps
        self._craft = craft
        self._retries = craft.rehearsal.profile.retries.get(scenario)
        self._who = who
        self._is_leaving = is_leaving
        self.due_s = 0.0
        self.stage = 0

    def take_tokens(self, verb: Verb, told: tuple[Any, ...] = (), again: MayRepeat = failed) -> Reply[TokenSet] | None:
        """Do a verb that gives tokens; they are hidden from all texts from now on."""
        reply = self.make(verb, told, again)
        tokens: TokenSet | None = None if reply is None else reply.value
        if tokens is not None:
            self._craft.redact.saw(tokens.access, tokens.refresh, tokens.id_token)
        return reply

    def make(
        self, verb: Verb, told: tuple[Any, ...] = (), again: MayRepeat = failed, hoped: Outcome = Outcome.GOOD
    ) -> Reply[Any] | None:
        """Do a verb, and again as the profile says where ``again`` finds that it may; gives the last reply.

        None where the target does not offer the verb. ``hoped`` is how it should end.
        """
        reply = self._once(verb(*told), 1, hoped)
        if self._retries is None:
            return reply
        tried = 1
        while reply is not None and again(reply) and not self._is_leaving():
            wait_s = self._retries.wait_s(tried, reply.retry_after_s, self._craft.random.random())
            if wait_s is None:
                break
            gevent.sleep(wait_s)
            self.due_s += wait_s
            tried += 1
            reply = self._once(verb(*told), tried, hoped)
        return reply

    def _once(self, exchanges: Iterator[Exchange], attempt: int, hoped: Outcome) -> Reply[Any] | None:
        """Report a verb's exchanges, each as a step that is due when the one before it is done; gives the last one."""
        reply: Reply[Any] | None = None
        for step, reply, method, url, evidence in exchanges:
            outcome, told, number = reply.outcome, None, None
            if outcome is not Outcome.GOOD:
                told = None if evidence is None else self._craft.wrongs.tell(step, evidence)
                refused = self._who() if outcome is Outcome.REFUSED else None
                number = None if refused is None else refused.number
            right = hoped if hoped is Outcome.GOOD else rightly(reply, hoped)
            self.due_s = self._steps.report(
                step, reply, method, url, self.due_s, self.stage, outcome is right, attempt, told, number
            )
        return reply
