"""The exchanges of OAuth 2.0 and OpenID Connect, one a method: a request is sent, and its answer judged."""

from __future__ import annotations

from typing import Any, Final

from authstorm.auth.form import encoded
from authstorm.auth.judge import failed, good, read_success, setback, succeeded
from authstorm.auth.outcome import Reply
from authstorm.auth.provider import ACCEPT_JSON, PreparedForm, Provider
from authstorm.auth.renewal import after_refresh
from authstorm.auth.session import Answer, Session
from authstorm.auth.tokens import TokenSet, token_set

_ACCEPT_ANY: Final = "application/json, */*;q=0.5"


class OAuthExchanges:
    """One visitor's exchanges: on a session of its own, with the provider that it shares with all others.

    Beside them it holds its last login's form, so thousands cost little. Nothing that the network or the server does
    raises; ValueError is for what the caller got wrong: an endpoint that the target has not, a refresh without a
    refresh token.
    """

    __slots__ = ("_login", "_password", "_username", "provider", "session")

    def __init__(self, session: Session, provider: Provider) -> None:
        self.session = session
        self.provider = provider
        self._username: str | None = None
        self._password: str | None = None
        self._login = b""

    def password(self, username: str, password: str) -> Reply[TokenSet]:
        """Log in with name and password (RFC 6749 4.3)."""
        if username is not self._username or password is not self._password:  # visitors mostly stay who they are
            self._username, self._password = username, password
            self._login = encoded(username) + b"&password=" + encoded(password)
        return self._tokens(self.provider.password, self._login)

    def redeem(self, code: str, verifier: str) -> Reply[TokenSet]:
        """Trade an authorization code and the verifier of its request for tokens (RFC 6749 4.1.3, RFC 7636 4.5)."""
        return self._tokens(self.provider.code, encoded(code) + b"&code_verifier=" + encoded(verifier))

    def client_credentials(self) -> Reply[TokenSet]:
        """Log in as the client itself (RFC 6749 4.4)."""
        return self._tokens(self.provider.client_credentials, b"")

    def refresh(self, tokens: TokenSet) -> Reply[TokenSet]:
        """Trade the refresh token for new tokens (RFC 6749 6); the value holds the rotated one, or still the old."""
        if not tokens.refresh:
            raise ValueError("there is no refresh token to refresh with: ask for the scope that gives one")
        reply = self._tokens(self.provider.refresh, encoded(tokens.refresh))
        if reply.value is None:
            return reply
        return good(reply.answer, after_refresh(tokens, reply.value))

    def introspect(self, token: str, *, hint: str = "", bearer: str = "") -> Reply[dict[str, Any]]:
        """Ask whether a token is active (RFC 7662); the value is the whole answer of an active one.

        A token that is not active is refused as ``inactive``. ``hint`` is "access_token" or "refresh_token". ``bearer``
        is a token that authorizes this call in place of the prepared client credentials.
        """
        form = self.provider.introspection
        if bearer:
            form = PreparedForm(form.url, {**form.headers, "Authorization": f"Bearer {bearer}"}, b"token=")
        answer = self._post(form, _about(token, hint), "introspection")
        body = read_success(answer, self.provider.wall_clock)
        if isinstance(body, Reply):
            return body
        active = body.get("active")
        if active is True:
            return good(answer, body)
        return failed("inactive" if active is False else "bad-active", answer)

    def userinfo(self, token: str) -> Reply[dict[str, Any]]:
        """Fetch the claims about the visitor that a token stands for (OpenID Connect Core 5.3)."""
        url = self.provider.endpoints.userinfo
        if not url:
            raise _no_endpoint("userinfo")
        answer = self.session.send("GET", url, {"Accept": ACCEPT_JSON, "Authorization": f"Bearer {token}"})
        claims = read_success(answer, self.provider.wall_clock)
        if isinstance(claims, Reply):
            return claims
        subject = claims.get("sub")
        return good(answer, claims) if subject and type(subject) is str else failed("no-sub", answer)

    def revoke(self, token: str, hint: str = "") -> Reply[None]:
        """Revoke a token (RFC 7009); any 2xx is good, whatever its body, and also for a token that was dead already."""
        answer = self._post(self.provider.revocation, _about(token, hint), "revocation")
        return good(answer, None) if succeeded(answer) else setback(answer, self.provider.wall_clock)

    def get(self, url: str, token: str) -> Reply[bytes]:
        """Fetch any protected URL with a bearer token (RFC 6750 2.1); any 2xx is good, and the value is its body."""
        answer = self.session.send("GET", url, {"Accept": _ACCEPT_ANY, "Authorization": f"Bearer {token}"})
        return good(answer, answer.body) if succeeded(answer) else setback(answer, self.provider.wall_clock)

    def _tokens(self, form: PreparedForm, tail: bytes) -> Reply[TokenSet]:
        provider = self.provider
        asked_s = provider.clock()
        answer = self._post(form, tail, "token")
        body = read_success(answer, provider.wall_clock)
        if isinstance(body, Reply):
            return body
        tokens = token_set(body, asked_s, provider.wall_clock)
        return failed(tokens, answer) if isinstance(tokens, str) else good(answer, tokens)

    def _post(self, form: PreparedForm, tail: bytes, endpoint: str) -> Answer:
        if not form.url:
            raise _no_endpoint(endpoint)
        if form.assertions is None:
            return self.session.send("POST", form.url, form.headers, form.body + tail)
        body = form.body + tail + b"&client_assertion=" + form.assertions.take()
        answer = self.session.send("POST", form.url, form.headers, body)
        form.assertions.sign_ahead()
        return answer


def _about(token: str, hint: str) -> bytes:
    return encoded(token) + b"&token_type_hint=" + encoded(hint) if hint else encoded(token)


def _no_endpoint(name: str) -> ValueError:
    return ValueError(f"the target has no {name} endpoint: name it in the target, or let discovery find it")
