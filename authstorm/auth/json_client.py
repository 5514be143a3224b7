"""A visitor's verbs on a JSON login API, each one exchange."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from authstorm.auth.body import read_object
from authstorm.auth.exchange import Exchange, Identity
from authstorm.auth.fault import Evidence, Fault, shown
from authstorm.auth.json_answer import WRONG_USER, Places, tokens_in, user_fault, value_at
from authstorm.auth.json_api import PreparedApi, PreparedCall
from authstorm.auth.json_template import Values
from authstorm.auth.judge import failed, good, setback
from authstorm.auth.outcome import Reply
from authstorm.auth.renewal import after_refresh
from authstorm.auth.session import Answer, Session
from authstorm.auth.tokens import TokenSet
from authstorm.plan.json_path import show_path

_NOTHING: Final[dict[str, Any]] = {}


class JsonClient:
    """``AuthClient`` for a service with a login API of its own.

    It remembers who signed in, since each answer that names a user must name that one. A cookie session is a token set
    without an access token: the session's cookies are the proof.
    """

    __slots__ = ("_name", "api", "session")

    def __init__(self, session: Session, api: PreparedApi) -> None:
        self.session = session
        self.api = api
        self._name = ""

    def login(self, identity: Identity, step: str) -> Iterator[Exchange]:
        """Sign in with name and password; a cookie session must get a cookie."""
        api, call = self.api, self.api.login
        self._name = identity.name
        self.session.forget()
        asked_s = api.clock()
        answer = self._send(call, {"username": identity.name, "password": identity.password})
        reply = self._tokens(call, answer, asked_s)
        if reply.good and call.places.token is None and not answer.header("set-cookie"):
            reply = failed("no-cookie", answer)
        yield self._told(call, step, reply)

    def service_token(self) -> Iterator[Exchange]:
        """Nothing: a login API is for people."""
        return iter(())

    def refresh(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Renew; the value holds the rotated refresh token, or still the old."""
        call = self.api.refresh
        if call is None:
            return
        asked_s = self.api.clock()
        answer = self._send(call, _held(tokens))
        reply = self._tokens(call, answer, asked_s)
        if reply.value is not None:
            reply = good(answer, after_refresh(tokens, reply.value))
        yield self._told(call, "refresh", reply)

    def validate(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Ask who is signed in; where the answer names somebody, it must be this visitor."""
        call = self.api.validate
        if call is None:
            return
        answer = self._send(call, _held(tokens))
        body = self._read(call, answer)
        reply = body if isinstance(body, Reply) else self._seen(call.places, answer, body)
        yield self._told(call, "validate", reply)

    def revoke(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Sign out."""
        call = self.api.logout
        if call is None:
            return
        answer = self._send(call, _held(tokens))
        body = self._read(call, answer)
        reply: Reply[Any] = body if isinstance(body, Reply) else good(answer, None)
        yield Exchange("logout", reply, call.method, call.url)

    def _told(self, call: PreparedCall, step: str, reply: Reply[Any]) -> Exchange:
        """The exchange, with the evidence when it was about somebody else."""
        evidence = None
        if reply.code == WRONG_USER and call.places.user is not None:
            body = read_object(reply.answer)
            got = shown(None if isinstance(body, str) else value_at(body, call.places.user))
            fault = Fault(WRONG_USER, f"{show_path(call.places.user)} of the answer", self._name, got)
            evidence = Evidence(fault, self._name, "")
        return Exchange(step, reply, call.method, call.url, evidence)

    def _send(self, call: PreparedCall, values: Values) -> Answer:
        return self.session.send(call.method, call.url, call.headers_for(values), call.body_for(values))

    def _read(self, call: PreparedCall, answer: Answer) -> dict[str, Any] | Reply[Any]:
        """The body as far as anything is looked for in it, or the reply that says why the call failed.

        A null in place of an object says that nobody is signed in; then the body is empty.
        """
        if not call.is_success(answer):
            unexpected = not answer.failure and 200 <= answer.status < 300
            return failed("unexpected-status", answer) if unexpected else setback(answer, self.api.wall_clock)
        if not call.places.any:
            return _NOTHING
        if call.places.token is None and answer.body.strip() == b"null":
            return _NOTHING
        body = read_object(answer)
        return failed(body, answer) if isinstance(body, str) else body

    def _tokens(self, call: PreparedCall, answer: Answer, asked_s: float) -> Reply[TokenSet]:
        """The token set of a login or a refresh, once the answer is known to be about this visitor."""
        body = self._read(call, answer)
        if isinstance(body, Reply):
            return body
        places = call.places
        fault = user_fault(body, places.user, self._name) if places.user is not None else ""
        if fault == WRONG_USER or (fault and not places.renews):
            return failed(fault, answer)
        tokens = tokens_in(body, answer.header, places, asked_s, self.api.wall_clock)
        return failed(tokens, answer) if isinstance(tokens, str) else good(answer, tokens)

    def _seen(self, places: Places, answer: Answer, body: dict[str, Any]) -> Reply[Any]:
        fault = user_fault(body, places.user, self._name) if places.user is not None else ""
        return failed(fault, answer) if fault else good(answer, body)


def _held(tokens: TokenSet) -> Values:
    return {"access_token": tokens.access, "refresh_token": tokens.refresh}
