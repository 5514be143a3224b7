"""One visitor through every step that a target offers, one request a step: the rows of the check, as they come."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

from authstorm.auth.discovery import discover, metadata_urls
from authstorm.auth.endpoints import Endpoints
from authstorm.auth.exchange import AuthClient, Exchange
from authstorm.auth.jwks import fetch_keys
from authstorm.auth.outcome import Outcome, Reply
from authstorm.auth.tokens import TokenSet
from authstorm.commands.approach import Approach
from authstorm.commands.checking.clocks import clock_offset_s
from authstorm.commands.checking.explain import present
from authstorm.commands.checking.promise import accepted
from authstorm.commands.checking.promises import kept_promises
from authstorm.commands.checking.row import Finding, Row, Works
from authstorm.commands.checking.steps import plain_row, row_of, rows_of, without_finding
from authstorm.drive.auth_clients import client_makers
from authstorm.drive.preflight import doors_of
from authstorm.drive.stagecraft import NewClient
from authstorm.plan.policy import Policy
from authstorm.plan.target import Validation, check_hosts

_CLOCK_CODES = frozenset({"jwt-expired", "jwt-not-yet", "wrong-expiry", "expired-accepted"})
_ENDPOINTS = frozenset({"token", "authorization", "introspection", "userinfo", "jwks"})


class Walk:
    """The steps of one visitor; ``rows()`` makes them, and ends where nothing more can be asked."""

    def __init__(self, approach: Approach) -> None:
        self.approach = approach
        self.target = approach.target
        self.endpoints = Endpoints()
        self._offset_s: float | None = None
        self._may_enter = False
        self._validates: bool | None = None

    def rows(self) -> Iterator[Row]:
        """Find the server, sign in, and use what that gave."""
        if self.target.api is None:
            yield from self._find()
            if not self._may_enter:
                return
        unpromised = self.target.model_copy(update={"policy": Policy()})  # compared by kept_promises, which goes on
        people, services = client_makers(unpromised, self.endpoints, self.approach.secrets)
        tokens, client = yield from self._login(people)
        yield from self._clock()
        if self.target.api is None:
            yield from self._service(services)
        if tokens is None:
            return
        if not self._lacks(self.target.validation.by):
            yield from self._validate(client, tokens)
        yield from kept_promises(self.approach, people, client, tokens, validates=self._validates)

    def _find(self) -> Iterator[Row]:
        """Discovery, the endpoints and the keys."""
        given = {name: self.target.absolute(url) for name, url in self.target.endpoints.model_dump().items()}
        self.endpoints = Endpoints(**given)
        session = self.approach.new_session("own")
        if self.target.discovery:
            issuer = self.target.issuer or self.target.url
            reply = discover(session, issuer)
            self._note_clock(reply)
            exchange = Exchange("discovery", reply, "GET", next(metadata_urls(issuer)))
            yield self._named_as(row_of(exchange, self.approach), reply, issuer)
            if reply.value is None:
                return
            self.endpoints = self.endpoints.over(reply.value)
        check_hosts(self.target, [url for url in self._loaded_urls() if url], self.approach.file)
        yield from self._missing()
        if self.endpoints.jwks:
            keys = fetch_keys(session, self.endpoints.jwks)
            yield row_of(Exchange("keys", keys, "GET", self.endpoints.jwks), self.approach)
        session.close()
        self._may_enter = not any(map(self._lacks, doors_of(self.target)))

    def _named_as(self, row: Row, reply: Reply[Endpoints], issuer: str) -> Row:
        """A note where the server's own name is not the one that it is asked by (OpenID Connect Discovery 4.3)."""
        name = reply.value.issuer if reply.value else ""
        if not name or name.rstrip("/") == issuer.rstrip("/"):
            return row
        return without_finding(row, f"calls itself {name}: its tokens carry that name")

    def _loaded_urls(self) -> list[str]:
        names = self.endpoints.__dataclass_fields__
        return [getattr(self.endpoints, name) for name in names if name != "issuer"]

    def _missing(self) -> Iterator[Row]:
        """A row for each endpoint that is needed, and neither discovered nor given."""
        for name in (*doors_of(self.target), self.target.validation.by):
            if self._lacks(name):
                key = "endpoints" if ("endpoints",) in self.approach.file.lines else "url"
                cause = f"discovery names no {name} endpoint, and the target file gives none"
                remedy = f"add endpoints: {{{name}: /path}} as the server's documentation names it"
                context = f"endpoints of {self.target.url}"
                if name not in doors_of(self.target):
                    remedy += ", or choose another validation.by"
                hint = f"add endpoints: {{{name}: /path}}"
                yield Row(f"{name} endpoint", Works.NO, "none", None, hint, Finding(key, context, cause, remedy))

    def _lacks(self, name: str) -> bool:
        """Whether there is no such endpoint; a JSON API and a protected URL need none."""
        return self.target.api is None and name in _ENDPOINTS and not getattr(self.endpoints, name)

    def _login(self, people: NewClient) -> Generator[Row, None, tuple[TokenSet | None, AuthClient]]:
        """Sign in as the first account; gives the tokens, None when there are none, and the client that holds them."""
        client = people(self.approach.new_session("own"))
        tokens: TokenSet | None = None
        for row, exchange in rows_of(client.login(self.approach.identity, "login"), self.approach):
            self._note_clock(exchange.reply)
            is_clock = exchange.reply.code in _CLOCK_CODES and self._is_off
            yield without_finding(row, "the clocks differ: see the row clock") if is_clock else row
            tokens = exchange.reply.value if isinstance(exchange.reply.value, TokenSet) else None
        return tokens, client

    def _service(self, services: NewClient) -> Iterator[Row]:
        """Get a token as each service client; one that the file does not name may be refused."""
        clients = self.target.service_clients
        is_named = self.target.service is not None or bool(self.target.services)
        for number in range(1, len(clients) + 1):
            asking = services(self.approach.new_session("own"))  # each takes the next of the clients
            for exchange in asking.service_token():
                step = f"service {number}" if len(clients) > 1 else exchange.step
                row = row_of(exchange._replace(step=step), self.approach)
                if is_named or row.finding is None:
                    yield row
                elif exchange.reply.outcome is Outcome.REFUSED and exchange.reply.code != "not-found":
                    yield without_finding(row, "the scenario service needs a client of its own: service")
                else:
                    yield without_finding(row, f"matters to the scenario service alone: {row.hint}")

    def _validate(self, client: AuthClient, tokens: TokenSet) -> Iterator[Row]:
        """Validate as the target says, and in the other ways that the server offers."""
        by = self.target.validation.by
        for row, exchange in rows_of(client.validate(tokens), self.approach):
            self._validates = accepted(exchange.reply)
            yield row
        for other in ("introspection", "userinfo"):
            if self.target.api is None and other != by and getattr(self.endpoints, other):
                changed = self.target.model_copy(update={"validation": Validation(by=other), "policy": Policy()})
                people, _ = client_makers(changed, self.endpoints, self.approach.secrets)
                asking = people(self.approach.new_session("own"))
                for exchange in asking.validate(tokens):
                    row = plain_row(exchange)
                    if (
                        exchange.reply.outcome is Outcome.WRONG
                    ):  # nobody signed in here, so whose token it is cannot show
                        row = replace(row, answer=f"{exchange.reply.answer.status} ok")
                    yield without_finding(row, f"offered too; this target validates by {by}")

    def _note_clock(self, reply: Reply[Any]) -> None:
        offset_s = clock_offset_s(reply.answer, time.time())
        if offset_s is not None and abs(offset_s) > abs(self._offset_s or 0.0):
            self._offset_s = offset_s

    @property
    def _is_off(self) -> bool:
        return abs(self._offset_s or 0.0) > self.target.checks.clock_skew_s + 1  # both clocks show whole seconds

    def _clock(self) -> Iterator[Row]:
        """How far the clocks are apart, where an answer told."""
        if self._offset_s is None:
            return
        shown = f"{round(self._offset_s):+d} s"
        if not self._is_off:
            yield Row("clock", Works.YES, shown)
            return
        skew_s, ahead = self.target.checks.clock_skew_s, "ahead of" if self._offset_s > 0 else "behind"
        key = present(["sandbox.clock-offset", "checks.clock-skew", "url"], self.approach)
        finding = Finding(
            key,
            f"by its answers, the server's clock is {abs(self._offset_s):.0f} s {ahead} this machine's",
            f"one of the two clocks is wrong; {skew_s:g} s are allowed (checks.clock-skew), and beyond it tokens count "
            "as expired or not yet valid",
            "set both machines by NTP (timedatectl shows it), or, where the server is meant to be off, write that into "
            f"this line or checks: {{clock-skew: {abs(self._offset_s) + 60:.0f}s}}",
        )
        yield Row("clock", Works.NO, shown, None, f"{self.approach.place(key)} {key}", finding)
