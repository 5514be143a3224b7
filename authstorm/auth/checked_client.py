"""Any client of a login service, with every answer held against what was promised: a mismatch turns it ``wrong``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from authstorm.auth.exchange import AuthClient, Exchange, Identity
from authstorm.auth.fault import Evidence, Fault
from authstorm.auth.judge import failed
from authstorm.auth.jwt_claims import read_header
from authstorm.auth.key_ring import Aside, KeyRing, signature_fault
from authstorm.auth.local_validation import verified_here
from authstorm.auth.outcome import Outcome
from authstorm.auth.sampling import Sampling
from authstorm.auth.session import Session
from authstorm.auth.token_checks import TokenChecks
from authstorm.auth.tokens import TokenSet

_UNSAID: Final = "not told by the client that judged it"
_LET_IN: Final = Fault("wrong-password-accepted", "the answer to a wrong password", "a refusal", "a token or session")


class CheckedClient:
    """``AuthClient`` around another, for one visitor.

    ``checks``, ``ring`` and ``sampling`` are shared by all visitors of a kind; without a ring no signature is verified.
    ``local`` validates by signature in place of what the client inside would ask. ``trace`` gives the trace ID of the
    last request, "" without one. A service acts as the client's own ID.
    """

    __slots__ = ("_checks", "_identity", "_inside", "_local", "_ring", "_sampling", "_session", "_trace")

    def __init__(  # noqa: PLR0913 - what visitors share, each by name
        self,
        inside: AuthClient,
        session: Session,
        checks: TokenChecks,
        *,
        ring: KeyRing | None = None,
        sampling: Sampling | None = None,
        local: bool = False,
        trace: Callable[[], str] = str,
    ) -> None:
        self._inside = inside
        self._session = session
        self._checks = checks
        self._ring = ring
        self._sampling = sampling or Sampling(0.0)
        self._local = local
        self._trace = trace
        self._identity = checks.promises.client_id

    def login(self, identity: Identity, step: str) -> Iterator[Exchange]:
        """Sign in as somebody, whom the tokens must name."""
        self._identity = identity.name
        if self._ring is not None and self._ring.aside:
            yield from self._renewed_keys(self._ring)
        for exchange in self._inside.login(identity, step):
            yield self._checked_tokens(exchange, None)

    def guess(self, identity: Identity, step: str) -> Iterator[Exchange]:
        """Sign in as somebody with a wrong password; to be given tokens, or a code for them, is a wrong answer."""
        self._identity = identity.name
        for exchange in self._inside.login(identity, step):
            if type(exchange.reply.value) is TokenSet or exchange.step.endswith(": code"):
                yield self._verdict(exchange, _LET_IN)
            else:
                yield self._told(exchange)

    def service_token(self) -> Iterator[Exchange]:
        """Get a token as a service client, which the token must name."""
        if self._ring is not None and self._ring.aside:
            yield from self._renewed_keys(self._ring)
        for exchange in self._inside.service_token():
            yield self._checked_tokens(exchange, None)

    def refresh(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Renew tokens, which must be the same person's."""
        if self._ring is not None and self._ring.aside:
            yield from self._renewed_keys(self._ring)
        for exchange in self._inside.refresh(tokens):
            yield self._checked_tokens(exchange, tokens)

    def validate(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Have the access token validated; what is said of it must agree with the token set."""
        if self._local and self._ring is not None:
            for exchange in verified_here(tokens, self._ring, self._session, self._checks.promises):
                yield self._told(exchange)
            return
        for exchange in self._inside.validate(tokens):
            yield self._checked_validation(exchange, tokens)

    def revoke(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Sign out."""
        for exchange in self._inside.revoke(tokens):
            yield self._told(exchange)

    def _checked_tokens(self, exchange: Exchange, old: TokenSet | None) -> Exchange:
        tokens = exchange.reply.value
        if type(tokens) is not TokenSet:  # a page on the way to them, or a failure
            return self._told(exchange)
        checks = self._checks
        fault = checks.tokens(self._identity, tokens, old)
        if fault is None and self._ring is not None and self._sampling.pick():
            fault = self._signature(self._ring, tokens, old)
        return self._verdict(exchange, fault)

    def _checked_validation(self, exchange: Exchange, tokens: TokenSet) -> Exchange:
        claims, step = exchange.reply.value, exchange.step
        if claims is not None and step == "introspect":
            return self._verdict(exchange, self._checks.introspection(self._identity, tokens, claims))
        if claims is not None and step == "userinfo":
            return self._verdict(exchange, self._checks.userinfo(self._identity, claims))
        return self._told(exchange)

    def _verdict(self, exchange: Exchange, fault: Fault | None) -> Exchange:
        """The exchange as it is, or ``wrong`` where there is a fault."""
        step, reply, method, url, _ = exchange
        if fault is None:
            return exchange
        evidence = Evidence(fault, self._identity, self._trace())
        return Exchange(step, failed(fault.code, reply.answer), method, url, evidence)

    def _told(self, exchange: Exchange) -> Exchange:
        """The exchange as it is; with evidence where another has found it wrong."""
        if exchange.reply.outcome is not Outcome.WRONG:
            return exchange
        found = exchange.evidence
        fault = Fault(exchange.reply.code, "the answer", _UNSAID, _UNSAID) if found is None else found.fault
        return exchange._replace(evidence=Evidence(fault, self._identity, self._trace()))

    def _signature(self, ring: KeyRing, tokens: TokenSet, old: TokenSet | None) -> Fault | None:
        """Verify the signed tokens of a set; those whose key is not here yet wait for the next fetch."""
        fresh_id = "" if old is not None and old.id_token is tokens.id_token else tokens.id_token
        for what, token in (("the ID token", fresh_id), ("the access token", tokens.access)):
            if not _is_verifiable(token):
                continue
            code = ring.verify(token).fault
            if code == "jwt-unknown-key" and not ring.is_newer_than(tokens.obtained_s):
                ring.put_aside(Aside(token, what, self._identity, self._trace(), tokens.obtained_s))
                continue
            if code:
                return signature_fault(code, what, token)
        return None

    def _renewed_keys(self, ring: KeyRing) -> Iterator[Exchange]:
        """Fetch the keys that tokens of the sample wait for, and judge those; before the visitor's own step."""
        reply = ring.renew(self._session, ring.keys) if ring.rested else None
        if reply is None:
            return
        evidence = ring.judge_aside() if reply.good else None
        if evidence is not None:
            reply = failed(evidence.fault.code, reply.answer)
        yield Exchange("jwks", reply, "GET", ring.url, evidence)


def _is_verifiable(token: str) -> bool:
    """Whether a token is signed by a key that could be public: not opaque, and no HMAC (OpenID Connect Core 10.1)."""
    header = read_header(token) if token.startswith("eyJ") else None
    return header is not None and not str(header.get("alg", "")).startswith("HS")
