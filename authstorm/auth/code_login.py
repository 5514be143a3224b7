"""Signing in as a person in a browser does: authorization code with PKCE through the provider's own pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from authstorm.auth.authorization import Authorization, Request, nonce_fault, read_return
from authstorm.auth.browser import Browser, Page
from authstorm.auth.exchange import Exchange, Identity
from authstorm.auth.fault import Evidence, Fault, fingerprint
from authstorm.auth.html_forms import Form, read_forms
from authstorm.auth.judge import failed, good, setback, succeeded
from authstorm.auth.login_form import (
    FormHints,
    Pairs,
    consent_button,
    filled_consent,
    filled_login,
    find_consent_form,
    find_login_form,
    login_button,
)
from authstorm.auth.oauth import OAuthExchanges
from authstorm.auth.oauth_client import OAuthClient
from authstorm.auth.outcome import Reply
from authstorm.auth.sightings import Sightings
from authstorm.plan.target import ValidationKind

MOST_PAGES: Final = 6
"""So many forms are filled in before a login is given up: name, password, consent, and some room."""


@dataclass(frozen=True, slots=True)
class LoginPages:
    """How all visitors of a run sign in; ``may_visit`` says whether a URL may be asked for."""

    authorization: Authorization
    may_visit: Callable[[str], bool]
    hints: FormHints
    sightings: Sightings


class Ask(NamedTuple):
    """A form that a page wants filled in, and the part of the login that sending it is."""

    part: str
    form: Form
    pairs: Pairs


class CodeClient(OAuthClient):
    """``AuthClient`` for people who sign in through the provider's pages; all but the login is as of ``OAuthClient``.

    A login is a new browser: it begins without connections and cookies, and leaves no cookies behind.
    """

    __slots__ = ("pages",)

    def __init__(
        self, exchanges: OAuthExchanges, pages: LoginPages, validate_by: ValidationKind, protected_url: str = ""
    ) -> None:
        super().__init__(exchanges, validate_by, protected_url)
        self.pages = pages

    def login(self, identity: Identity, step: str) -> Iterator[Exchange]:
        """Sign in (RFC 6749 4.1, RFC 7636), in parts named by what they cost.

        ``page``: the authorization request with its redirects, until the login form stands there; ``username``: the
        first of two pages; ``credentials``: the password; ``consent``; ``code``: the code for tokens.
        """
        exchanges, authorization = self.exchanges, self.pages.authorization
        exchanges.session.close()
        request = authorization.request()
        browser = Browser(exchanges.session, authorization.redirect_uri, self.pages.may_visit)
        page, part, method, url = browser.open(request.url), "page", "GET", authorization.endpoint
        sent: list[str] = []
        while not page.returned:
            asked = self._asked(page, identity, sent)
            reply = asked if isinstance(asked, Reply) else good(page.answer, None)
            yield Exchange(f"{step}: {part}", reply, method, url)
            if isinstance(asked, Reply):
                return
            page = browser.submit(page, asked.form, asked.pairs)
            part, method, url = asked.part, asked.form.method, asked.form.url.partition("?")[0]
            sent.append(part)
        code, fault = read_return(page.returned, request.state)
        reply = self._failed(fault, page) if fault else good(page.answer, None)
        yield Exchange(f"{step}: {part}", reply, method, url, evidence=_evidence(fault, identity, request.state))
        if code:
            exchanges.session.forget()
            yield self._redeemed(code, request, identity, step)

    def _redeemed(self, code: str, request: Request, identity: Identity, step: str) -> Exchange:
        """Exchange the code for tokens (RFC 6749 4.1.3), whose ID token must carry the nonce."""
        exchanges = self.exchanges
        reply: Reply[Any] = exchanges.redeem(code, request.verifier)
        fault = nonce_fault(reply.value.id_token, request.nonce) if reply.value is not None else ""
        if fault:
            reply = failed(fault, reply.answer)
        evidence = _evidence(fault, identity, request.nonce)
        return Exchange(f"{step}: code", reply, "POST", exchanges.provider.code.url, evidence=evidence)

    def _asked(self, page: Page, identity: Identity, sent: Sequence[str]) -> Ask | Reply[Any]:
        """What a page wants of the person, or the reply that says why the login ends here."""
        if page.stopped:
            return self._failed(page.stopped, page)
        answer = page.answer
        if answer.failure or not 200 <= answer.status < 500 or answer.status == 429:
            return setback(answer, self.exchanges.provider.wall_clock)
        forms = read_forms(answer, page.url)
        asked = self._form_asked(forms, identity, sent)
        if isinstance(asked, Ask) and len(sent) < MOST_PAGES:
            return asked
        if asked == "login-rejected":
            return failed(asked, answer) if identity.guessed else self._failed(asked, page, forms)
        if not succeeded(answer):
            return setback(answer, self.exchanges.provider.wall_clock)
        return self._failed("unknown-page" if sent else "no-login-form", page, forms)

    def _form_asked(self, forms: Sequence[Form], identity: Identity, sent: Sequence[str]) -> Ask | str:
        """The form to fill in; "login-rejected" where one that was sent comes again, "" where there is none."""
        hints = self.pages.hints
        login = find_login_form(forms, hints)
        if login is not None:
            part = "credentials" if login.password else "username"
            if part in sent or "credentials" in sent:
                return "login-rejected"
            form = login.form.sent_by(login_button(login.form))
            return Ask(part, form, filled_login(login, hints, identity.name, identity.password))
        consent = find_consent_form(forms) if "credentials" in sent else None
        if consent is None:
            return ""
        return Ask("consent", consent.sent_by(consent_button(consent)), filled_consent(consent, hints))

    def _failed(self, code: str, page: Page, forms: Sequence[Form] = ()) -> Reply[Any]:
        self.pages.sightings.note(code, page, forms)
        return failed(code, page.answer)


def _evidence(code: str, identity: Identity, sent: str) -> Evidence | None:
    """Which ``state`` or ``nonce`` did not come back, where it did not."""
    if not code.endswith("-mismatch"):
        return None
    return Evidence(
        Fault(code, code.removesuffix("-mismatch"), fingerprint(sent), "another or none"), identity.name, ""
    )
