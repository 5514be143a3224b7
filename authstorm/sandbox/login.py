"""The authorization endpoint (RFC 6749 section 3.1): who is it, and off with a code."""

from __future__ import annotations

import hmac
from secrets import token_urlsafe

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError

from authstorm.sandbox.authorization import Authorization, ProtocolRequest
from authstorm.sandbox.exchange import Answer, Call
from authstorm.sandbox.grants import AuthorizationCode
from authstorm.sandbox.pages import Pages
from authstorm.sandbox.store import SESSION_TTL_S, Visit

COOKIE = "sandbox_session"


class Login:
    """Shows the login form, checks it, and sends the browser back to the client."""

    def __init__(self, authorization: Authorization, pages: Pages) -> None:
        self.authorization = authorization
        self.accounts = authorization.accounts
        self.store = authorization.store
        self.pages = pages

    async def ask(self, call: Call) -> Answer:
        """GET: the form, or the redirect at once where the browser has signed in already."""
        cookie, visit = self._visit_of(call)
        request = ProtocolRequest(call, self.authorization.issuer)
        try:
            grant = self._grant(request, visit)
        except OAuth2Error as error:
            return self._refuse(request, error)
        if visit is not None and visit.account is not None and not self._must_sign_in(grant, visit):
            return self._finish(request, grant, visit)
        if visit is None:
            cookie, visit = self._begin()
        return _with_cookie(self.pages.login(_action(call), visit.csrf), cookie)

    async def sign_in(self, call: Call) -> Answer:
        """POST: the code when the password is right, the form again when it is not."""
        cookie, visit = self._visit_of(call)
        if visit is None or not hmac.compare_digest(visit.csrf.encode(), call.form.get("csrf_token", "").encode()):
            return self.pages.trouble(403, "form_expired", "This form is not yours or too old. Start again.")
        username = call.form.get("username", "")
        account = await self.accounts.sign_in(username, call.form.get("password", ""), call.gates)
        if account is None:
            return self.pages.login(_action(call), visit.csrf, username, wrong=True)
        self.store.end_visit(cookie)  # a new cookie for a new power: nobody can have planted it
        cookie, visit = self._begin()
        visit.account, visit.auth_time = account, int(self.store.clock())
        request = ProtocolRequest(call, self.authorization.issuer)
        try:
            grant = self._grant(request, visit)
        except OAuth2Error as error:
            return self._refuse(request, error)
        return _with_cookie(self._finish(request, grant, visit), cookie)

    def _grant(self, request: ProtocolRequest, visit: Visit | None) -> AuthorizationCode:
        account = visit.account if visit is not None else None
        try:
            grant: AuthorizationCode = self.authorization.get_consent_grant(request, end_user=account)
        except ValueError as error:  # Authlib will not echo what RFC 6749 section 4.1.2.1 does not allow in an error
            raise InvalidRequestError("A parameter holds characters that are not allowed.") from error
        return grant

    def _must_sign_in(self, grant: AuthorizationCode, visit: Visit) -> bool:
        """Whether ``prompt`` or ``max_age`` ask for a fresh login (OpenID Connect Core section 3.1.2.1)."""
        max_age = grant.request.payload.data.get("max_age", "")
        stale = max_age.isdecimal() and self.store.clock() - visit.auth_time > int(max_age)
        return stale or grant.prompt in {"login", "select_account"}

    def _finish(self, request: ProtocolRequest, grant: AuthorizationCode, visit: Visit) -> Answer:
        request.auth_time = visit.auth_time
        answer: Answer = self.authorization.create_authorization_response(request, visit.account, grant)
        username = visit.account.username if visit.account else ""
        return answer._replace(user=username, client=request.client.client_id)

    def _refuse(self, request: ProtocolRequest, error: OAuth2Error) -> Answer:
        """Back to the client with the error where its redirect URI was found good, else a page."""
        if error.redirect_uri:
            answer: Answer = self.authorization.handle_error_response(request, error)
            return answer
        return self.pages.trouble(400, str(error.error), str(error.get_error_description()))

    def _visit_of(self, call: Call) -> tuple[str, Visit | None]:
        cookie = call.cookie(COOKIE)
        return cookie, self.store.visit(cookie) if cookie else None

    def _begin(self) -> tuple[str, Visit]:
        cookie, visit = token_urlsafe(24), Visit(token_urlsafe(24), self.store.clock() + SESSION_TTL_S)
        self.store.keep_visit(cookie, visit)
        return cookie, visit


def _action(call: Call) -> str:
    return f"/authorize?{call.query}"


def _with_cookie(answer: Answer, cookie: str) -> Answer:
    header = ("Set-Cookie", f"{COOKIE}={cookie}; Path=/; Max-Age={SESSION_TTL_S}; HttpOnly; SameSite=Lax")
    return answer._replace(headers=[*answer.headers, header])
