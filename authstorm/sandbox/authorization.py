"""The authorization server: Authlib's, fitted to this server's requests, answers and memory."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import OAuth2Payload

from authstorm.sandbox import clients
from authstorm.sandbox.accounts import Accounts
from authstorm.sandbox.clients import Client
from authstorm.sandbox.counts import Counts
from authstorm.sandbox.exchange import Answer, Call, json_answer, refusal
from authstorm.sandbox.grants import Password
from authstorm.sandbox.store import Family, Store, Token
from authstorm.sandbox.tokens import TokenSet


class Fields(OAuth2Payload):  # type: ignore[misc]  # Authlib carries no types
    """The parameters of a request, by name and as a list of all values."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs
        self._first = dict(reversed(pairs))

    @property
    def data(self) -> dict[str, str]:
        """The first value of each parameter."""
        return self._first

    @property
    def datalist(self) -> dict[str, list[str]]:
        """All values of each parameter."""
        values: dict[str, list[str]] = {}
        for name, value in self._pairs:
            values.setdefault(name, []).append(value)
        return values


class ProtocolRequest(OAuth2Request):  # type: ignore[misc]  # Authlib carries no types
    """A call in the shape that Authlib reads.

    At the authorization endpoint the parameters are the query's, elsewhere the form's. ``auth_time`` is when the person
    signed in and ``issued_at`` when the tokens were made, in whole epoch seconds.
    """

    def __init__(self, call: Call, issuer: str) -> None:
        authorization = call.headers.get("authorization")
        headers = {"Authorization": authorization} if authorization else {}
        super().__init__(call.method, issuer, headers=headers)
        by_query = call.endpoint == "authorize"
        pairs = parse_qsl(call.query, keep_blank_values=True) if by_query else [*call.form.items()]
        self.payload = Fields(pairs)
        self.gates = call.gates
        self.auth_time = 0
        self.issued_at = 0

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the form."""
        fields: dict[str, str] = self.payload.data
        return fields


class Authorization(AuthorizationServer):  # type: ignore[misc]  # Authlib carries no types
    """Issues, judges and ends tokens."""

    def __init__(
        self, issuer: str, registered: dict[str, Client], accounts: Accounts, store: Store, counts: Counts
    ) -> None:
        super().__init__(scopes_supported=list(clients.SCOPES))
        self.issuer = issuer
        self.clients = registered
        self.accounts = accounts
        self.store = store
        self.counts = counts
        self.register_client_auth_method("client_secret_basic", clients.basic)

    async def answer_token(self, call: Call) -> Answer:
        """Answer a token request (RFC 6749 section 3.2)."""
        if call.repeated:
            return refusal(400, "invalid_request", "A parameter was sent more than once.")
        request = ProtocolRequest(call, self.issuer)
        try:
            grant = self.get_token_grant(request)
            grant.validate_token_request()
            if isinstance(grant, Password):
                await grant.sign_in()
            status, tokens, headers = grant.create_token_response()
        except OAuth2Error as error:
            return self.handle_error_response(request, error)
        return _about(request, json_answer(status, tokens, headers))

    def answer_endpoint(self, name: str, call: Call) -> Answer:
        """Answer at a registered endpoint: introspection, revocation or userinfo."""
        request = ProtocolRequest(call, self.issuer)
        answer: Answer = self.create_endpoint_response(name, request)
        return _about(request, answer)

    def query_client(self, client_id: str) -> Client | None:
        """The client of that identifier."""
        return self.clients.get(client_id)

    def save_token(self, tokens: TokenSet, request: OAuth2Request) -> None:
        """Make the tokens valid, in the family that the request continues or begins."""
        family = self._family_of(request, tokens)
        request.auth_time = family.auth_time
        request.issued_at = tokens.issued_at
        jti, since = tokens.jti, tokens.issued_at
        access = Token(family, "access_token", tokens.granted, jti, since, tokens.expires_at)
        self.store.keep_token(tokens["access_token"], access)
        if "refresh_token" in tokens:
            refresh = Token(family, "refresh_token", family.scope, jti, since, tokens.refresh_expires_at)
            self.store.keep_token(tokens["refresh_token"], refresh)

    def create_oauth2_request(self, request: Call | ProtocolRequest) -> ProtocolRequest:
        """The request as Authlib reads it."""
        return request if isinstance(request, ProtocolRequest) else ProtocolRequest(request, self.issuer)

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        """The answer that goes out."""
        return json_answer(status, body, headers) if isinstance(body, dict) else Answer(status, headers, body.encode())

    def handle_error_response(self, request: OAuth2Request, error: OAuth2Error) -> Answer:
        """The error that goes out: a client that failed to prove itself gets 401 and a challenge (RFC 6749 5.2)."""
        answer: Answer = super().handle_error_response(request, error)
        if error.error != "invalid_client" or error.redirect_uri:
            return _about(request, answer)
        headers = [(name, value) for name, value in answer.headers if name != "WWW-Authenticate"]
        return answer._replace(status=401, headers=[*headers, ("WWW-Authenticate", 'Basic realm="authstorm sandbox"')])

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def _family_of(self, request: OAuth2Request, tokens: TokenSet) -> Family:
        if request.refresh_token is not None:
            family: Family = request.refresh_token.family
            return family
        code = request.authorization_code
        auth_time = tokens.issued_at if code is None else code.auth_time
        begun = Family(request.client, request.user, tokens.granted, auth_time)
        if code is not None:
            code.family = begun
        return begun


def _about(request: OAuth2Request, answer: Answer) -> Answer:
    user = request.user.username if request.user is not None and answer.status == 200 else ""
    return answer._replace(user=user, client=request.client.client_id if request.client else "")
